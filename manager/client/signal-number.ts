// Signals, by name or by number. Pure.
import { constants } from "node:os";
import { Code, HawserError } from "../../proto/errors.ts";

/** A signal: `SIGTERM`, `TERM` or 15. */
export type Signal = NodeJS.Signals | (string & {}) | number;

/** Linux has these and no more. */
const MAX_SIGNAL = 64;

/** The number of a signal. Throws InvalidArgument that says what was asked. */
export function signalNumber(signal: Signal): number {
  const known: Readonly<Record<string, number>> = constants.signals;
  const text = String(signal).toUpperCase();
  const number = /^\d+$/.test(text) ? Number(text) : (known[text] ?? known[`SIG${text}`]);
  if (number !== undefined && number > 0 && number <= MAX_SIGNAL) return number;
  throw new HawserError(Code.InvalidArgument, `signal "${signal}": there is none of that name or number`);
}
