import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OutputWindow, readBuffer, type Stream } from "../../../../shim/attach/output-window.ts";

function append(window: OutputWindow, stream: Stream, text: string, timeMs = 0): void {
  const bytes = Buffer.from(text);
  window.append(stream, bytes, bytes.length, timeMs);
}

function textOf(window: OutputWindow, from: number, maxBytes = 1 << 20): string {
  let text = "";
  for (let at = from; ; ) {
    const piece = window.at(at, maxBytes);
    if (piece === undefined) return text;
    assert.equal(piece.offset, at);
    text += Buffer.from(piece.bytes).toString("latin1");
    at += piece.bytes.length;
  }
}

test("output that comes together is one piece, unless the streams differ or somebody has the piece", () => {
  const window = new OutputWindow(10);
  append(window, 1, "a");
  append(window, 1, "b", 1);
  append(window, 2, "c", 1);
  append(window, 1, "d", 1);
  append(window, 1, "e", 5);
  const shape = () =>
    window.from(10, 1000).map(({ offset, stream, bytes }) => [offset, stream, String(bytes)]);
  assert.deepEqual(shape(), [
    [10, 1, "ab"],
    [12, 2, "c"],
    [13, 1, "d"],
    [14, 1, "e"],
  ]);
  append(window, 1, "f", 5);
  assert.equal(shape().length, 5, "what the log has was not changed under it");
  assert.equal(textOf(window, 11), "bcdef");
  assert.equal(textOf(window, 11, 1), "bcdef");
});

test("forget() keeps what somebody needs, whatever it costs, and the latest of the rest", () => {
  const window = new OutputWindow(0);
  for (let line = 0; line < 1000; line++) append(window, ((line % 2) + 1) as Stream, "0123456789");
  window.forget(0, 500);
  assert.equal(window.start, 500);
  window.forget(1380, window.end);
  assert.equal(window.start, 10_000 - 100, "ten pieces of 10 bytes, at 128 each for the piece");
  window.forget(0, window.end);
  assert.deepEqual([window.start, window.end], [10_000, 10_000]);
  assert.equal(window.at(10_000, 10), undefined);
});

test("a full read is kept without a copy, and read into again once it is forgotten and nobody has it", () => {
  const window = new OutputWindow(0);
  const first = readBuffer().fill("a");
  assert.equal(window.append(1, first, first.length, 0), true);
  const second = readBuffer().fill("b");
  assert.equal(window.append(1, second, second.length, 0), true);
  window.pin(first.length);
  const borrowed = window.at(first.length, 10)?.bytes;
  window.forget(0, window.end);
  assert.equal(readBuffer(), first);
  assert.notEqual(readBuffer(), second);
  assert.equal(String(borrowed), "bbbbbbbbbb");
});

test("whatever is appended and forgotten, what is there is what was appended at its place", () => {
  const step = fc.record({
    stream: fc.constantFrom(1, 2),
    length: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(4_095, 4_096, 49_151, 49_152, 65_536)),
    timeMs: fc.integer({ min: 0, max: 3 }),
    budget: fc.integer({ min: 0, max: 200_000 }),
    readFrom: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const window = new OutputWindow(0);
      const all: number[] = [];
      const streams: number[] = [];
      for (const { stream, length, timeMs, budget, readFrom } of steps) {
        const buffer = readBuffer();
        for (let at = 0; at < length; at++) {
          buffer[at] = (all.length * 31) & 0xff;
          all.push(buffer[at] as number);
          streams.push(stream);
        }
        window.append(stream as Stream, buffer, length, timeMs);
        window.forget(budget, window.end);
        assert.equal(window.end, all.length);
        const from = window.start + Math.floor((window.end - window.start) * readFrom);
        const piece = window.at(from, 5000);
        if (from === window.end) assert.equal(piece, undefined);
        else {
          assert.ok(piece !== undefined && piece.bytes.length > 0 && piece.bytes.length <= 5000);
          assert.equal(piece.stream, streams[from]);
          const wanted = Buffer.from(all.slice(from, from + piece.bytes.length));
          assert.ok(wanted.equals(piece.bytes));
        }
      }
    }),
    { numRuns: 200 },
  );
});
