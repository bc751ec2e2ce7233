// Standard streams without a terminal: every kind of place they can go to, and that nothing is lost on the way.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "node:test";
import { Code } from "../../../proto/errors.ts";
import type { ShimHarness } from "../../support/shim-harness.ts";
import { until } from "../../support/until.ts";
import { refusal, refuses } from "./answers.ts";
import { test } from "./bounded-test.ts";
import type { Expectations } from "./expectations.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/containers");
const BURST_LINE = "0123456789abcde\n";
const BURST_LINES = (8 * 1024 * 1024) / BURST_LINE.length;
const BURST = `yes 0123456789abcde | head -n ${BURST_LINES}`;

function digest(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function streamsContract(harness: ShimHarness, expected: Expectations): void {
  describe("standard streams", () => {
    test("fifos: stdout and stderr arrive apart, and end when the container does", async () => {
      await using container = await harness.start({ script: "echo to out; echo to err >&2" });
      const { id, task } = container;
      const [out, err] = [container.output("out"), container.output("err")];
      await container.create({ stdout: out.path, stderr: err.path });
      await task.start({ id });
      assert.equal(await out.whole(), "to out\n");
      assert.equal(await err.whole(), "to err\n");
      // Not because of Delete: clients call that only after the end.
      assert.equal((await task.wait({ id })).exitStatus, 0);
    });

    test("one fifo for both streams carries both", async () => {
      await using container = await harness.start({ script: "echo to out; echo to err >&2" });
      const out = container.output("out");
      await container.create({ stdout: out.path, stderr: out.path });
      await container.task.start({ id: container.id });
      assert.deepEqual((await out.whole()).split("\n").sort(), ["", "to err", "to out"]);
    });

    test("file: both streams are appended to the file, whose directories are made", async () => {
      await using container = await harness.start({ script: "echo to out; echo to err >&2" });
      const { id, task } = container;
      const path = join(container.dir, "logs", "deep", "file");
      await container.create({ stdout: `file://${path}`, stderr: `file://${path}` });
      const waiting = task.wait({ id });
      await task.start({ id });
      await waiting;
      await task.delete({ id });
      const text = await readFile(path, "utf8");
      if (expected.filesAreWhole) assert.deepEqual(text.split("\n").sort(), ["", "to err", "to out"]);
      else assert.match(text, /^to (out|err)\n/);
    });

    test("binary: a logger gets both streams, its arguments and an environment of two names", async () => {
      await using container = await harness.start({ script: "echo to out; echo to err >&2" });
      const { id, task } = container;
      const dir = join(container.dir, "logger");
      await mkdir(dir);
      const uri = `binary://${join(fixtures, "keep-lines")}?dir=${dir}`;
      await container.create({ stdout: uri, stderr: uri });
      const waiting = task.wait({ id });
      await task.start({ id });
      await waiting;
      await task.delete({ id });
      assert.equal(await readFile(join(dir, "out"), "utf8"), "to out\n");
      assert.equal(await readFile(join(dir, "err"), "utf8"), "to err\n");
      assert.equal(await readFile(join(dir, "arguments"), "utf8"), `dir\n${dir}\n`);
      const names = (await readFile(join(dir, "environment"), "utf8"))
        .split("\n")
        .map((line) => line.split("=")[0]);
      const own = names.filter((name) => name !== "" && name !== "PWD" && name !== "_" && name !== "SHLVL");
      assert.deepEqual(own.sort(), ["CONTAINER_ID", "CONTAINER_NAMESPACE"]);
    });

    const outcome = expected.noticesDeadLogger
      ? "fails Create, and the id can be used again"
      : "goes unnoticed";
    test(`binary: a logger that ends before it is ready ${outcome}`, async () => {
      await using container = await harness.start();
      const uri = `binary://${join(fixtures, "die-early")}`;
      const created = container.create({ stdout: uri, stderr: uri });
      if (!expected.noticesDeadLogger) {
        await created;
        return;
      }
      await refusal(created);
      assert.deepEqual(container.leftovers(), []);
      await container.create();
    });

    test("none: the container writes into nothing and reads the end", async () => {
      await using container = await harness.start({ script: "echo lost; echo lost >&2; cat && exit 4" });
      const { id, task } = container;
      await container.create();
      const waiting = task.wait({ id });
      await task.start({ id });
      assert.equal((await waiting).exitStatus, 4);
    });

    test("a scheme that nobody knows is refused", async () => {
      await using container = await harness.start();
      const uri = "gopher://somewhere/else";
      await refusal(container.create({ stdout: uri, stderr: uri }));
      assert.deepEqual(container.leftovers(), []);
      await container.create();
    });

    test(`stdout without stderr is ${expected.acceptsMissingStderr ? "taken" : "refused"}`, async () => {
      await using container = await harness.start({ script: "echo to out; echo to err >&2" });
      const { id, task } = container;
      const out = container.output("out");
      const created = container.create({ stdout: out.path });
      if (!expected.acceptsMissingStderr) {
        await refuses(created, Code.Unknown);
        return;
      }
      await created;
      await task.start({ id });
      assert.equal(await out.whole(), "to out\n");
    });

    test("8 MiB written in one burst by a process that exits at once arrive, though Delete follows Wait", async () => {
      await using container = await harness.start({ script: BURST });
      const { id, task } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path, stderr: out.path });
      const waiting = task.wait({ id });
      await task.start({ id });
      await waiting;
      await task.delete({ id });
      await out.whole();
      assert.equal(out.bytes.length, BURST_LINE.length * BURST_LINES);
      assert.equal(digest(out.bytes), digest(BURST_LINE.repeat(BURST_LINES)));
    });

    test("the same burst by an exec arrives, though the exec is deleted at once", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const out = container.output("out");
      const target = { id, execId: "burst" };
      await container.exec("burst", BURST, { stdout: out.path, stderr: out.path });
      const waiting = task.wait(target);
      await task.start(target);
      await waiting;
      await task.delete(target);
      await out.whole();
      assert.equal(digest(out.bytes), digest(BURST_LINE.repeat(BURST_LINES)));
    });

    test("a client that goes away and comes back finds what was written meanwhile", async () => {
      await using container = await harness.start({
        script: "echo one; read x; echo two; read x; echo three",
      });
      const { id, task } = container;
      const [input, out] = [container.input("in"), container.output("out")];
      await container.create({ stdin: input.path, stdout: out.path, stderr: out.path });
      await task.start({ id });
      await out.shows("one\n");
      out.detach();
      await input.write("\n");
      // What tells that it was written: the shell waits for the next line, in an exec's eyes.
      await container.execToEnd("look", "true");
      assert.equal(out.text, "one\n");
      out.attach();
      await out.shows("two\n");
      await input.write("\n");
      assert.equal(await out.whole(), "one\ntwo\nthree\n");
      assert.equal((await task.wait({ id })).exitStatus, 0);
    });

    test("stdin survives a writer that detaches and re-attaches, and ends by CloseIO alone", async () => {
      await using container = await harness.start({ script: "cat; echo end; exit 6" });
      const { id, task } = container;
      const [input, out] = [container.input("in"), container.output("out")];
      await container.create({ stdin: input.path, stdout: out.path, stderr: out.path });
      const waiting = task.wait({ id });
      await task.start({ id });
      await input.write("first\n");
      await out.shows("first\n");
      input.detach();
      await input.write("second\n");
      await out.shows("second\n");
      input.detach();
      await task.closeIO({ id, stdin: true });
      assert.equal(await out.whole(), "first\nsecond\nend\n");
      assert.equal((await waiting).exitStatus, 6);
      await task.closeIO({ id, stdin: true });
    });

    test("what was written to stdin before CloseIO is read before its end", async () => {
      await using container = await harness.start({ script: "wc -c" });
      const { id, task } = container;
      const [input, out] = [container.input("in"), container.output("out")];
      await container.create({ stdin: input.path, stdout: out.path, stderr: out.path });
      await task.start({ id });
      const bytes = 1_000_000;
      await input.write(Buffer.alloc(bytes, "x"));
      input.detach();
      await task.closeIO({ id, stdin: true });
      assert.equal((await out.whole()).trim(), String(bytes));
    });

    test("an exec has streams of its own, stdin with CloseIO among them", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const [input, out, err] = [container.input("in"), container.output("out"), container.output("err")];
      const target = { id, execId: "copy" };
      await container.exec("copy", "cat; echo end >&2", {
        stdin: input.path,
        stdout: out.path,
        stderr: err.path,
      });
      await task.start(target);
      await input.write("through\n");
      await out.shows("through\n");
      input.detach();
      await task.closeIO({ ...target, stdin: true });
      assert.equal(await out.whole(), "through\n");
      assert.equal(await err.whole(), "end\n");
      assert.equal((await task.wait(target)).exitStatus, 0);
      await task.delete(target);
    });

    test("a grandchild that keeps the stream does not keep the exit from being known", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const out = container.output("out");
      const target = { id, execId: "leave" };
      await container.exec("leave", "sleep 1000 & echo left; exit 3", { stdout: out.path, stderr: out.path });
      const waiting = task.wait(target);
      await task.start(target);
      assert.equal((await waiting).exitStatus, 3);
      await container.events.hears(id, "exit leave 3");
      await out.shows("left\n");
      await container.kill();
      await until(() => out.hasEnded, { what: "the end of the stream, with the last process" });
    });

    test("nothing of the shim's is open in the container: 0, 1, 2 and what it opens itself", async () => {
      await using container = await harness.start({ script: "ls -l /proc/self/fd" });
      const { id, task } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path, stderr: out.path });
      await task.start({ id });
      const open = descriptorsListed(await out.whole());
      assert.deepEqual(open, ["0", "1", "2"]);
      await task.wait({ id });
      await task.delete({ id });

      await using other = await harness.run();
      const { text } = await other.execToEnd("look", "ls -l /proc/self/fd");
      assert.deepEqual(descriptorsListed(text), ["0", "1", "2"]);
    });
  });
}

// The descriptor with which ls reads the directory is closed when it looks where the links lead, so it is not among them.
function descriptorsListed(text: string): string[] {
  return [...text.matchAll(/ (\d+) -> /g)].map((match) => match[1] ?? "");
}
