import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DirectoryWatch } from "../../../../manager/logs/directory-watch.ts";
import type { LogOwner, OwnerState } from "../../../../manager/logs/log-owner.ts";
import type { LogQuery } from "../../../../manager/logs/log-query.ts";
import { readLog } from "../../../../manager/logs/read-log.ts";
import type { OutputRecord } from "../../../../output-log/record.ts";
import { MIN_FILE_BYTES, OutputLog } from "../../../../output-log/writer.ts";
import { Code, hasCode } from "../../../../proto/errors.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";
import { until } from "../../../support/until.ts";

const ALL: LogQuery = {
  isFollowing: false,
  tailLines: undefined,
  since: undefined,
  until: undefined,
  fromOffset: undefined,
  streams: new Set<1 | 2>([1, 2]),
};

/** An owner whose state the test says. */
class FakeOwner implements LogOwner {
  readonly what = 'container "web"';
  readonly dir: string;
  readonly #wakes = new Set<() => void>();
  #state: OwnerState = "printing";

  constructor(dir: string) {
    this.dir = dir;
  }

  state(): OwnerState {
    return this.#state;
  }

  become(state: OwnerState): void {
    this.#state = state;
    for (const wake of this.#wakes) wake();
  }

  onChange(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => void this.#wakes.delete(wake);
  }

  get waiting(): number {
    return this.#wakes.size;
  }
}

/** A record of text. */
function printed(offset: number, text: string, stream: 1 | 2 = 1, time = BigInt(offset)): OutputRecord {
  return { offset: BigInt(offset), stream, time, bytes: Buffer.from(text) };
}

interface Heard {
  readonly parts: string[];
  readonly done: Promise<void>;
}

/** Reads, and tells what came: "1:text" for a record, "gap 1-2 rotated" for a gap. */
function read(
  owner: LogOwner,
  query: Partial<LogQuery>,
  signal = new AbortController().signal,
): Heard & Disposable {
  const watch = new DirectoryWatch();
  const parts: string[] = [];
  const done = (async () => {
    const { pages } = await readLog(owner, { ...ALL, ...query }, { watch, signal });
    for await (const entries of pages) {
      assert.ok(entries.length > 0);
      for (const { record, gap } of entries) {
        parts.push(
          record
            ? `${record.stream}:${Buffer.from(record.bytes)}`
            : `gap ${gap.from}-${gap.to} ${gap.reason}`,
        );
      }
    }
  })();
  return { parts, done, [Symbol.dispose]: () => watch[Symbol.dispose]() };
}

async function whole(owner: LogOwner, query: Partial<LogQuery> = {}): Promise<string[]> {
  using heard = read(owner, query);
  await heard.done;
  return heard.parts;
}

test("what there is, by stream, time, place and lines", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  await log.append([printed(0, "a\n"), printed(2, "x\n", 2), printed(4, "b\nc"), printed(10, "d\n")]);
  const owner = new FakeOwner(dir.path);
  const rows: { query: Partial<LogQuery>; parts: string[] }[] = [
    { query: {}, parts: ["1:a\n", "2:x\n", "1:b\nc", "gap 7-10 dropped", "1:d\n"] },
    { query: { streams: new Set([2]) }, parts: ["2:x\n", "gap 7-10 dropped"] },
    { query: { since: 3n }, parts: ["1:b\nc", "gap 7-10 dropped", "1:d\n"] },
    { query: { since: 5n }, parts: ["1:d\n"] },
    { query: { until: 4n }, parts: ["1:a\n", "2:x\n"] },
    { query: { since: 2n, until: 4n }, parts: ["2:x\n"] },
    { query: { fromOffset: 5n }, parts: ["1:\nc", "gap 7-10 dropped", "1:d\n"] },
    { query: { fromOffset: 8n }, parts: ["gap 8-10 dropped", "1:d\n"] },
    { query: { fromOffset: 12n }, parts: [] },
    { query: { tailLines: 1 }, parts: ["1:c", "gap 7-10 dropped", "1:d\n"] },
    { query: { tailLines: 2 }, parts: ["1:b\nc", "gap 7-10 dropped", "1:d\n"] },
    { query: { tailLines: 3 }, parts: ["2:x\n", "1:b\nc", "gap 7-10 dropped", "1:d\n"] },
    { query: { tailLines: 1, until: 4n }, parts: ["2:x\n"] },
    { query: { tailLines: 9, since: 4n }, parts: ["1:b\nc", "gap 7-10 dropped", "1:d\n"] },
    { query: { tailLines: 1, streams: new Set([2]) }, parts: ["2:x\n", "gap 7-10 dropped"] },
    { query: { tailLines: 0 }, parts: [] },
  ];
  for (const { query, parts } of rows) {
    const shownAs = JSON.stringify(query, (_, value) => (typeof value === "bigint" ? String(value) : value));
    assert.deepEqual(await whole(owner, query), parts, shownAs);
  }
});

