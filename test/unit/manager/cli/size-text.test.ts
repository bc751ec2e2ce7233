import assert from "node:assert/strict";
import { test } from "node:test";
import { formatMemory, formatSize } from "../../../../manager/cli/size-text.ts";

const sizes: readonly (readonly [bytes: number, decimal: string, binary: string])[] = [
  [0, "0B", "0B"],
  [999, "999B", "999B"],
  [1_000, "1kB", "1000B"],
  [1_024, "1.02kB", "1KiB"],
  [4_261_502, "4.26MB", "4.064MiB"],
  [999_999, "1MB", "976.6KiB"],
  [512 * 2 ** 20, "537MB", "512MiB"],
  [1.5 * 2 ** 40, "1.65TB", "1.5TiB"],
];

for (const [bytes, decimal, binary] of sizes) {
  test(`${bytes} bytes are ${decimal}, or ${binary} of memory`, () => {
    assert.equal(formatSize(bytes), decimal);
    assert.equal(formatMemory(BigInt(bytes)), binary);
  });
}
