// The sink decides who waits for a disk; the disk here does what the test says.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputSink } from "../../../../output-log/output-sink.ts";
import type { OutputRecord } from "../../../../output-log/record.ts";
import { BACKLOG_BYTES, LogSink, type LogSinkOptions } from "../../../../shim/attach/log-sink.ts";
import { OutputWindow } from "../../../../shim/attach/output-window.ts";
import { until } from "../../../support/until.ts";

class Disk implements OutputSink {
  readonly startOffset = 0n;
  endOffset = 0n;
  lastError: Error | undefined;
  /** Records that are taken before the next refusal. */
  room = Number.POSITIVE_INFINITY;
  written: [bigint, number][] = [];
  advancedTo = 0n;
  isClosed = false;
  #gate: Promise<void> | undefined;
  #open: () => void = () => undefined;

  hang(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  goOn(): void {
    this.#gate = undefined;
    this.#open();
  }

  async append(records: readonly OutputRecord[]): Promise<number> {
    await this.#gate;
    const taken = records.slice(0, this.room);
    this.room -= taken.length;
    for (const { offset, bytes } of taken) {
      this.written.push([offset, bytes.length]);
      this.endOffset = offset + BigInt(bytes.length);
    }
    this.lastError = taken.length < records.length ? new Error("no space left on device") : undefined;
    return taken.length;
  }

  async advance(offset: bigint): Promise<boolean> {
    this.advancedTo = offset;
    this.endOffset = offset;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
  }
}

function scene(policy: "block" | "drop", options: Partial<LogSinkOptions> = {}) {
  const window = new OutputWindow(0);
  const disk = new Disk();
  const notices: string[] = [];
  let progress = 0;
  const sink = new LogSink(disk, window, {
    name: "log",
    policy,
    onNotice: (notice) => notices.push(notice),
    onProgress: () => {
      progress++;
      window.forget(0, sink.keepFrom);
    },
    ...options,
  });
  const print = (bytes: number): void => {
    for (let left = bytes; left > 0; left -= 50_000) {
      const length = Math.min(left, 50_000);
      window.append(1, Buffer.alloc(length, "x"), length, 0);
      sink.feed();
      window.forget(0, sink.keepFrom);
    }
  };
  return { window, disk, notices, sink, print, progress: () => progress };
}

test("everything is written, and the window need not keep it any longer", async () => {
  const { disk, sink, print, window } = scene("block");
  print(300_000);
  assert.equal(await sink.settled(5_000), true);
  assert.equal(
    disk.written.reduce((sum, [, bytes]) => sum + bytes, 0),
    300_000,
  );
  assert.deepEqual(
    [sink.writtenBytes, sink.droppedBytes, sink.keepFrom, window.start],
    [300_000, 0, 300_000, 300_000],
  );
  await sink[Symbol.asyncDispose]();
  assert.equal(disk.isClosed, true);
});

test("block: a slow disk holds the process once the backlog is full, and loses nothing", async () => {
  const { disk, sink, print, window } = scene("block");
  disk.hang();
  print(BACKLOG_BYTES);
  assert.equal(sink.mustHold, false);
  print(1);
  assert.equal(sink.mustHold, true);
  assert.equal(window.start, 0);
  disk.goOn();
  assert.equal(await sink.settled(5_000), true);
  assert.deepEqual([sink.mustHold, sink.writtenBytes], [false, BACKLOG_BYTES + 1]);
  await sink[Symbol.asyncDispose]();
});

test("drop: a slow disk holds nobody; the oldest that waits is forgotten, counted and said, once and at the end", async () => {
  const { disk, sink, print, notices, window } = scene("drop");
  disk.hang();
  print(2 * BACKLOG_BYTES);
  assert.equal(sink.mustHold, false);
  assert.ok(window.end - window.start <= BACKLOG_BYTES + 50_000);
  const lost = sink.droppedBytes;
  assert.ok(lost >= BACKLOG_BYTES - 50_000);
  disk.goOn();
  await until(() => sink.writtenBytes + sink.droppedBytes === 2 * BACKLOG_BYTES, {
    what: "the rest written",
  });
  await until(() => notices.length === 2, { what: "two notices" });
  assert.match(notices[0] ?? "", /dropping output of the log/);
  assert.match(notices[1] ?? "", /in all \d+ bytes were dropped, going on/);
  assert.equal(await sink.settled(5_000), false);
  await sink[Symbol.asyncDispose]();
});

test("a disk that refuses is asked again; what it took before is not written twice", async () => {
  const { disk, sink, print } = scene("block");
  disk.room = 2;
  print(250_000);
  await until(() => sink.lastError !== undefined, { what: "the refusal" });
  assert.equal(sink.writtenBytes, 100_000);
  disk.room = Number.POSITIVE_INFINITY;
  assert.equal(await sink.settled(5_000), true);
  const places = disk.written.map(([offset]) => offset);
  assert.deepEqual(places, [...new Set(places)]);
  assert.equal(sink.lastError, undefined);
  await sink[Symbol.asyncDispose]();
});

test("disposing gives up on a disk that refuses: the rest is said, and its places are not given again", async () => {
  const { disk, sink, print, notices } = scene("block");
  disk.room = 0;
  print(100_000);
  await until(() => sink.lastError !== undefined, { what: "the refusal" });
  assert.equal(await sink.settled(10), false);
  await sink[Symbol.asyncDispose]();
  assert.deepEqual([disk.advancedTo, disk.isClosed], [100_000n, true]);
  assert.match(notices.at(-1) ?? "", /100000 bytes at the end of the log were dropped/);
});

test("a rate drops what is more, marks at once how far the output has come, and holds nobody", async () => {
  const { disk, sink, print } = scene("block", { maxBytesPerSecond: 100_000 });
  print(1_000_000);
  assert.equal(await sink.settled(5_000), false, "it is not whole");
  assert.equal(disk.endOffset, 1_000_000n);
  assert.ok(sink.writtenBytes >= 100_000 && sink.writtenBytes < 900_000, `${sink.writtenBytes} bytes`);
  assert.equal(sink.writtenBytes + sink.droppedBytes, 1_000_000);
  assert.equal(sink.mustHold, false);
  await sink[Symbol.asyncDispose]();
});

test("a process that goes over its rate again and again is told of once", async () => {
  const { sink, print, notices } = scene("block", { maxBytesPerSecond: 100_000 });
  for (let times = 0; times < 10; times++) {
    print(300_000);
    await sink.settled(5_000);
    print(1);
    await sink.settled(5_000);
  }
  await sink[Symbol.asyncDispose]();
  assert.equal(notices.length, 1, notices.join("\n"));
});

test("the log is closed when the last output is written, and not before", async () => {
  const { disk, sink, print } = scene("block");
  disk.hang();
  print(10);
  sink.finish();
  assert.equal(disk.isClosed, false);
  disk.goOn();
  await until(() => disk.isClosed, { what: "it is closed" });
  assert.equal(sink.writtenBytes, 10);
  await sink[Symbol.asyncDispose]();
});

test("a disk that does not answer does not keep a process from being deleted", async () => {
  const { disk, sink, print, notices } = scene("block", { closeLimitMs: 20 });
  disk.hang();
  print(1000);
  await sink[Symbol.asyncDispose]();
  assert.match(notices.at(-1) ?? "", /the disk does not answer, 1000 bytes may be lost/);
  assert.equal(disk.isClosed, false);
  disk.goOn();
  await until(() => disk.isClosed, { what: "it is closed when the disk answers after all" });
});
