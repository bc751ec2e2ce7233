import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TailCount } from "../../../../manager/logs/tail-count.ts";
import type { OutputRecord } from "../../../../output-log/record.ts";

/** Records of texts, one after the other: "1:text" is stdout, "2:text" stderr. */
function recordsOf(texts: readonly string[]): OutputRecord[] {
  let offset = 0n;
  return texts.map((text) => {
    const bytes = Buffer.from(text.slice(2));
    const record = { offset, stream: text.startsWith("1") ? 1 : 2, time: 0n, bytes } as const;
    offset += BigInt(bytes.length);
    return record;
  });
}

function startsOf(records: readonly OutputRecord[], lines: number): Map<number, bigint> {
  const count = new TailCount(lines);
  for (const record of records.toReversed()) {
    if (count.isDone) break;
    count.add(record);
  }
  return new Map(count.starts);
}

/** The bytes of a stream from its start on. */
function shown(
  records: readonly OutputRecord[],
  starts: ReadonlyMap<number, bigint>,
  stream: number,
): string {
  const start = starts.get(stream);
  if (start === undefined) return "";
  return records
    .filter((record) => record.stream === stream)
    .map(({ offset, bytes }) => {
      const skip = start > offset ? Number(start - offset) : 0;
      return Buffer.from(bytes).subarray(skip).toString();
    })
    .join("");
}

const rows: { texts: string[]; lines: number; stdout: string; stderr: string; why: string }[] = [
  { texts: ["1:a\nb\nc\n"], lines: 1, stdout: "c\n", stderr: "", why: "the last line" },
  { texts: ["1:a\nb\nc\n"], lines: 0, stdout: "", stderr: "", why: "none" },
  { texts: ["1:a\nb\nc\n"], lines: 9, stdout: "a\nb\nc\n", stderr: "", why: "all there are" },
  { texts: ["1:a\nb\nc"], lines: 1, stdout: "c", stderr: "", why: "a line that has not ended is one" },
  { texts: ["1:a\n", "1:b", "1:c\n"], lines: 1, stdout: "bc\n", stderr: "", why: "a line in two records" },
  {
    texts: ["1:a\nb", "2:x\n", "1:c\n"],
    lines: 1,
    stdout: "bc\n",
    stderr: "",
    why: "around a line of stderr",
  },
  { texts: ["1:a\nb", "2:x\n", "1:c\n"], lines: 2, stdout: "bc\n", stderr: "x\n", why: "ended before it" },
  {
    texts: ["1:a\n", "2:x\n"],
    lines: 1,
    stdout: "",
    stderr: "x\n",
    why: "lines of both are counted together",
  },
  { texts: ["1:\n\n\n"], lines: 2, stdout: "\n\n", stderr: "", why: "empty lines are lines" },
  {
    texts: ["1:a\n", "1:", "2:x"],
    lines: 2,
    stdout: "a\n",
    stderr: "x",
    why: "a record without bytes is nothing",
  },
];

for (const { texts, lines, stdout, stderr, why } of rows) {
  test(`the last ${lines} of ${JSON.stringify(texts)}: ${why}`, () => {
    const records = recordsOf(texts);
    const starts = startsOf(records, lines);
    assert.equal(shown(records, starts, 1), stdout);
    assert.equal(shown(records, starts, 2), stderr);
  });
}

test("any output: the tail is the end of each stream, whole lines, and as many as were asked for", () => {
  const text = fc
    .tuple(fc.constantFrom("1:", "2:"), fc.string({ unit: fc.constantFrom("a", "\n") }))
    .map(([stream, body]) => stream + body);
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), fc.integer({ min: 0, max: 8 }), (texts, lines) => {
      const records = recordsOf(texts);
      const starts = startsOf(records, lines);
      let found = 0;
      let all = 0;
      for (const stream of [1, 2]) {
        const whole = shown(records, new Map([[stream, 0n]]), stream);
        const tail = shown(records, starts, stream);
        assert.ok(whole.endsWith(tail));
        const before = whole.slice(0, whole.length - tail.length);
        assert.ok(before === "" || tail === "" || before.endsWith("\n"), "it begins at the start of a line");
        found += linesIn(tail);
        all += linesIn(whole);
      }
      assert.equal(found, Math.min(lines, all));
    }),
    { numRuns: 2000 },
  );
});

function linesIn(text: string): number {
  return text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0);
}
