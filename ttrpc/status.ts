// The one place where errors become statuses and statuses become errors. A handler just throws; a caller just
// catches. Also the home of the error that is not a status: the connection is gone.
import { Code, codeOf, HawserError } from "../proto/errors.ts";
import type { Status } from "../proto/gen/status.ts";

/** Longest text of a status in characters; more is cut, so that an error always fits into a frame. */
export const MAX_STATUS_TEXT = 32 * 1024;

/** Longest name of a stranger's that is repeated in an error. */
const MAX_QUOTED = 128;

/**
 * The connection is closed: by the peer, by us, or by its loss. Not a status that a peer sent; what became of the call is
 * unknown. Its code is Unavailable; ask with `isConnectionClosed`.
 */
export class ConnectionClosedError extends HawserError {
  constructor(message = "ttrpc: closed", cause?: unknown) {
    super(Code.Unavailable, message, cause === undefined ? {} : { cause });
    this.name = "ConnectionClosedError";
  }
}

/** Whether the call ended because its connection did. */
export function isConnectionClosed(error: unknown): error is ConnectionClosedError {
  return error instanceof ConnectionClosedError;
}

/** What a handler threw, as an error. Never throws itself: some values cannot even be turned into text. */
export function errorFromThrown(caught: unknown): HawserError {
  try {
    return HawserError.from(caught);
  } catch (cause) {
    return new HawserError(Code.Unknown, "an error that cannot be described", { cause });
  }
}

/** What travels for an error that a handler threw. Never throws, whatever was thrown. */
export function statusFromError(caught: unknown): Status {
  const error = errorFromThrown(caught);
  // A handler that failed with code OK has failed all the same: OK would be read as success.
  const code = error.code === Code.OK ? Code.Unknown : error.code;
  return {
    code,
    message: clip(error.message, MAX_STATUS_TEXT),
    details: [...error.details],
  };
}

/** The error for a status that says one; undefined for an absent status and for code 0. */
export function errorFromStatus(status: Status | undefined): HawserError | undefined {
  if (status === undefined || status.code === Code.OK) return undefined;
  return new HawserError(codeOf(status.code), status.message, { details: status.details });
}

/** A stranger's name, short enough to be repeated in an error. */
export function quoted(name: string): string {
  return clip(name, MAX_QUOTED);
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}
