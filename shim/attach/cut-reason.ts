// Why sessions are cut, in a word and in a code. The words are part of the protocol (docs/attach.md). Pure.
import { Code } from "../../proto/errors.ts";

/** In a word. */
export type CutReason = keyof typeof CODES;

const CODES = {
  deleted: Code.Unavailable,
  future: Code.OutOfRange,
  input: Code.ResourceExhausted,
  invalid: Code.InvalidArgument,
  lagged: Code.DataLoss,
  limit: Code.ResourceExhausted,
  "not-brokered": Code.FailedPrecondition,
  "not-found": Code.NotFound,
  "not-started": Code.Aborted,
  "read-only": Code.PermissionDenied,
  resumed: Code.Aborted,
  shutdown: Code.Unavailable,
  unreadable: Code.DataLoss,
} as const satisfies Readonly<Record<string, Code>>;

/** The code that goes with the word. */
export function codeOfCut(reason: CutReason): Code {
  return CODES[reason];
}

/** The word for what a client asked for and is refused with this code. */
export function reasonOf(code: Code): CutReason {
  switch (code) {
    case Code.NotFound:
      return "not-found";
    case Code.OutOfRange:
      return "future";
    case Code.PermissionDenied:
      return "read-only";
    case Code.FailedPrecondition:
      return "not-brokered";
    default:
      return "invalid";
  }
}
