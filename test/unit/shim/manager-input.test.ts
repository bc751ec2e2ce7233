import assert from "node:assert/strict";
import { closeSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MAX_INPUT_BYTES } from "../../../shim/bootstrap.ts";
import { readInput } from "../../../shim/manager-input.ts";
import { temporaryDir } from "../sys/support.ts";

function inputOf(path: string): Uint8Array {
  const fd = openSync(path, "r");
  try {
    return readInput(fd);
  } finally {
    closeSync(fd);
  }
}

test("readInput() reads to the end, and no more than it takes to see that it is too much", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "input");
  for (const length of [0, 1, 65_536, 200_000]) {
    const bytes = Buffer.alloc(length, "x");
    writeFileSync(path, bytes);
    assert.deepEqual(inputOf(path), bytes);
  }
  truncateSync(path, 2 * MAX_INPUT_BYTES);
  const { length } = inputOf(path);
  assert.ok(length > MAX_INPUT_BYTES && length < MAX_INPUT_BYTES + 100_000, `${length} bytes`);
});

test("readInput() has nothing from a closed descriptor, and says why it cannot read another", () => {
  using dir = temporaryDir();
  assert.deepEqual(readInput(1_000_000), Buffer.alloc(0));
  assert.throws(() => inputOf(dir.path), /read input: EISDIR/);
});
