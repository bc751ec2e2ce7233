import assert from "node:assert/strict";
import { appendFileSync, cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { OutputLogReader } from "../../../output-log/reader.ts";
import { FILE_HEADER_BYTES, RECORD_HEADER_BYTES } from "../../../output-log/record.ts";
import { MIN_FILE_BYTES, OutputLog, UNSURE_BYTES } from "../../../output-log/writer.ts";
import { isFailedPrecondition } from "../../../proto/errors.ts";
import { temporaryDir } from "../sys/support.ts";
import { bytesOf, complaintOf, filesIn, gapsOf, readAll, recordAt } from "./support.ts";

const UNSURE = BigInt(UNSURE_BYTES);

/** Opens a log whose notices are collected. */
function opened(dir: string, options: { maxFiles?: number; maxFileBytes?: number } = {}) {
  const notices: string[] = [];
  return { log: OutputLog.open({ dir, ...options, onNotice: (notice) => notices.push(notice) }), notices };
}

test("a reader gets what was appended: bytes, places, streams and times", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: join(dir.path, "a", "log") });
  const records = [
    recordAt(0, 3, 1, 5n),
    recordAt(3, 70_000, 2, 6n),
    recordAt(70_003, 1, 1, 1_764_000_000_000_000_001n),
  ];
  assert.equal(await log.append(records), 3);
  assert.equal(log.startOffset, 0n);
  assert.equal(log.endOffset, 70_004n);
  const entries = await readAll(join(dir.path, "a", "log"), 0n, 100_000);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.deepEqual(
    entries.map(({ record }) => [record?.stream, record?.time]),
    [
      [1, 5n],
      [2, 6n],
      [2, 6n],
      [1, 1_764_000_000_000_000_001n],
    ],
    "what is longer than a record can be is two of them",
  );
  assert.deepEqual(await OutputLogReader.open(join(dir.path, "a", "log")).range(), {
    start: 0n,
    end: 70_004n,
  });
});

test("the directory and its files are for their owner alone", async () => {
  using dir = temporaryDir();
  const own = join(dir.path, "log");
  await using log = OutputLog.open({ dir: own });
  await log.append([recordAt(0, 1)]);
  assert.equal(statSync(own).mode & 0o777, 0o700);
  assert.equal(statSync(filesIn(own)[0] ?? "").mode & 0o777, 0o600);
});

test("a log that nothing was ever written to has no file, and a reader of it waits", async () => {
  using dir = temporaryDir();
  await OutputLog.open({ dir: dir.path })[Symbol.asyncDispose]();
  assert.deepEqual(filesIn(dir.path), []);
  const reader = OutputLogReader.open(dir.path);
  assert.equal(await reader.range(), undefined);
  assert.deepEqual((await reader.read(0n, 10)).entries, []);
  assert.deepEqual((await OutputLogReader.open(join(dir.path, "nowhere")).read(5n, 10)).entries, []);
});

test("pages hold as many bytes as was asked for, from any place", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  await log.append([recordAt(0, 100), recordAt(100, 100, 2), recordAt(200, 100)]);
  const reader = OutputLogReader.open(dir.path);
  const page = await reader.read(95n, 10);
  assert.equal(complaintOf(page.entries, 95n), undefined);
  assert.deepEqual(
    page.entries.map(({ record }) => [record?.stream, record?.bytes.length]),
    [
      [1, 5],
      [2, 5],
    ],
  );
  assert.equal(page.next, 105n);
  assert.equal(bytesOf(await readAll(dir.path, 105n, 7)), 195);
  assert.deepEqual((await reader.read(300n, 10)).entries, [], "nothing yet");
  assert.deepEqual((await reader.read(10_000n, 10)).entries, [], "a place of the future");
});

test("the next task goes on where the one before has ended", async () => {
  using dir = temporaryDir();
  for (let task = 0; task < 3; task++) {
    await using log = OutputLog.open({ dir: dir.path });
    assert.equal(log.endOffset, BigInt(task * 10));
    await log.append([recordAt(task * 10, 10)]);
  }
  const entries = await readAll(dir.path);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.deepEqual(gapsOf(entries), []);
  assert.equal(filesIn(dir.path).length, 1);
});

test("two writers are one too many", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  assert.throws(
    () => OutputLog.open({ dir: dir.path }),
    (error) => isFailedPrecondition(error) && /another process writes it/.test(String(error)),
  );
  assert.equal(await log.append([recordAt(0, 1)]), 1);
});

test("files are begun at record borders and the oldest go", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path, maxFileBytes: MIN_FILE_BYTES, maxFiles: 3 });
  const reader = OutputLogReader.open(dir.path);
  const first = await reader.read(0n, 1);
  assert.deepEqual(first.entries, []);
  const count = 100;
  const length = 20_000;
  for (let index = 0; index < count; index++) await log.append([recordAt(index * length, length)]);
  const files = filesIn(dir.path);
  assert.equal(files.length, 3);
  for (const path of files) assert.ok(statSync(path).size <= MIN_FILE_BYTES, path);
  assert.equal(basename(files[0] ?? ""), `${log.startOffset.toString().padStart(20, "0")}.hlog`);
  assert.equal(log.startOffset % BigInt(length), 0n);
  const entries = await readAll(dir.path);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.deepEqual(gapsOf(entries), [`0-${log.startOffset} rotated`]);
  assert.equal(bytesOf(entries), count * length - Number(log.startOffset));
});

