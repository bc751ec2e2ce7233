// `--filter key=value`, as docker has it: values of one key are alternatives, different keys must all be true. What a key means
// is the command's matter. Pure.

import { nearestWord } from "../edit-distance.ts";
import { refusal } from "../oci/refusal.ts";

/** Filters by their keys, in the order in which they were given. */
export type FilterWords = ReadonlyMap<string, readonly string[]>;

/** Reads them. Throws InvalidArgument for what is no filter and for a key that is not among `keys`. */
export function parseFilterWords(texts: readonly string[], keys: readonly string[]): FilterWords {
  const found = new Map<string, string[]>();
  for (const text of texts) {
    const end = text.indexOf("=");
    const key = end < 0 ? text : text.slice(0, end);
    const value = end < 0 ? "" : text.slice(end + 1);
    if (!keys.includes(key)) {
      const near = nearestWord(key, keys);
      const advice = near === undefined ? `there are ${keys.join(", ")}` : `did you mean "${near}"?`;
      throw refusal({ flag: "--filter", value: text }, `"${key}" is no filter`, advice);
    }
    if (value === "")
      throw refusal({ flag: "--filter", value: text }, "its value is missing", `write ${key}=value`);
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
}

/** Whether labels have what `label=name` or `label=name=value` says; all of them. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean {
  return wanted.every((text) => {
    const end = text.indexOf("=");
    if (end < 0) return Object.hasOwn(labels, text);
    return labels[text.slice(0, end)] === text.slice(end + 1);
  });
}

/** For commander: collects the values of a flag that may be given again and again. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** Reads yes or no. */
export function parseSwitch(key: string, value: string): boolean {
  if (/^(?:true|1)$/i.test(value)) return true;
  if (/^(?:false|0)$/i.test(value)) return false;
  throw refusal({ flag: "--filter", value: `${key}=${value}` }, "neither true nor false");
}
