import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code, HawserError } from "../../../proto/errors.ts";
import {
  ConnectionClosedError,
  errorFromStatus,
  isConnectionClosed,
  MAX_STATUS_TEXT,
  quoted,
  statusFromError,
} from "../../../ttrpc/status.ts";

describe("statusFromError()", () => {
  const timeout = Object.assign(new Error("aborted"), {
    name: "AbortError",
    cause: Object.assign(new Error("late"), { name: "TimeoutError" }),
  });
  const hostile = {
    toString(): string {
      throw new Error("no text for you");
    },
  };
  const rows = [
    {
      thrown: new HawserError(Code.NotFound, "c1: not found"),
      code: 5,
      message: "c1: not found",
      reason: "a HawserError keeps its code",
    },
    { thrown: new Error("boom"), code: 2, message: "boom", reason: "any other error is Unknown" },
    {
      thrown: new TypeError(""),
      code: 2,
      message: "TypeError",
      reason: "an error without a message has a name",
    },
    { thrown: "text", code: 2, message: "text", reason: "a string is a message" },
    { thrown: undefined, code: 2, message: "undefined", reason: "nothing at all is thrown, too" },
    { thrown: Symbol("s"), code: 2, message: "Symbol(s)", reason: "a symbol has a text" },
    {
      thrown: Object.create(null),
      code: 2,
      message: "an error that cannot be described",
      reason: "no prototype, no text",
    },
    { thrown: hostile, code: 2, message: "an error that cannot be described", reason: "its text throws" },
    {
      thrown: new HawserError(Code.OK, "fine"),
      code: 2,
      message: "fine",
      reason: "OK would be read as success",
    },
    {
      thrown: AbortSignal.abort().reason,
      code: 1,
      message: "This operation was aborted",
      reason: "an abort is Canceled",
    },
    {
      thrown: timeout,
      code: 4,
      message: "aborted",
      reason: "a timeout somewhere in the chain is DeadlineExceeded",
    },
  ];
  for (const { thrown, code, message, reason } of rows) {
    test(`answers ${code} for ${reason}`, () => {
      assert.deepEqual(statusFromError(thrown), { code, message, details: [] });
    });
  }

  test("cuts a giant message, says how long it was, and keeps the details", () => {
    const details = [{ typeUrl: "x.Y", value: new Uint8Array([1, 2]) }];
    const status = statusFromError(new HawserError(Code.Internal, "m".repeat(5_000_000), { details }));
    assert.ok(status.message.length < MAX_STATUS_TEXT + 100);
    assert.match(status.message, /\(5000000 characters\)$/);
    assert.deepEqual(status.details, details);
  });
});

describe("errorFromStatus()", () => {
  test("is no error for an absent status and for code 0, which Rust servers send", () => {
    assert.equal(errorFromStatus(undefined), undefined);
    assert.equal(errorFromStatus({ code: 0, message: "ignored", details: [] }), undefined);
  });

  test("keeps code, message and details of every code", () => {
    for (const code of Object.values(Code).filter((one) => one !== Code.OK)) {
      const status = {
        code,
        message: `code ${code}`,
        details: [{ typeUrl: "a", value: new Uint8Array([7]) }],
      };
      const error = errorFromStatus(status);
      assert.ok(error instanceof HawserError);
      assert.deepEqual(statusFromError(error), status);
    }
  });

  test("makes Unknown of a code that gRPC does not define", () => {
    assert.equal(errorFromStatus({ code: 99, message: "", details: [] })?.code, Code.Unknown);
    assert.equal(errorFromStatus({ code: -1, message: "", details: [] })?.code, Code.Unknown);
  });
});

describe("ConnectionClosedError", () => {
  test("is Unavailable, is told apart from a status of that code, and carries the system's error", () => {
    const cause = new Error("ECONNRESET");
    const error = new ConnectionClosedError("ttrpc: closed", cause);
    assert.equal(error.code, Code.Unavailable);
    assert.equal(error.cause, cause);
    assert.ok(isConnectionClosed(error));
    assert.ok(!isConnectionClosed(new HawserError(Code.Unavailable, "ttrpc: closed")));
    assert.ok(!("cause" in new ConnectionClosedError()));
  });
});

test("quoted() cuts a stranger's name short", () => {
  assert.equal(quoted("test.Echo"), "test.Echo");
  assert.ok(quoted("x".repeat(4_000_000)).length < 200);
});
