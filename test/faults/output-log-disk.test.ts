// An output log on a disk that is full: a tmpfs of the test's own.
import assert from "node:assert/strict";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MIN_FILE_BYTES, OutputLog, UNSURE_BYTES } from "../../output-log/writer.ts";
import { codeOfError } from "../../sys/errno.ts";
import { smallDisk } from "../support/small-disk.ts";
import { useSuite } from "../support/suite.ts";
import { bytesOf, complaintOf, filesIn, gapsOf, readAll, recordAt } from "../unit/output-log/support.ts";

const suite = useSuite();

test("on a full disk append() says how much it has written and why not more, and goes on when there is room", async () => {
  await using disk = await smallDisk(join(suite.dir, suite.newId()), 512 * 1024);
  const notices: string[] = [];
  await using log = OutputLog.open({ dir: disk.dir, onNotice: (notice) => notices.push(notice) });
  writeFileSync(disk.ballast, Buffer.alloc(300 * 1024));
  const records = Array.from({ length: 40 }, (_, index) => recordAt(index * 10_000, 10_000));
  const written = await log.append(records);
  assert.ok(written > 10 && written < 22, `${written} records`);
  assert.equal(codeOfError(log.lastError), "ENOSPC");
  assert.equal(log.endOffset, BigInt(written * 10_000), "whole records only");
  assert.equal(await log.append(records.slice(written)), 0);
  assert.deepEqual(
    notices.map((notice) => notice.endsWith(", continuing")),
    [true],
    "a stretch of failures is told once",
  );
  const meanwhile = await readAll(disk.dir);
  assert.equal(complaintOf(meanwhile, 0n), undefined);
  assert.equal(bytesOf(meanwhile), written * 10_000);
  const [path = ""] = filesIn(disk.dir);
  assert.equal(statSync(path).size, 48 + written * 10_032, "nothing of a record that was cut short is left");

  rmSync(disk.ballast);
  assert.equal(await log.append(records.slice(written)), 40 - written);
  assert.equal(log.lastError, undefined);
  assert.match(notices.at(-1) ?? "", /the disk takes output again/);
  const entries = await readAll(disk.dir);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.deepEqual(gapsOf(entries), []);
  assert.equal(bytesOf(entries), 400_000);
});

test("what is given up on a full disk is a gap, and places go on behind it", async () => {
  await using disk = await smallDisk(join(suite.dir, suite.newId()), 256 * 1024);
  await using log = OutputLog.open({ dir: disk.dir });
  const written = await log.append(
    Array.from({ length: 40 }, (_, index) => recordAt(index * 10_000, 10_000)),
  );
  assert.ok(written < 40);
  // The container prints on and the shim drops. A mark is short: it may still fit behind the last record.
  const isSaid = await log.advance(400_000n);
  assert.equal(log.endOffset, isSaid ? 400_000n : BigInt(written * 10_000));
  const entries = await readAll(disk.dir);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.equal(bytesOf(entries), written * 10_000);
  assert.deepEqual(gapsOf(entries), isSaid ? [`${written * 10_000}-400000 dropped`] : []);
});

test("a log that fills its disk by itself goes on for ever by removing its oldest file", async () => {
  // Two files and a little: the third does not fit before the first has gone.
  await using disk = await smallDisk(join(suite.dir, suite.newId()), 2 * MIN_FILE_BYTES + 64 * 1024);
  await using log = OutputLog.open({ dir: disk.dir, maxFileBytes: MIN_FILE_BYTES, maxFiles: 2 });
  for (let index = 0; index < 100; index++) {
    assert.equal(
      await log.append([recordAt(index * 30_000, 30_000)]),
      1,
      `record ${index}: ${log.lastError}`,
    );
  }
  const entries = await readAll(disk.dir, log.startOffset);
  assert.equal(complaintOf(entries, log.startOffset), undefined);
  assert.deepEqual(gapsOf(entries), []);
});

test("a log that cannot end well on a full disk says torn the next time, and gives no place twice", async () => {
  await using disk = await smallDisk(join(suite.dir, suite.newId()), 256 * 1024);
  let end: bigint;
  {
    await using log = OutputLog.open({ dir: disk.dir });
    // One byte at a time, until not even a mark fits.
    let at = 0;
    while ((await log.append([recordAt(at, 1000)])) === 1) at += 1000;
    while ((await log.append([recordAt(at, 1)])) === 1) at += 1;
    end = log.endOffset;
  }
  await using log = OutputLog.open({ dir: disk.dir });
  assert.ok(log.endOffset === end || log.endOffset === end + BigInt(UNSURE_BYTES), `${log.endOffset}`);
});
