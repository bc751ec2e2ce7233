// A writer of an output log that is killed again and again, in the middle of whatever it does, while readers read.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { test } from "node:test";
import type { OutputEntry } from "../../output-log/page.ts";
import { OutputLogReader } from "../../output-log/reader.ts";
import { UNSURE_BYTES } from "../../output-log/writer.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";
import { complaintOf } from "../unit/output-log/support.ts";

const suite = useSuite();
const writer = resolve(import.meta.dirname, "../fixtures/log-forever.ts");
const KILLS = 12;

/** Reads on and on, and checks all that it gets. */
class Reader {
  readonly #reader: OutputLogReader;
  readonly #pageBytes: number;
  readonly gaps: string[] = [];
  next = 0n;

  constructor(dir: string, pageBytes: number) {
    this.#reader = OutputLogReader.open(dir);
    this.#pageBytes = pageBytes;
  }

  async read(): Promise<void> {
    const { entries, next } = await this.#reader.read(this.next, this.#pageBytes);
    assert.equal(complaintOf(entries, this.next), undefined);
    for (const { gap } of entries as OutputEntry[]) {
      if (gap === undefined) continue;
      assert.notEqual(gap.reason, "dropped");
      // What places jump by, and what was cut short.
      if (gap.reason === "torn")
        assert.ok(gap.to - gap.from - BigInt(UNSURE_BYTES) < 100_000n, `${gap.from}-${gap.to}`);
      this.gaps.push(gap.reason);
    }
    this.next = next;
  }
}

test("a writer that is killed at any moment: readers get every byte that there is, in order, and are told what is not", {
  timeout: 120_000,
}, async () => {
  const dir = join(suite.dir, "log");
  const [fast, slow] = [new Reader(dir, 1024 * 1024), new Reader(dir, 7_000)];
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [writer, dir], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    try {
      await once(child.stdout, "data");
      const from = fast.next;
      // At another moment each time: after so many bytes, not after so much time.
      await until(
        async () => {
          await Promise.all([fast.read(), slow.read()]);
          return fast.next >= from + BigInt(UNSURE_BYTES + 100_000 + kill * 77_777);
        },
        { what: `bytes before kill ${kill}`, deadline: 30_000 },
      );
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  }
  // Both come to the same end.
  await until(
    async () => {
      const before = fast.next;
      await fast.read();
      return fast.next === before;
    },
    { what: "the fast reader is at the end" },
  );
  await until(
    async () => {
      await slow.read();
      return slow.next === fast.next;
    },
    { what: "the slow reader is at the end, too", deadline: 30_000 },
  );
  const torn = fast.gaps.filter((reason) => reason === "torn").length;
  assert.ok(torn > 0 && torn < KILLS, `${torn} times torn`);
  const range = await OutputLogReader.open(dir).range();
  assert.equal(range?.end, fast.next);
});
