// The functions of templates: docker's (json, join, split, title, upper, lower, pad, truncate) and the useful ones of Go's own. A
// function throws a plain Error that says what is wrong with its arguments; the place is added by whoever calls it. Pure.
import { formatted } from "./printf.ts";
import { compare, isEmpty, isEqual, isObject, show, toJson, type Value } from "./values.ts";

/** The longest text that pad makes. Characters. */
const MAX_PADDING = 1_000;

export const FUNCTIONS: ReadonlyMap<string, (...args: Value[]) => Value> = new Map<
  string,
  (...args: Value[]) => Value
>([
  ["json", (value) => toJson(value)],
  ["prettyjson", (value) => toJson(value, 2)],
  [
    "join",
    (list, separator) =>
      listOf(list, "join")
        .map(show)
        .join(show(separator ?? "")),
  ],
  ["split", (text, separator) => show(text).split(show(separator))],
  ["upper", (text) => show(text).toUpperCase()],
  ["lower", (text) => show(text).toLowerCase()],
  ["title", (text) => show(text).replaceAll(/(?<=^|\s)\p{L}/gu, (letter) => letter.toUpperCase())],
  ["pad", (text, left, right) => `${spaces(left)}${show(text)}${spaces(right)}`],
  ["truncate", (text, length) => [...show(text)].slice(0, whole(length, "truncate")).join("")],
  ["print", (...values) => values.map(show).join(" ")],
  ["println", (...values) => `${values.map(show).join(" ")}\n`],
  ["printf", (format, ...values) => formatted(show(format), values)],
  ["len", lengthOf],
  ["index", (value, ...keys) => keys.reduce<Value>(elementOf, value)],
  ["slice", (value, from, to) => sliceOf(value, from, to)],
  ["not", (value) => isEmpty(value)],
  ["and", (...values) => values.find(isEmpty) ?? values.at(-1)],
  ["or", (...values) => values.find((value) => !isEmpty(value)) ?? values.at(-1)],
  ["eq", (first, ...others) => others.some((other) => isEqual(first, other))],
  ["ne", (a, b) => !isEqual(a, b)],
  ["lt", (a, b) => ordered(a, b) < 0],
  ["le", (a, b) => ordered(a, b) <= 0],
  ["gt", (a, b) => ordered(a, b) > 0],
  ["ge", (a, b) => ordered(a, b) >= 0],
]);

function listOf(value: Value, name: string): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  if (value === undefined || value === null) return [];
  throw new Error(`${name} wants a list, not ${show(value).slice(0, 40)}`);
}

function lengthOf(value: Value): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isObject(value)) return Object.keys(value).length;
  throw new Error(`len wants a text, a list or an object, not ${show(value)}`);
}

function elementOf(value: Value, key: Value): Value {
  if (isObject(value)) return Object.hasOwn(value, show(key)) ? value[show(key)] : undefined;
  if (value === undefined || value === null) return undefined;
  const list = typeof value === "string" ? [...value] : listOf(value, "index");
  const at = whole(key, "index");
  if (at >= list.length) throw new Error(`index ${at} is behind the end: there are ${list.length}`);
  return list[at];
}

function sliceOf(value: Value, from: Value, to: Value): Value {
  const list = typeof value === "string" ? value : listOf(value, "slice");
  const end = to === undefined ? list.length : whole(to, "slice");
  if (end > list.length) throw new Error(`slice to ${end} is behind the end: there are ${list.length}`);
  return list.slice(from === undefined ? 0 : whole(from, "slice"), end);
}

function whole(value: Value, name: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${name} wants a whole number, not ${show(value).slice(0, 40)}`);
}

function spaces(count: Value): string {
  const number = whole(count, "pad");
  if (number > MAX_PADDING) throw new Error(`pad takes at most ${MAX_PADDING}`);
  return " ".repeat(number);
}

function ordered(a: Value, b: Value): number {
  const order = compare(a, b);
  if (order !== undefined) return order;
  throw new Error(`${show(a).slice(0, 40)} and ${show(b).slice(0, 40)} cannot be compared`);
}
