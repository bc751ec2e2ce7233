import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatSpec,
  parseSpec,
  toNumber,
  toOciNumber,
  UNLIMITED,
} from "../../../../manager/oci/spec-json.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";

test("a specification comes back from text without losing a digit", () => {
  const text =
    '{"process":{"rlimits":[{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615}]},"x":1.5}';
  assert.equal(formatSpec(parseSpec(text)), text);
  assert.equal(JSON.stringify(parseSpec(text).process.rlimits?.[0]?.hard), "18446744073709551615");
});

test("no limit is 2^64-1, and small numbers are numbers", () => {
  assert.equal(JSON.stringify({ hard: UNLIMITED }), '{"hard":18446744073709551615}');
  assert.equal(toOciNumber(1024n), 1024);
  assert.equal(JSON.stringify(toOciNumber(2n ** 63n)), "9223372036854775808");
  assert.equal(toNumber(UNLIMITED), 2 ** 64);
  assert.equal(toNumber(5), 5);
});

for (const text of ["", "{]", "null", "[]", "7"]) {
  test(`parseSpec(${JSON.stringify(text)}) is refused`, () => {
    assert.throws(() => parseSpec(text), isInvalidArgument);
  });
}
