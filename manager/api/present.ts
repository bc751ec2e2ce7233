// The one check that every service makes: the record that a request is about has to be in it.
import { Code, HawserError } from "../../proto/errors.ts";

/** The record in a request. Throws InvalidArgument that says what was asked and what is missing. */
export function present<T>(record: T | undefined, action: string, what: string): T {
  if (record !== undefined) return record;
  throw new HawserError(Code.InvalidArgument, `${action}: the request has no ${what}`);
}
