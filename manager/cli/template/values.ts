// How values look and compare in a template: Go's rules for printing, for what is empty, and for what is less. Pure.

/** What templates work on: what JSON has, with times, big numbers, and functions that a field may be. */
export type Value = unknown;

/** Whether `if` takes it for false. */
export function isEmpty(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === "" || value === 0 || value === 0n)
    return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Something with fields. */
export function isObject(value: Value): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** As Go's `%v` prints it. */
export function show(value: Value): string {
  if (value === undefined || value === null) return "<no value>";
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.keys(value)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => `${key}:${show(value[key])}`);
  return `map[${entries.join(" ")}]`;
}

/** As JSON. A big number is a number as long as JSON's readers can tell it from its neighbours, and a text beyond. */
export function toJson(value: Value, indent?: number): string {
  return JSON.stringify(
    value ?? null,
    (_, inner: unknown) => (typeof inner === "bigint" ? plain(inner) : inner),
    indent,
  );
}

function plain(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** Less than 0, 0, or more; undefined for two that cannot be compared. */
export function compare(a: Value, b: Value): number | undefined {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  return undefined;
}

/** Whether two values are the same. */
export function isEqual(a: Value, b: Value): boolean {
  return compare(a, b) === 0 || (a ?? undefined) === (b ?? undefined);
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