test("a reader that rests while everything that it knew is rotated away is told so", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path, maxFileBytes: MIN_FILE_BYTES, maxFiles: 2 });
  await log.append([recordAt(0, 50_000)]);
  const reader = OutputLogReader.open(dir.path);
  const { next } = await reader.read(0n, 100);
  for (let index = 1; index < 40; index++) await log.append([recordAt(index * 50_000, 50_000)]);
  const page = await reader.read(next, 1000);
  assert.deepEqual(gapsOf(page.entries), [`100-${log.startOffset} rotated`]);
  assert.equal(complaintOf(page.entries, 100n), undefined);
});

test("what was dropped is a gap, also when nothing follows and across a new file", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path, maxFileBytes: MIN_FILE_BYTES });
  await log.append([recordAt(0, 10), recordAt(25, 60_000)]);
  for (let at = 100_000; at < 400_000; at += 60_000) await log.append([recordAt(at, 60_000)]);
  assert.ok(filesIn(dir.path).length > 1);
  assert.equal(await log.advance(500_000n), true);
  assert.equal(await log.advance(400n), true, "what has come that far already");
  const entries = await readAll(dir.path);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.deepEqual(gapsOf(entries), ["10-25 dropped", "60025-100000 dropped", "400000-500000 dropped"]);
  assert.equal(log.endOffset, 500_000n);
});

test("what is appended twice is there once", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  await log.append([recordAt(0, 10)]);
  assert.equal(await log.append([recordAt(0, 10), recordAt(5, 10), recordAt(15, 1)]), 3);
  const entries = await readAll(dir.path);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.equal(bytesOf(entries), 16);
});

test("behind a writer that was killed, places jump, and what it may have had is told as torn", async () => {
  using dir = temporaryDir();
  const living = join(dir.path, "living");
  const killed = join(dir.path, "killed");
  await using alive = OutputLog.open({ dir: living });
  await alive.append([recordAt(0, 10)]);
  cpSync(living, killed, { recursive: true });
  const { log, notices } = opened(killed);
  await using _ = log;
  assert.equal(log.endOffset, 10n + UNSURE);
  await log.append([recordAt(10 + UNSURE_BYTES, 5)]);
  const entries = await readAll(killed);
  assert.equal(complaintOf(entries, 0n), undefined);
  assert.deepEqual(gapsOf(entries), [`10-${10n + UNSURE} torn`]);
  assert.deepEqual(notices, []);
});

test("a log that is cut at any byte gives what was whole, goes on, and says what is missing", async () => {
  using dir = temporaryDir();
  const whole = join(dir.path, "whole");
  const cut = join(dir.path, "cut");
  {
    await using log = OutputLog.open({ dir: whole });
    await log.append([recordAt(0, 7), recordAt(7, 1, 2), recordAt(8, 40)]);
  }
  const [path = ""] = filesIn(whole);
  const bytes = readFileSync(path);
  const ends = [7, 8, 48].map((end, index) => ({
    at: FILE_HEADER_BYTES + (index + 1) * RECORD_HEADER_BYTES + end,
    end,
  }));
  for (let size = 0; size < bytes.length; size++) {
    rmSync(cut, { recursive: true, force: true });
    cpSync(whole, cut, { recursive: true });
    truncateSync(join(cut, basename(path)), size);
    const { end, at } = ends.findLast((one) => one.at <= size) ?? { end: 0, at: FILE_HEADER_BYTES };
    const torn = size < FILE_HEADER_BYTES ? size : size - at;
    const before = await readAll(cut);
    assert.equal(complaintOf(before, 0n), undefined, `cut at ${size}`);
    assert.equal(bytesOf(before), end, `cut at ${size}`);
    {
      const { log } = opened(cut);
      await using _ = log;
      const place = log.endOffset;
      assert.equal(await log.append([recordAt(Number(place), 3)]), 1);
    }
    const entries = await readAll(cut);
    assert.equal(complaintOf(entries, 0n), undefined, `cut at ${size}, gone on`);
    assert.equal(bytesOf(entries), end + 3);
    assert.deepEqual(
      gapsOf(entries),
      [`${end}-${BigInt(end + torn) + UNSURE} torn`],
      `cut at ${size}, gone on`,
    );
  }
});

