import assert from "node:assert/strict";
import { test } from "node:test";
import { argsInSpec, readArgs, writeArgs } from "../../../../manager/runtime/process-args.ts";

test("argsInSpec() finds the words of a container and of an exec, and none in what has none", () => {
  const rows: [json: string, expected: string[]][] = [
    ['{"process":{"args":["sh","-c","a b"]}}', ["sh", "-c", "a b"]],
    ['{"args":["ls"],"cwd":"/"}', ["ls"]],
    ['{"process":{}}', []],
    ['{"process":{"args":["sh",7]}}', ["sh"]],
    ['{"process":{"args":"sh"}}', []],
    ["[", []],
    ["", []],
  ];
  for (const [json, expected] of rows) assert.deepEqual(argsInSpec(Buffer.from(json)), expected, json);
  assert.deepEqual(argsInSpec(undefined), []);
});

test("writeArgs() keeps the first words of a long command, whole", () => {
  assert.deepEqual(readArgs(writeArgs(["sh", "-c", "x y"])), ["sh", "-c", "x y"]);
  assert.equal(writeArgs([]), null);
  assert.deepEqual(readArgs(null), []);
  const kept = writeArgs(["sh", "-c", "x".repeat(5_000), "end"]);
  assert.deepEqual(readArgs(kept), ["sh", "-c"]);
  assert.ok((writeArgs(Array.from({ length: 5_000 }, () => "word"))?.length ?? 0) <= 4_096);
});
