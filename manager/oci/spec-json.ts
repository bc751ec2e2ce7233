// A specification as text, and back, without losing a digit. "No limit" is 2^64-1 in a specification; JavaScript's numbers
// would turn it into 18446744073709552000, which runc refuses, on every way from bytes to bytes. So numbers that a double
// does not hold stay text (`RawNumber`). Whoever changes a specification parses and formats it here.
import { Code, HawserError } from "../../proto/errors.ts";
import type { OciSpec, RawNumber } from "./spec.ts";

// In the engine since V8 11.4; not in the compiler's library yet.
interface ExactJson {
  rawJSON(text: string): RawNumber;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
}
const exact = JSON as unknown as ExactJson;

/** No limit, in every limit of 64 bits. */
export const UNLIMITED: RawNumber = exact.rawJSON("18446744073709551615");

/** The number of a specification for arithmetic; loses digits above 2^53. */
export function toNumber(value: number | RawNumber): number {
  return typeof value === "number" ? value : Number(value.rawJSON);
}

/** A whole number that JSON will say exactly. */
export function toOciNumber(value: bigint): number | RawNumber {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : exact.rawJSON(String(value));
}

/** The text of config.json. */
export function formatSpec(spec: OciSpec): string {
  return JSON.stringify(spec);
}

/** Takes the text of a specification apart; big numbers keep their digits. InvalidArgument when it is no JSON object. */
export function parseSpec(text: string): OciSpec {
  let spec: unknown;
  try {
    spec = exact.parse(text, (_key, value, { source }) =>
      typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "")
        ? exact.rawJSON(source as string)
        : value,
    );
  } catch (error) {
    throw new HawserError(Code.InvalidArgument, `read specification: ${String(error)}`, { cause: error });
  }
  if (typeof spec === "object" && spec !== null && !Array.isArray(spec)) return spec as OciSpec;
  throw new HawserError(Code.InvalidArgument, "read specification: it is no JSON object");
}
