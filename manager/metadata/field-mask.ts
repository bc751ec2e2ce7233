// Masks of updates: which fields of a record a request is about. `labels` replaces the whole map and `labels.a.b` sets the one
// entry `a.b` (an empty value removes it). Pure.
import { copyMap } from "../../proto/codec-runtime.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { shown } from "./labels.ts";

/** One path of a mask: a field, or one entry of a field that is a map. */
export interface MaskPath<Field extends string = string> {
  readonly field: Field;
  readonly key: string | undefined;
}

/** What may be changed: whole fields, and maps whose entries may be changed one by one, too. */
export interface MaskRules<Field extends string> {
  readonly fields: readonly Field[];
  readonly maps: readonly Field[];
}

/** The most paths of a mask: those of a record with as many labels as are allowed. */
const MAX_PATHS = 2048;

/**
 * Reads a mask. One without paths stands for all of `rules.fields`. Throws InvalidArgument for a path that may not be
 * changed; `what` names the record in the error.
 */
export function parseMask<Field extends string>(
  what: string,
  paths: readonly string[],
  rules: MaskRules<Field>,
): MaskPath<Field>[] {
  if (paths.length > MAX_PATHS) {
    throw new HawserError(
      Code.InvalidArgument,
      `update ${what}: the mask has ${paths.length} paths; at most ${MAX_PATHS}`,
    );
  }
  if (paths.length === 0) return rules.fields.map((field) => ({ field, key: undefined }));
  return paths.map((path) => {
    const whole = rules.fields.find((field) => field === path);
    if (whole !== undefined) return { field: whole, key: undefined };
    const map = rules.maps.find((field) => path.startsWith(`${field}.`));
    if (map !== undefined) return { field: map, key: path.slice(map.length + 1) };
    const allowed = [...rules.fields, ...rules.maps.map((field) => `${field}.KEY`)].join(", ");
    throw new HawserError(
      Code.InvalidArgument,
      `update ${what}: field ${shown(path)} cannot be changed; these can: ${allowed}`,
    );
  });
}

/**
 * A map after a path of a mask was applied: `given` as it is, or `current` with the entry `key` of `given`, removed when it
 * is not given or empty.
 */
export function mergeMap<Value>(
  current: Readonly<Record<string, Value>>,
  given: Readonly<Record<string, Value>> | undefined,
  key: string | undefined,
): Record<string, Value> {
  // Keys are strangers' words, `__proto__` among them: maps have no prototype.
  if (key === undefined) return copyMap(given);
  const merged = copyMap(current);
  const value = given !== undefined && Object.hasOwn(given, key) ? given[key] : undefined;
  if (value === undefined || value === "") delete merged[key];
  else merged[key] = value;
  return merged;
}
