// What brokered stdio promises to those who attach, on a real shim and a real OCI runtime.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { AttachFrame } from "../../proto/attach-frame.ts";
import { ReplayFrom, WhenSlow } from "../../proto/gen/attach.ts";
import { ALL, brokered, runBrokered, wholeLog } from "../support/brokered.ts";
import type { ShimProgram } from "../support/container-options.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import { until } from "../support/until.ts";
import { test } from "./contract/bounded-test.ts";

/** Registers the tests. */
export function shimAttachContract(program: ShimProgram): void {
  const harness = new ShimHarness(program);

  describe("sessions", () => {
    test("one sees both streams, types, ends the input, and is told the exit behind all output", async () => {
      await using container = await runBrokered(harness, "cat; echo err >&2; exit 3");
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
      await using container = await runBrokered(harness, script, {}, { terminal: true });
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
      await using container = await runBrokered(
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

  describe("the end of a process", () => {
    test("at its timeout an exec is killed with all that it has started, and its exit says so", async () => {
      await using container = await harness.run();
      const target = { id: container.id, execId: "slow" };
      // Children, a daemon that has forked twice and begun a session of its own, and one that makes more all the time.
      const daemon = "setsid sh -c 'setsid sleep 4242 & exit 0' &";
      const script = `sleep 4242 & ${daemon} (while :; do sleep 4242 & sleep 0.01; done) & echo up; wait`;
      await container.exec("slow", script, brokered({ timeoutMs: 700 }));
      using session = await container.attach({ execId: "slow", ...ALL });
      await container.task.start(target);
      const exit = await session.ended();
      assert.deepEqual([exit.exitStatus, exit.timedOut, session.text], [137, true, "up\n"]);
      const { text } = await container.execToEnd("look", "ps -o args | grep '[s]leep 4242' || echo none");
      assert.equal(text, "none\n");
      assert.match(container.log, /killed \d+ processes of exec/);
      await container.task.delete(target);
    });

    test("at its timeout a container ends", async () => {
      await using container = await runBrokered(harness, "sleep 1000 & sleep 1000", { timeoutMs: 300 });
      using session = await container.attach(ALL);
      const exit = await session.ended();
      assert.deepEqual([exit.exitStatus, exit.timedOut], [137, true]);
      const record = JSON.parse(readFileSync(join(container.bundle.dir, "exit.json"), "utf8"));
      assert.equal(record.timedOut, true);
    });

    for (const [policy, status] of [
      ["kill", 137],
      ["hangup", 129],
    ] as const) {
      for (const terminal of [false, true]) {
        const on = terminal ? "on a terminal" : "on pipes";
        test(`the loss of the last session that may type is a ${policy} ${on}; detaching is not`, async () => {
          await using container = await harness.run();
          const target = { id: container.id, execId: "e" };
          const stdio = brokered({ onDisconnect: policy }, { terminal });
          await container.exec("e", "echo up; exec sleep 1000", stdio);
          using detached = await container.attach({ execId: "e", ...ALL });
          using looking = await container.attach({ execId: "e", ...ALL, isReadOnly: true });
          using lost = await container.attach({ execId: "e", ...ALL });
          await container.task.start(target);
          await Promise.all([lost.shows("up"), looking.shows("up")]);
          detached.send(AttachFrame.detach);
          await until(() => detached.isClosed, { what: "the end of the detached session" });
          lost[Symbol.dispose]();
          assert.equal((await looking.ended()).exitStatus, status);
          await container.task.delete(target);
        });

        test(`so is its loss before the process is there, a ${policy} ${on}`, async () => {
          await using container = await harness.run();
          const target = { id: container.id, execId: "e" };
          await container.exec("e", "exec sleep 1000", brokered({ onDisconnect: policy }, { terminal }));
          using looking = await container.attach({ execId: "e", ...ALL, isReadOnly: true });
          const lost = await container.attach({ execId: "e", ...ALL });
          lost[Symbol.dispose]();
          await until(() => lost.isClosed, { what: "the loss of the session" });
          await container.task.start(target);
          assert.equal((await looking.ended()).exitStatus, status);
          await container.task.delete(target);
        });
      }
    }

    test("a process that is left behind holds neither the exit nor what was printed", async () => {
      await using container = await harness.run();
      const target = { id: container.id, execId: "e" };
      await container.exec("e", "sleep 1000 & echo done", brokered());
      using session = await container.attach({ execId: "e" });
      await container.task.start(target);
      const exit = await session.ended();
      assert.deepEqual([exit.exitStatus, exit.output, session.text], [0, "held", "done\n"]);
      await container.task.delete(target);
    });

    test("Delete gives a session that reads everything, and its exit", async () => {
      await using container = await harness.start({ script: "read x; yes 0123456789abcd | head -n 65536" });
      await container.create(brokered());
      await container.task.start({ id: container.id });
      using session = await container.attach({ whenSlow: WhenSlow.WHEN_SLOW_HOLD });
      session.type("go\n");
      await container.task.wait({ id: container.id });
      await container.task.delete({ id: container.id });
      assert.equal((await session.ended()).exitStatus, 0);
      assert.equal(session.text, "0123456789abcd\n".repeat(65_536));
    });

    test("Delete does not wait long for a session that does not read, when the log has the rest for it", async () => {
      await using container = await harness.start({ script: "read x; yes 0123456789abcd | head -n 200000" });
      const logDir = join(container.dir, "output");
      await container.create(brokered({ logDir }));
      await container.task.start({ id: container.id });
      using session = await container.attach(ALL);
      session.socket.pause();
      using typing = await container.attach();
      typing.type("go\n");
      await container.task.wait({ id: container.id });
      await container.task.delete({ id: container.id });
      session.socket.resume();
      const { reason } = await session.wasCut();
      assert.equal(reason, "deleted");
      const log = await wholeLog(logDir);
      assert.deepEqual(log.gaps, []);
      assert.equal(log.bytes.length, 3_000_000);
      assert.ok(log.bytes.toString("utf8").startsWith(session.text));
    });

    test("the sessions of an exec that cannot be started are told why", async () => {
      await using container = await harness.run();
      await container.exec("e", ["/no/such/program"], brokered());
      using session = await container.attach({ execId: "e" });
      await assert.rejects(container.task.start({ id: container.id, execId: "e" }));
      const { reason, message } = await session.wasCut();
      assert.equal(reason, "not-started");
      assert.match(message, /no such file/i);
      await container.task.delete({ id: container.id, execId: "e" });
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
      const log = await wholeLog(logDir);
      assert.deepEqual([log.bytes.toString("utf8"), log.gaps], [session.text, []]);
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
