// How a call ended, as a test compares it: a code, or OK.

import assert from "node:assert/strict";
import { Code, codeName, HawserError } from "../../../proto/errors.ts";

/** The name of the code that a call was answered with. */
export async function answerOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    return codeName(HawserError.from(error).code);
  }
}

/** Fails unless a call is refused with this code and a message like this one. */
export async function refuses(call: Promise<unknown>, code: Code, message = /./): Promise<void> {
  await assert.rejects(call, (error) => {
    const { code: actual, message: text } = HawserError.from(error);
    assert.equal(`${codeName(actual)}: ${text}`, `${codeName(code)}: ${text}`);
    assert.match(text, message);
    return true;
  });
}

/** Fails unless a call is refused, by whatever code; returns the message. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { code, message } = HawserError.from(error);
    assert.ok(code !== Code.Unavailable && code !== Code.DeadlineExceeded, message);
    return message;
  }
  throw new Error("the call succeeded");
}
