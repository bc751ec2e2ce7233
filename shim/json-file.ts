// Small versioned JSON files that one process writes and another, perhaps of another version, reads: read with a
// reason instead of an exception, because whoever reads them is cleaning up and goes on in any case.
// Knows the form only: an object with a `version`.
import { readFileSync } from "node:fs";
import { isErrno, messageOf } from "../proto/errors.ts";

/** What was in a file, or why that cannot be known: `missing` says that there is no file. */
export type Found<T> =
  | { readonly value: T }
  | { readonly value: undefined; readonly flaw: string; readonly isMissing: boolean };

/** A JSON object as it was read; nothing in it is checked. */
export type JsonObject = { readonly [key: string]: unknown };

/**
 * Reads an object of this version and hands it to `parse`, which throws an Error for what it cannot accept. A file
 * that is missing, half, corrupt or of another version is a flaw and never an exception.
 */
export function readJsonFile<T>(path: string, version: number, parse: (object: JsonObject) => T): Found<T> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return {
      value: undefined,
      flaw: `read "${path}": ${messageOf(error)}`,
      isMissing: isErrno(error, "ENOENT"),
    };
  }
  try {
    const object: unknown = JSON.parse(text);
    if (!isObject(object)) throw new Error("not an object");
    if (object["version"] !== version) throw new Error(`version is ${JSON.stringify(object["version"])}`);
    return { value: parse(object) };
  } catch (error) {
    return { value: undefined, flaw: `read "${path}": ${messageOf(error)}`, isMissing: false };
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The string at `key`. Throws an Error when there is none. */
export function stringAt(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value !== "string") throw new Error(`${key} is not a string`);
  return value;
}

/** The integer, not negative, at `key`. Throws an Error when there is none. */
export function naturalAt(object: JsonObject, key: string): number {
  const value = object[key];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new Error(`${key} is not a natural number`);
  }
  return value;
}

/** The boolean at `key`. Throws an Error when there is none. */
export function booleanAt(object: JsonObject, key: string): boolean {
  const value = object[key];
  if (typeof value !== "boolean") throw new Error(`${key} is not a boolean`);
  return value;
}

/** Clock ticks since boot, which JSON has as a string of digits. */
export function ticksAt(object: JsonObject, key: string): bigint {
  const text = stringAt(object, key);
  if (!/^\d{1,20}$/.test(text)) throw new Error(`${key} is not a number of ticks`);
  return BigInt(text);
}
