import assert from "node:assert/strict";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CriLog, type CriLogOptions } from "../../../output-log/cri-log.ts";
import { RateLimit } from "../../../output-log/rate-limit.ts";
import type { OutputRecord } from "../../../output-log/record.ts";
import { codeOfError } from "../../../sys/errno.ts";
import { until } from "../../support/until.ts";
import { temporaryDir } from "../sys/support.ts";

/** 2016-10-06T00:17:09.669794202Z, and so many nanoseconds. */
const TIME = 1_475_713_029_669_794_202n;

function printed(offset: number, text: string, stream: 1 | 2 = 1): OutputRecord {
  return { offset: BigInt(offset), stream, time: TIME + BigInt(offset), bytes: Buffer.from(text) };
}

function opened(options: CriLogOptions): CriLog {
  CriLog.makeDirectory(options.path);
  return new CriLog(options);
}

test("lines are written as Kubernetes reads them, each stream's whole, an unended one at the end as a piece", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "pods", "0.log");
  {
    await using log = opened({ path, startOffset: 0n });
    assert.equal(
      await log.append([printed(0, "a\nb"), printed(3, "x\n", 2), printed(5, "c\n"), printed(7, "end")]),
      4,
    );
    assert.equal(log.endOffset, 10n);
  }
  assert.equal(
    readFileSync(path, "utf8"),
    "2016-10-06T00:17:09.669794202Z stdout F a\n2016-10-06T00:17:09.669794205Z stderr F x\n" +
      "2016-10-06T00:17:09.669794202Z stdout F bc\n2016-10-06T00:17:09.669794209Z stdout P end\n",
  );
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test("a long line is pieces", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "0.log");
  await using log = opened({ path, startOffset: 0n });
  await log.append([printed(0, `${"x".repeat(40_000)}\n`)]);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => [line.split(" ")[2], line.split(" ")[3]?.length]),
    [
      ["P", 16_384],
      ["P", 16_384],
      ["F", 7232],
    ],
  );
});

test("what was dropped ends the lines under way and is a line itself", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "0.log");
  await using log = opened({ path, startOffset: 100n });
  await log.append([printed(100, "ab"), printed(110, "c\n")]);
  assert.equal(await log.advance(200n), true);
  assert.equal(await log.advance(150n), true);
  assert.deepEqual(
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(31)),
    [
      "stdout F ab",
      "stderr F hawser: 8 bytes were dropped",
      "stdout F c",
      "stderr F hawser: 88 bytes were dropped",
    ],
  );
});

test("a file that was renamed away is made anew", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "0.log");
  await using log = opened({ path, startOffset: 0n });
  await log.append([printed(0, "a\n")]);
  renameSync(path, `${path}.1`);
  let at = 2;
  await until(
    async () => {
      await log.append([printed(at, "b\n")]);
      at += 2;
      return statSync(path, { throwIfNoEntry: false }) !== undefined;
    },
    { what: "a new file" },
  );
  const all = readFileSync(`${path}.1`, "utf8") + readFileSync(path, "utf8");
  assert.equal(all.trimEnd().split("\n").length, at / 2, "every line is in one of them");
});

test("what cannot be written is told once and kept until it can: nothing twice, nothing torn", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "gone", "0.log");
  const notices: string[] = [];
  await using log = opened({ path, startOffset: 0n, onNotice: (notice) => notices.push(notice) });
  renameSync(join(dir.path, "gone"), join(dir.path, "away"));
  assert.equal(await log.append([printed(0, "a\n")]), 0);
  assert.equal(codeOfError(log.lastError), "ENOENT");
  assert.equal(await log.append([printed(0, "a\n"), printed(2, "b\n")]), 0);
  assert.equal(notices.length, 1);
  renameSync(join(dir.path, "away"), join(dir.path, "gone"));
  assert.equal(await log.append([printed(0, "a\n"), printed(2, "b\n")]), 2);
  assert.equal(log.lastError, undefined);
  assert.equal(notices.length, 2);
  assert.match(readFileSync(path, "utf8"), /^\S+ stdout F a\n\S+ stdout F b\n$/);
});

test("a path whose directory cannot be made is refused", () => {
  using dir = temporaryDir();
  writeFileSync(join(dir.path, "file"), "");
  assert.throws(() => CriLog.makeDirectory(join(dir.path, "file", "x", "0.log")), /open log ".*": E/);
});

test("a rate limit lets a second's worth pass at once, then what the time allows", () => {
  const limit = new RateLimit(1000, 0);
  const rows: readonly (readonly [atMs: number, bytes: number, passing: number, why: string])[] = [
    [0, 600, 600, "a burst"],
    [0, 600, 400, "the rest of the second"],
    [0, 1, 0, "nothing is left"],
    [100, 500, 100, "a tenth of a second"],
    [50, 500, 0, "a clock that went backwards gives nothing"],
    [10_000, 5000, 1000, "not more than a second's worth, however long it was quiet"],
  ];
  for (const [atMs, bytes, passing, why] of rows) assert.equal(limit.take(bytes, atMs), passing, why);
});
