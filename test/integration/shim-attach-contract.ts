// What brokered stdio promises to those who attach, on a real shim and a real OCI runtime.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe } from "node:test";
import { OutputLogReader } from "../../output-log/reader.ts";
import { AttachFrame } from "../../proto/attach-frame.ts";
import { BROKERED_STREAM, type BrokeredStdio, formatBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { ReplayFrom } from "../../proto/gen/attach.ts";
import type { ShimProgram } from "../support/container-options.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import type { TestContainer } from "../support/test-container.ts";
import { test } from "./contract/bounded-test.ts";

const ALL = { replayFrom: ReplayFrom.REPLAY_FROM_ALL };

/** What Create and Exec say for brokered stdio. */
export function brokered(wanted: BrokeredStdio = {}, { stdin = true, terminal = false } = {}) {
  return {
    terminal,
    stdin: stdin ? BROKERED_STREAM : "",
    stdout: formatBrokeredStdio(wanted),
    stderr: terminal ? "" : BROKERED_STREAM,
  };
}

/** A container of a script with brokered stdio, created and started. */
async function run(harness: ShimHarness, script: string, wanted: BrokeredStdio = {}, terminal = false) {
  const container = await harness.start({ script, isTerminal: terminal });
  try {
    await container.create(brokered(wanted, { terminal }));
    await container.task.start({ id: container.id });
    return container;
  } catch (error) {
    await container[Symbol.asyncDispose]();
    throw error;
  }
}

/** Registers the tests. */
export function shimAttachContract(program: ShimProgram): void {
  const harness = new ShimHarness(program);

  describe("sessions", () => {
    test("one sees both streams, types, ends the input, and is told the exit behind all output", async () => {
      await using container = await run(harness, "cat; echo err >&2; exit 3");
      using session = await container.attach(ALL);
      assert.deepEqual(
        [session.opened?.isTerminal, session.opened?.hasStdin, session.opened?.offset],
        [false, true, 0n],
      );
      session.type("typed\n");
      await session.shows("typed\n");
      session.send(AttachFrame.inputEnd);
      const exit = await session.ended();
      assert.deepEqual([exit.exitStatus, exit.output, exit.timedOut], [3, "complete", false]);
      assert.deepEqual([session.textOf(1), session.textOf(2)], ["typed\n", "err\n"]);
      assert.equal(session.inputTaken, 6n);
    });

    test("one that is there before the start sees the first byte; one that comes after the exit, all of it", async () => {
      await using container = await harness.start({ script: "echo first; echo second" });
      await container.create(brokered());
      using early = await container.attach();
      await container.task.start({ id: container.id });
      await early.ended();
      using late = await container.attach(ALL);
      await late.ended();
      assert.deepEqual([early.text, late.text], ["first\nsecond\n", "first\nsecond\n"]);
    });

    test("on a terminal the size is that of who was active last; looking on gives no say", async () => {
      const script = "trap 'stty size' WINCH; echo up; while :; do sleep 0.05; done";
      await using container = await run(harness, script, {}, true);
      using one = await container.attach(ALL);
      using two = await container.attach(ALL);
      using looking = await container.attach({ ...ALL, noResize: true });
      await one.shows("up");
      assert.equal(one.opened?.isTerminal, true);
      one.resize(80, 24);
      await one.shows("24 80");
      two.resize(100, 30);
      await one.shows("30 100");
      looking.resize(10, 10);
      one.resize(0, 0);
      one.type("x\n");
      await two.shows("30 100\r\nx\r\n24 80");
      one.send(AttachFrame.detach);
      await two.shows("x\r\n24 80\r\n30 100");
      two.resize(65_535, 65_535);
      two.resize(200, 50);
      await two.shows("50 200");
      two.resize(65_535, 65_535);
      using last = await container.attach();
      assert.deepEqual([last.opened?.columns, last.opened?.rows], [65_535, 65_535]);
      assert.ok(!two.text.includes("10 10"));
    });

    test("an exec has sessions of its own, before its start too", async () => {
      await using container = await harness.run();
      const target = { id: container.id, execId: "sh" };
      await container.exec("sh", "read x; echo got $x; exit 4", brokered());
      using session = await container.attach({ execId: "sh" });
      session.type("early\n");
      await container.task.start(target);
      const exit = await session.ended();
      assert.deepEqual([exit.exitStatus, session.text], [4, "got early\n"]);
      await container.task.delete(target);
    });

    test("signals of a session reach the process, and a read-only one may send none", async () => {
      await using container = await run(
        harness,
        "trap 'echo hup; exit 9' HUP; echo up; while :; do sleep 0.05; done",
      );
      using looking = await container.attach({ ...ALL, isReadOnly: true });
      looking.send(AttachFrame.signal, Uint8Array.of(1));
      assert.equal((await looking.wasCut()).reason, "read-only");
      using session = await container.attach(ALL);
      await session.shows("up");
      session.send(AttachFrame.signal, Uint8Array.of(1));
      assert.equal((await session.ended()).exitStatus, 9);
      assert.match(session.text, /hup/);
    });
  });

  describe("the log", () => {
    test("has everything, at the places that sessions were told; the next task goes on there", async () => {
      const script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done";
      await using first = await harness.start({ script });
      const logDir = join(first.dir, "output");
      await first.create(brokered({ logDir }));
      using session = await first.attach(ALL);
      await first.task.start({ id: first.id });
      await session.ended();
      await first.task.delete({ id: first.id });
      assert.equal(await readLog(logDir), session.text);
      const end = BigInt(session.text.length);
      await using second = await harness.start({ script: "echo again" });
      await second.create(brokered({ logDir }));
      using again = await second.attach();
      assert.equal(again.opened?.offset, end);
      using all = await second.attach({ replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset: end - 6n });
      await second.task.start({ id: second.id });
      await Promise.all([again.ended(), all.ended()]);
      assert.deepEqual([again.text, all.text], ["again\n", "19999\nagain\n"]);
    });
  });
}

async function readLog(dir: string): Promise<string> {
  const reader = OutputLogReader.open(dir);
  const parts: Uint8Array[] = [];
  for (let from = 0n; ; ) {
    const page = await reader.read(from, 1024 * 1024);
    if (page.entries.length === 0) return Buffer.concat(parts).toString("utf8");
    for (const { record, gap } of page.entries) {
      if (gap) throw new Error(`a gap from ${gap.from} to ${gap.to}: ${gap.reason}`);
      parts.push(record.bytes);
    }
    from = page.next;
  }
}

export type { TestContainer };
