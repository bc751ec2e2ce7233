import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HawserError, isInvalidArgument } from "../../../proto/errors.ts";
import { isValidId, MAX_ID_LENGTH, validateId, validateTopic } from "../../../proto/identifiers.ts";

test("validateId() returns what containerd accepts", () => {
  for (const id of ["a", "0", "Web-1", "k8s.io", "a_b-c.d", "x".repeat(76), "0".repeat(64), "constructor"]) {
    assert.equal(validateId("container", id), id);
    assert.ok(isValidId(id));
  }
});

test("validateId() refuses everything else and says what is wrong with it", () => {
  for (const [id, flaw] of [
    ["", "it is empty"],
    [".", 'it begins with "."'],
    ["..", 'it begins with "."'],
    ["../a", 'it contains "/"'],
    ["a/b", 'it contains "/"'],
    ["a\\b", 'it contains "\\\\"'],
    ["-a", 'it begins with "-"'],
    ["a-", 'it ends with "-"'],
    ["a..b", 'it contains ".."'],
    ["a._b", 'it contains "._"'],
    ["a b", 'it contains " "'],
    ["a\n", 'it contains "\\n"'],
    ["a\0b", 'it contains "\\u0000"'],
    ["ü", 'it contains "ü"'],
    ["😀", 'it contains "😀"'],
    ["x".repeat(77), "it has 77 characters"],
  ] as const) {
    assert.equal(isValidId(id), false);
    assert.throws(
      () => validateId("exec", id),
      (error: unknown) => {
        assert.ok(isInvalidArgument(error) && error instanceof HawserError);
        assert.ok(error.message.includes("exec id"), error.message);
        assert.ok(error.message.includes(flaw), error.message);
        assert.ok(error.message.includes(`1 to ${MAX_ID_LENGTH} characters`), error.message);
        return true;
      },
    );
  }
});

test("an error does not repeat a stranger's megabyte, and costs no time", () => {
  const id = "a.".repeat(500_000);
  assert.throws(
    () => validateId("namespace", id),
    (error: unknown) => String(error).length < 500,
  );
  assert.throws(
    () => validateTopic(`/${id}`),
    (error: unknown) => String(error).length < 800,
  );
});

test("every valid id is runs of letters and digits joined by single marks", () => {
  const run = fc.stringMatching(/^[A-Za-z0-9]{1,5}$/);
  const rest = fc.array(fc.tuple(fc.constantFrom(".", "_", "-"), run), { maxLength: 10 });
  fc.assert(
    fc.property(run, rest, (first, pairs) => {
      const id = first + pairs.flat().join("");
      assert.equal(validateId("sandbox", id), id);
    }),
  );
});

test("validateTopic() wants a slash and ids between slashes", () => {
  for (const topic of ["/tasks/exit", "/a", "/tasks/exec-added", "/a/b/c"])
    assert.equal(validateTopic(topic), topic);
  for (const topic of [
    "",
    "tasks/exit",
    "/",
    "//",
    "/a//b",
    "/a/",
    "/tasks/?",
    "/../a",
    "/a b",
    `/${"a".repeat(77)}`,
  ]) {
    assert.throws(() => validateTopic(topic), isInvalidArgument, topic);
  }
});
