// What of typed keys reaches the process, and when they mean "leave".
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DetachKeys } from "../../../../../manager/cli/terminal/detach-keys.ts";
import { parseDetachKeys } from "../../../../../manager/cli/values/detach-keys.ts";

const keys = (text: string) => Buffer.from(text, "latin1");

const cases: readonly [why: string, sequence: string, typed: string[], passed: string, isDetach: boolean][] =
  [
    ["all of it in one piece", "\x10\x11", ["ab\x10\x11"], "ab", true],
    ["a key at a time", "\x10\x11", ["a", "\x10", "\x11"], "a", true],
    ["what comes behind it is nobody's", "\x10\x11", ["\x10\x11rm -rf"], "", true],
    ["another key passes on the one that waited", "\x10\x11", ["\x10", "x"], "\x10x", false],
    ["the first key twice: one of them waits again", "\x10\x11", ["\x10\x10", "\x11"], "\x10", true],
    ["a beginning within a beginning", "aab", ["aaab"], "a", true],
    ["the same, cut", "aab", ["a", "a", "a", "b"], "a", true],
    ["a beginning waits", "abc", ["ab"], "", false],
    ["no keys, no detaching", "", ["\x10\x11"], "\x10\x11", false],
    ["UTF-8 passes as it is", "\x10\x11", ["\xc3\xa9\x10\xc3"], "\xc3\xa9\x10\xc3", false],
  ];

for (const [why, sequence, typed, passed, isDetach] of cases) {
  test(`DetachKeys: ${why}`, () => {
    const filter = new DetachKeys(keys(sequence));
    let bytes = "";
    let hasLeft = false;
    for (const piece of typed) {
      const result = filter.push(keys(piece));
      bytes += Buffer.from(result.bytes).toString("latin1");
      hasLeft = result.isDetach;
    }
    assert.equal(bytes, passed);
    assert.equal(hasLeft, isDetach);
  });
}

test("whatever is typed, in whatever pieces: everything before the keys is passed on, and nothing else", () => {
  const letter = fc.constantFrom("a", "b", "c");
  const word = fc.array(letter, { minLength: 1, maxLength: 4 }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 20 }), (sequence, pieces) => {
      const filter = new DetachKeys(keys(sequence));
      const at = pieces.join("").indexOf(sequence);
      let passed = "";
      let hasLeft = false;
      for (const piece of pieces) {
        const { bytes, isDetach } = filter.push(keys(piece));
        passed += Buffer.from(bytes).toString("latin1");
        hasLeft ||= isDetach;
        if (hasLeft) break;
      }
      assert.equal(hasLeft, at >= 0);
      const before = at >= 0 ? pieces.join("").slice(0, at) : pieces.join("");
      if (at >= 0) assert.equal(passed, before);
      // At the end, only a beginning of the keys may wait.
      else assert.ok(before.startsWith(passed) && sequence.startsWith(before.slice(passed.length)));
    }),
  );
});

const written: readonly [value: string, bytes: number[]][] = [
  ["ctrl-p,ctrl-q", [16, 17]],
  ["CTRL-A", [1]],
  ["a,b", [97, 98]],
  ["ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", [0, 27, 28, 29, 30, 31]],
  ["DEL", [127]],
  ["none", []],
];

for (const [value, bytes] of written) {
  test(`parseDetachKeys(${JSON.stringify(value)})`, () => {
    assert.deepEqual([...parseDetachKeys("--detach-keys", value)], bytes);
  });
}

for (const value of ["", "ctrl-", "ctrl-1", "ab", "ctrl-p,", "é", "ctrl-pq", "a,".repeat(20)]) {
  test(`parseDetachKeys(${JSON.stringify(value)}) is refused`, () => {
    assert.throws(() => parseDetachKeys("--detach-keys", value), /--detach-keys .*; write /);
  });
}
