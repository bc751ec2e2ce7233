// What travels for an error: a code and a sentence. The causes and details of an error stay here; they can hold paths,
// keys and other people's names.
// Always true: what comes out of here can be sent, whatever was thrown. A status goes into an HTTP/2 header, where text that
// is not well-formed or without an end would fail the call in a worse way.
import type { StatusObject } from "@grpc/grpc-js";
import { Code, HawserError } from "../../proto/errors.ts";

/** The longest sentence that is sent, in characters; each can take nine bytes in the header. */
const MAX_STATUS_TEXT = 4096;

/** What a handler threw, as an error. Never throws itself: some values cannot even be turned into text. */
export function errorFromThrown(caught: unknown): HawserError {
  try {
    return HawserError.from(caught);
  } catch (cause) {
    return new HawserError(Code.Unknown, "an error that cannot be described", { cause });
  }
}

/** The status of a call that ended with this error. */
export function statusOf(error: HawserError): Pick<StatusObject, "code" | "details"> {
  // A handler that failed with code OK has failed all the same: OK would be read as success.
  const code = error.code === Code.OK ? Code.Unknown : error.code;
  const { message } = error;
  const isLong = message.length > MAX_STATUS_TEXT;
  const text = isLong ? `${message.slice(0, MAX_STATUS_TEXT)}… (${message.length} characters)` : message;
  return { code, details: text.toWellFormed() };
}
