import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SpareMemory } from "../../../ttrpc/spare-memory.ts";

const KIB = 1024;

describe("SpareMemory", () => {
  test("gives the memory of a frame to the next one, once", () => {
    const spares = new SpareMemory();
    const first = spares.take(64 * KIB + 10);
    assert.ok(first.length >= 64 * KIB + 10);
    // The frame need not fill what it was written into.
    spares.give(first.subarray(0, 50 * KIB));
    const second = spares.take(64 * KIB + 10);
    assert.equal(second.buffer, first.buffer);
    assert.equal(second.length, first.length);
    assert.notEqual(spares.take(64 * KIB + 10).buffer, first.buffer);
  });

  test("drops what has become too small", () => {
    const spares = new SpareMemory();
    const small = spares.take(40 * KIB);
    spares.give(small);
    const large = spares.take(100 * KIB);
    assert.ok(large.length >= 100 * KIB);
    assert.equal(spares.bytes, 0);
  });

  test("takes no memory that was not made here: others may be using the rest of it", () => {
    const spares = new SpareMemory();
    spares.give(Buffer.allocUnsafe(10));
    spares.give(Buffer.alloc(64 * KIB));
    spares.give(Buffer.from(new SharedArrayBuffer(64 * KIB)));
    assert.equal(spares.bytes, 0);
  });

  test("holds 1 MiB at most", () => {
    const spares = new SpareMemory();
    const taken = Array.from({ length: 40 }, () => spares.take(64 * KIB));
    for (const buffer of taken) spares.give(buffer);
    assert.equal(spares.bytes, 1024 * KIB);
  });
});