test("a place that the output has not come to is refused, with the one it has come to", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  await log.append([printed(0, "abc")]);
  await assert.rejects(
    whole(new FakeOwner(dir.path), { fromOffset: 4n }),
    (error) =>
      hasCode(error, Code.OutOfRange) &&
      /read log of container "web" from offset 4: it ends at 3/.test(String(error)),
  );
});

test("a follower gets what comes, and ends once the process has ended and its log is closed", async () => {
  using dir = temporaryDir();
  const owner = new FakeOwner(join(dir.path, "log"));
  using heard = read(owner, { isFollowing: true });
  await until(() => owner.waiting > 0, { what: "it waits for a log that is not there yet" });
  const log = OutputLog.open({ dir: owner.dir });
  await log.append([printed(0, "a\n")]);
  await until(() => heard.parts.length === 1, { what: "the first line" });
  await log.append([printed(2, "b\n")]);
  await until(() => heard.parts.length === 2, { what: "the second line" });
  owner.become("exited");
  await log.append([printed(4, "last\n")]);
  await log[Symbol.asyncDispose]();
  await heard.done;
  assert.deepEqual(heard.parts, ["1:a\n", "1:b\n", "1:last\n"]);
  assert.equal(owner.waiting, 0);
});

test("a follower ends with the container also when its log was never closed", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  await log.append([printed(0, "a\n")]);
  const owner = new FakeOwner(dir.path);
  using heard = read(owner, { isFollowing: true });
  await until(() => owner.waiting > 0, { what: "it waits" });
  owner.become("over");
  await heard.done;
  assert.deepEqual(heard.parts, ["1:a\n"]);
});

test("a follower goes on through rotation and the next task of the container", async () => {
  using dir = temporaryDir();
  const owner = new FakeOwner(dir.path);
  using heard = read(owner, { isFollowing: true });
  let at = 0;
  for (let task = 0; task < 3; task++) {
    await using log = OutputLog.open({ dir: dir.path, maxFileBytes: MIN_FILE_BYTES });
    assert.equal(log.endOffset, BigInt(at));
    for (let index = 0; index < 10; index++, at += 50_000) {
      await log.append([printed(at, "x".repeat(50_000))]);
      await until(() => bytesIn(heard.parts) === at + 50_000, { what: `${at + 50_000} bytes` });
    }
  }
  owner.become("over");
  await heard.done;
  assert.equal(bytesIn(heard.parts), 1_500_000);
  assert.deepEqual(
    heard.parts.filter((part) => part.startsWith("gap")),
    [],
  );
});

test("a follower that is told to stop ends well and keeps no watch", async () => {
  using dir = temporaryDir();
  const owner = new FakeOwner(dir.path);
  const stop = new AbortController();
  using heard = read(owner, { isFollowing: true }, stop.signal);
  await until(() => owner.waiting > 0, { what: "it waits" });
  stop.abort();
  await heard.done;
  assert.equal(owner.waiting, 0);
});

test("a follower until a time ends at that time, and at once when it is past", async () => {
  using dir = temporaryDir();
  await using log = OutputLog.open({ dir: dir.path });
  const now = BigInt(Date.now()) * 1_000_000n;
  await log.append([printed(0, "a\n", 1, now)]);
  const owner = new FakeOwner(dir.path);
  assert.deepEqual(await whole(owner, { isFollowing: true, until: now }), []);
  assert.deepEqual(await whole(owner, { isFollowing: true, until: now + 100_000_000n }), ["1:a\n"]);
});

test("a directory's watch wakes each wait once, and can be armed for what is not there", async () => {
  using dir = temporaryDir();
  using watch = new DirectoryWatch();
  using first = watch.arm(dir.path);
  using second = watch.arm(dir.path);
  using missing = watch.arm(join(dir.path, "missing"));
  writeFileSync(join(dir.path, "file"), "a");
  await Promise.all([first.changed, second.changed]);
  mkdirSync(join(dir.path, "missing"));
  await missing.changed;
  using third = watch.arm(join(dir.path, "missing"));
  rmSync(join(dir.path, "missing"), { recursive: true });
  await third.changed;
});

test("waits that are disposed of, or whose watch is, end", async () => {
  using dir = temporaryDir();
  const watch = new DirectoryWatch();
  const one = watch.arm(dir.path);
  one[Symbol.dispose]();
  await one.changed;
  const other = watch.arm(dir.path);
  watch[Symbol.dispose]();
  await other.changed;
});

function bytesIn(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length - 2, 0);
}
