import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FirstRunPlace } from "../../../../../manager/cli/first-run/place.ts";

test("a place below a directory with a quote in its name is where it says, and is gone at the end", async () => {
  const base = mkdtempSync("/tmp/h'$(x)-");
  const binDir = join(base, "b");
  mkdirSync(binDir);
  // Stands for hawser: says where it was told to be.
  writeFileSync(join(binDir, "hawser"), '#!/bin/sh\n[ "$1" = where ] && echo "$HAWSER_ROOT"\n', {
    mode: 0o755,
  });
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = base;
  try {
    let dir: string;
    {
      await using place = new FirstRunPlace(binDir);
      dir = place.dir;
      assert.equal(join(dir, ".."), base);
      assert.equal((await place.hawser("where")).stdout, `${dir}/r\n`);
    }
    assert.ok(!existsSync(dir));
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(base, { recursive: true });
  }
});