test("a sector that the disk lost is a torn gap, wherever it lies; what is behind it is found again", async () => {
  using dir = temporaryDir();
  {
    await using log = OutputLog.open({ dir: dir.path });
    const records = Array.from({ length: 40 }, (_, index) => recordAt(index * 3000, 3000));
    await log.append(records);
  }
  const [path = ""] = filesIn(dir.path);
  const whole = readFileSync(path);
  for (let sector = 1; sector < Math.floor(whole.length / 512) - 1; sector++) {
    const bytes = Buffer.from(whole);
    bytes.fill(0, sector * 512, (sector + 1) * 512);
    writeFileSync(path, bytes);
    const entries = await readAll(dir.path);
    assert.equal(complaintOf(entries, 0n), undefined, `sector ${sector}`);
    const gaps = gapsOf(entries);
    assert.ok(gaps.length <= 1 && gaps.every((gap) => gap.endsWith("torn")), `sector ${sector}: ${gaps}`);
    assert.ok(bytesOf(entries) >= 120_000 - 6000, `sector ${sector}: ${bytesOf(entries)} bytes`);
  }
});

test("a writer goes on behind sectors that the disk lost, at the end too, and gives no place twice", async () => {
  using dir = temporaryDir();
  const [whole, lost] = [join(dir.path, "whole"), join(dir.path, "lost")];
  {
    await using log = OutputLog.open({ dir: whole });
    await log.append(Array.from({ length: 100 }, (_, index) => recordAt(index * 3000, 3000)));
  }
  const [path = ""] = filesIn(whole);
  const bytes = readFileSync(path);
  const sectors = Math.floor(bytes.length / 512);
  for (let first = 0; first <= sectors; first += 37) {
    rmSync(lost, { recursive: true, force: true });
    cpSync(whole, lost, { recursive: true });
    const damaged = Buffer.from(bytes);
    // One sector, or all from there on.
    damaged.fill(
      0,
      first * 512,
      first % 2 === 0 ? Math.min((first + 1) * 512, damaged.length) : damaged.length,
    );
    writeFileSync(join(lost, basename(path)), damaged);
    {
      await using log = OutputLog.open({ dir: lost });
      assert.ok(log.endOffset >= 300_000n, `from sector ${first}: no place is given again`);
      assert.equal(await log.append([recordAt(Number(log.endOffset), 5000)]), 1);
    }
    const entries = await readAll(lost);
    assert.equal(complaintOf(entries, 0n), undefined, `from sector ${first}`);
    const { record } = entries.at(-1) ?? {};
    assert.equal(
      (record?.offset ?? 0n) + BigInt(record?.bytes.length ?? 0),
      (await OutputLogReader.open(lost).range())?.end,
    );
    assert.deepEqual(
      gapsOf(entries).filter((gap) => !gap.endsWith("torn")),
      [],
    );
  }
});

test("output that imitates records, and records of another file, are not taken for any", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  await log.append([recordAt(0, 2000)]);
  const [path = ""] = filesIn(dir.path);
  const other = temporaryDir();
  try {
    await using elsewhere = OutputLog.open({ dir: other.path });
    await elsewhere.append([recordAt(0, 2000), recordAt(5000, 10)]);
    const forged = readFileSync(filesIn(other.path)[0] ?? "").subarray(FILE_HEADER_BYTES);
    appendFileSync(path, forged);
  } finally {
    other[Symbol.dispose]();
  }
  const entries = await readAll(dir.path);
  assert.equal(bytesOf(entries), 2000);
  assert.equal(complaintOf(entries, 0n), undefined);
});

test("any appends, rotations, kills and losses: a reader gets what is there, in order, or is told of a gap", async () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("append" as const),
        lengths: fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 6 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("drop" as const), bytes: fc.integer({ min: 1, max: 5000 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("kill" as const),
        lost: fc.integer({ min: 0, max: 200_000 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("read" as const),
        bytes: fc.integer({ min: 1, max: 200_000 }),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, maxFiles) => {
        using dir = temporaryDir();
        const open = () => OutputLog.open({ dir: dir.path, maxFiles, maxFileBytes: MIN_FILE_BYTES });
        let log = open();
        const reader = OutputLogReader.open(dir.path);
        let next = 0n;
        try {
          let end = 0;
          for (const one of steps) {
            if (one.kind === "append") {
              const records = one.lengths.map((length) => {
                end += length;
                return recordAt(end - length, length, length % 2 === 0 ? 1 : 2);
              });
              assert.equal(await log.append(records), records.length);
            } else if (one.kind === "drop") end += one.bytes;
            else if (one.kind === "read") {
              const page = await reader.read(next, one.bytes);
              assert.equal(complaintOf(page.entries, next), undefined);
              assert.ok(bytesOf(page.entries) <= one.bytes);
              next = page.next;
            } else {
              // Closing well and taking the end away, the mark first, is what a kill leaves; a power cut takes more.
              await log[Symbol.asyncDispose]();
              const last = filesIn(dir.path).at(-1);
              if (one.kind === "kill" && last !== undefined) {
                truncateSync(last, Math.max(0, statSync(last).size - RECORD_HEADER_BYTES - one.lost));
              }
              log = open();
              end = Number(log.endOffset);
              assert.ok(next <= log.endOffset, "no place that was told is given to another byte");
            }
            const entries = await readAll(dir.path, 0n, 50_000);
            assert.equal(complaintOf(entries, 0n), undefined);
          }
        } finally {
          await log[Symbol.asyncDispose]();
        }
      },
    ),
    { numRuns: 60 },
  );
});
