// A container and an exec with a terminal: size, echo, resize, and how it ends.

import assert from "node:assert/strict";
import { describe } from "node:test";
import type { ShimHarness } from "../../support/shim-harness.ts";
import type { TestContainer } from "../../support/test-container.ts";
import { test } from "./bounded-test.ts";
import type { Expectations } from "./expectations.ts";

const SHOW_SIZE = "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done";

export function terminalsContract(harness: ShimHarness, expected: Expectations): void {
  describe("terminals", () => {
    test("a size given before Start is the size that the process finds", async () => {
      await using container = await harness.start({ script: "stty size; tty", isTerminal: true });
      const { id, task } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path });
      await task.resizePty({ id, width: 120, height: 40 });
      await task.start({ id });
      assert.match(await out.whole(), /^40 120\r\n\/dev\/(pts\/0|console)\r\n$/);
      assert.equal((await task.state({ id })).terminal, true);
    });

    test("a resize while it runs is signalled", async () => {
      await using container = await harness.start({ script: SHOW_SIZE, isTerminal: true });
      const { id, task } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path });
      await task.resizePty({ id, width: 80, height: 24 });
      await task.start({ id });
      await out.shows("24 80\r\n");
      await task.resizePty({ id, width: 100, height: 30 });
      await out.shows("30 100\r\n");
    });

    test("what is typed is echoed and read; the line discipline works", async () => {
      await using container = await harness.start({
        script: "echo ready; read line; echo got $line; exit 8",
        isTerminal: true,
      });
      const { id, task } = container;
      const [input, out] = [container.input("in"), container.output("out")];
      await container.create({ stdin: input.path, stdout: out.path });
      const waiting = task.wait({ id });
      await task.start({ id });
      await out.shows("ready\r\n");
      await input.write("abX\x7fc\n");
      assert.equal(await out.whole(), "ready\r\nabX\b \bc\r\ngot abc\r\n");
      assert.equal((await waiting).exitStatus, 8);
    });

    test("^C interrupts the process in the foreground", async () => {
      await using container = await harness.start({
        script: "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done",
        isTerminal: true,
      });
      const { id, task } = container;
      const [input, out] = [container.input("in"), container.output("out")];
      await container.create({ stdin: input.path, stdout: out.path });
      await task.start({ id });
      await out.shows("ready\r\n");
      await input.write("\x03");
      await out.shows("interrupted\r\n");
      assert.equal((await task.wait({ id })).exitStatus, 9);
    });

    test("a client that closes its ends and comes back goes on where it was", async () => {
      await using container = await harness.start({
        script: "echo ready; while read line; do echo got $line; done",
        isTerminal: true,
      });
      const { id, task } = container;
      const [input, out] = [container.input("in"), container.output("out")];
      await container.create({ stdin: input.path, stdout: out.path });
      await task.start({ id });
      await input.write("one\n");
      await out.shows("got one\r\n");
      input.detach();
      out.detach();
      await container.execToEnd("look", "true");
      out.attach();
      await input.write("two\n");
      await out.shows("got two\r\n");
    });

    const closing = expected.terminalCloseIo === "end" ? "lets the process read its end" : "hangs up";
    test(`CloseIO ${closing}`, async () => {
      await using container = await harness.start({
        script: "trap 'exit 5' HUP; echo ready; cat; echo end; exit 4",
        isTerminal: true,
      });
      const { id, task } = container;
      const [input, out] = [container.input("in"), container.output("out")];
      await container.create({ stdin: input.path, stdout: out.path });
      const waiting = task.wait({ id });
      await task.start({ id });
      await out.shows("ready\r\n");
      await input.write("typed\n");
      await out.shows("typed\r\ntyped\r\n");
      input.detach();
      await task.closeIO({ id, stdin: true });
      await out.whole();
      if (expected.terminalCloseIo === "end") {
        assert.match(out.text, /end\r\n$/);
        assert.equal((await waiting).exitStatus, 4);
      } else {
        assert.notEqual((await waiting).exitStatus, 0);
      }
    });

    test("a burst through a terminal by a process that exits at once is whole", async () => {
      await using container = await harness.start({
        script: "yes 0123456789abcd | head -n 65536",
        isTerminal: true,
      });
      const { id, task } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path });
      const waiting = task.wait({ id });
      await task.start({ id });
      await waiting;
      await task.delete({ id });
      await out.whole();
      assert.equal(out.text, "0123456789abcd\r\n".repeat(65_536));
    });

    test("an exec has a terminal of its own, with a size of its own", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const out = container.output("out");
      const target = { id, execId: "tty" };
      await container.exec("tty", SHOW_SIZE, { terminal: true, stdout: out.path });
      await task.start(target);
      await task.resizePty({ ...target, width: 90, height: 20 });
      await out.shows("20 90\r\n");
      assert.equal((await task.state(target)).terminal, true);
      await task.kill({ ...target, signal: 9 });
      assert.equal((await task.wait(target)).exitStatus, 137);
      await task.delete(target);
    });

    test("a terminal whose last process is gone ends the client's stream; others live on", async () => {
      await using container = await harness.run();
      const first = await typeInto(container, "one");
      const second = await typeInto(container, "two");
      await container.task.kill({ id: container.id, execId: "one", signal: 9 });
      await first.out.whole();
      await second.input.write("still\n");
      await second.out.shows("got still\r\n");
      assert.equal(second.out.hasEnded, false);
    });
  });
}

async function typeInto(container: TestContainer, execId: string) {
  const [input, out] = [container.input(`${execId}-in`), container.output(`${execId}-out`)];
  await container.exec(execId, "echo ready; while read line; do echo got $line; done", {
    terminal: true,
    stdin: input.path,
    stdout: out.path,
  });
  await container.task.start({ id: container.id, execId });
  await out.shows("ready\r\n");
  return { input, out };
}
