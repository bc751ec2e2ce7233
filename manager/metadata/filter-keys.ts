// What a filter says about one field, so that an index can be asked before records are read: the value that the field must
// have, or how it must begin. Only ever an upper bound: whoever narrows a list still puts every record to the filter. Pure.
import type { Selector } from "./filter.ts";

/** A value of a field, or the beginning of one. */
export type FieldBound = { readonly equals: string } | { readonly startsWith: string };

/** A pattern that is nothing but a beginning. */
const PREFIX_PATTERN = /^\^([A-Za-z0-9_-]+)(?:\.\*)?$/;

/**
 * The bound of a field in which every match of a filter lies; undefined when the filter leaves it open. `path` is the
 * field's path with its dots: `labels.hawser/name`.
 */
export function boundOf(selectors: readonly Selector[], path: string): FieldBound | undefined {
  for (const selector of selectors) {
    if (selector.path.join(".") !== path) continue;
    if (selector.operator === "==") return { equals: selector.value };
    const startsWith = selector.operator === "~=" ? PREFIX_PATTERN.exec(selector.value)?.[1] : undefined;
    if (startsWith !== undefined) return { startsWith };
  }
  return undefined;
}
