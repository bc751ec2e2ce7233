import assert from "node:assert/strict";
import { test } from "node:test";
import { Digester, digestOf, parseDigest } from "../../../../manager/images/digest.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";

test("parseDigest() lets through nothing that is no component of a path", () => {
  assert.deepEqual(parseDigest(`sha256:${"0".repeat(64)}`), { algorithm: "sha256", hex: "0".repeat(64) });
  assert.deepEqual(parseDigest(`sha512:${"f".repeat(128)}`), { algorithm: "sha512", hex: "f".repeat(128) });
  const wrong = [
    "",
    "sha256",
    "sha256:",
    `sha256:${"0".repeat(63)}`,
    `sha256:${"0".repeat(65)}`,
    `sha256:${"A".repeat(64)}`,
    `sha512:${"0".repeat(64)}`,
    `md5:${"0".repeat(32)}`,
    `sha256:${"../".repeat(21)}.`,
    ` sha256:${"0".repeat(64)}`,
    `sha256:${"0".repeat(64)}\n`,
    `constructor:${"0".repeat(64)}`,
    "x".repeat(1_000_000),
  ];
  for (const text of wrong) {
    assert.throws(
      () => parseDigest(text),
      (error: HawserError) => {
        assert.ok(error.message.length < 400);
        return error.code === Code.InvalidArgument;
      },
    );
  }
});

test("Digester says the digest so far, and goes on", () => {
  const digester = new Digester();
  assert.equal(digester.digest(), digestOf(Buffer.alloc(0)));
  digester.update(Buffer.from("ab"));
  assert.equal(digester.digest(), digestOf(Buffer.from("ab")));
  digester.update(Buffer.from("c"));
  assert.equal(digester.digest(), digestOf(Buffer.from("abc")));
});
