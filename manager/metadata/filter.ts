// containerd's filter language: `field==value`, `!=`, `~=` with a regular expression, a bare field for "is present"; commas are
// "and", several filters are "or". Fields are dotted paths whose parts may be quoted, values are bare up to a comma or a space,
// or quoted as in Go; after `~=` also between slashes or bars. Pure: text → predicate; what a field is, the caller knows.
// Always true: a filter is bounded in size and in the time it takes.
import { Code, HawserError } from "../../proto/errors.ts";
import { type FilterOperator, FilterScanner } from "./filter-scanner.ts";
import { Regexp } from "./regexp.ts";
import { RegexpError } from "./regexp-tree.ts";

/** What a record has under a field path; a field that is not there has the value "". */
export interface FieldValue {
  readonly value: string;
  readonly present: boolean;
}

/** Looks a field up in a record. */
export type FieldLookup = (fieldPath: readonly string[]) => FieldValue;

/** Whether a record, seen through its lookup, is wanted. */
export type Filter = (lookup: FieldLookup) => boolean;

/** One condition of a filter. */
export interface Selector {
  readonly path: readonly string[];
  /** Absent: the field is to be there. */
  readonly operator: FilterOperator | undefined;
  /** "" without an operator. */
  readonly value: string;
  readonly matches: Filter;
}

/** The most filters of one request. */
export const MAX_FILTERS = 1000;
/** The most characters of one filter: a label takes 4096. */
export const MAX_FILTER_LENGTH = 16_384;

/** No such field. */
export const ABSENT: FieldValue = { value: "", present: false };

/** A field of text; empty is absent. */
export const textField = (value: string): FieldValue => ({ value, present: value !== "" });

/** An entry of a map; the rest of the path is its key, whatever dots it has. */
export function mapField(map: Readonly<Record<string, string>>, key: readonly string[]): FieldValue {
  const name = key.join(".");
  return Object.hasOwn(map, name) ? { value: map[name] ?? "", present: true } : ABSENT;
}

/**
 * Compiles filters; any of them may match, and none at all match everything, as does an empty one. Throws InvalidArgument
 * with the position of what is wrong.
 */
export function parseFilters(filters: readonly string[]): Filter {
  return filterOf(parseSelectors(filters));
}

/** The predicate of parsed filters. */
export function filterOf(parsed: readonly (readonly Selector[])[]): Filter {
  if (parsed.length === 0) return () => true;
  return (lookup) => parsed.some((selectors) => selectors.every(({ matches }) => matches(lookup)));
}

/** The conditions of each filter; none at all when everything matches. Throws InvalidArgument as `parseFilters` does. */
export function parseSelectors(filters: readonly string[]): Selector[][] {
  if (filters.length > MAX_FILTERS) {
    throw new HawserError(
      Code.InvalidArgument,
      `parse filters: ${filters.length} of them; at most ${MAX_FILTERS}`,
    );
  }
  return filters.includes("") ? [] : filters.map(parseFilter);
}

function parseFilter(text: string): Selector[] {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new HawserError(
      Code.InvalidArgument,
      `parse filter: it has ${text.length} characters; at most ${MAX_FILTER_LENGTH}`,
    );
  }
  const scanner = new FilterScanner(text);
  const selectors = [parseSelector(scanner)];
  while (!scanner.isAtEnd) {
    scanner.expectComma();
    selectors.push(parseSelector(scanner));
  }
  return selectors;
}

function parseSelector(scanner: FilterScanner): Selector {
  const path = scanner.fieldPath();
  const operator = scanner.operator();
  if (operator === undefined) {
    return { path, operator, value: "", matches: (lookup) => lookup(path).present };
  }
  const position = scanner.position;
  const value = scanner.value({ isRegexp: operator === "~=" });
  return { path, operator, value, matches: comparison(scanner, { path, operator, value, position }) };
}

function comparison(
  scanner: FilterScanner,
  { path, operator, value, position }: Omit<Selector, "matches"> & { readonly position: number },
): Filter {
  switch (operator) {
    case "!=":
      return (lookup) => lookup(path).value !== value;
    case "~=": {
      const regexp = compile(scanner, position, value);
      return (lookup) => regexp.test(lookup(path).value);
    }
    default:
      return (lookup) => {
        const field = lookup(path);
        return field.present && field.value === value;
      };
  }
}

function compile(scanner: FilterScanner, position: number, pattern: string): Regexp {
  try {
    return new Regexp(pattern);
  } catch (caught) {
    if (!(caught instanceof RegexpError)) throw caught;
    throw scanner.error(position, `regular expression: character ${caught.position + 1}: ${caught.message}`);
  }
}
