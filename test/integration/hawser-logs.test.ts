// `hawser logs`, hawser.v1.Logs and the library's `logs()` on a hawserd of the suite's own. What a shim would write is written by
// the test where it has to know the bytes: a container is enough that runs and says where its log is.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { Client } from "../../manager/client/client.ts";
import type { Container } from "../../manager/client/container.ts";
import { STDOUT_LABEL } from "../../manager/labels.ts";
import { MIN_FILE_BYTES, OutputLog } from "../../output-log/writer.ts";
import { formatBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { LogFollower } from "../support/log-follower.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const limit = { timeout: 120_000 };

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
});

/** A container whose log is a directory that the test writes, and a process that runs as long as the test wants. */
class Printer implements AsyncDisposable {
  readonly id: string;
  readonly logDir: string;
  readonly container: Container;
  readonly #client: Client;
  #log: OutputLog | undefined;

  private constructor(client: Client, container: Container, logDir: string) {
    this.#client = client;
    this.container = container;
    this.id = container.id;
    this.logDir = logDir;
  }

  static async start({ maxFiles }: { maxFiles?: number } = {}): Promise<Printer> {
    const client = await Client.connect({ address: hawserd.address, namespace: hawserd.namespace });
    const id = suite.newId();
    const logDir = join(suite.dir, `log-${id}`);
    const labels = { [STDOUT_LABEL]: formatBrokeredStdio({ logDir }) };
    const container = await client.containers.create({
      id,
      image: imageName,
      args: ["sleep", "1000"],
      labels,
    });
    await using task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
    await task.start();
    const printer = new Printer(client, container, logDir);
    printer.open(maxFiles);
    return printer;
  }

  /** As the shim of the next task does. */
  open(maxFiles = 100): void {
    this.#log = OutputLog.open({ dir: this.logDir, maxFileBytes: MIN_FILE_BYTES, maxFiles });
  }

  async close(): Promise<void> {
    await this.#log?.[Symbol.asyncDispose]();
  }

  get end(): bigint {
    return this.#log?.endOffset ?? 0n;
  }

  async print(text: string, stream: 1 | 2 = 1, time = BigInt(Date.now()) * 1_000_000n): Promise<void> {
    const record = { offset: this.end, stream, time, bytes: Buffer.from(text) };
    assert.equal(await this.#log?.append([record]), 1);
  }

  /** Ends the process, and what it has printed with it. */
  async delete(): Promise<void> {
    await this.close();
    await this.container.delete({ force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete();
    await this.#client[Symbol.asyncDispose]();
  }
}

test(
  "hawser logs prints what there is, by stream, lines, times and places, in three formats",
  limit,
  async () => {
    await using printer = await Printer.start();
    const second = 1_000_000_000n;
    await printer.print("one\ntw", 1, 1_136_073_845n * second);
    await printer.print("oops\n", 2, 1_136_073_846n * second);
    await printer.print("o\nthrée\n", 1, 1_136_073_847n * second);
    const rows: { args: string[]; stdout: string; stderr?: string }[] = [
      { args: [], stdout: "one\ntwo\nthrée\n", stderr: "oops\n" },
      { args: ["--stream", "stderr"], stdout: "", stderr: "oops\n" },
      { args: ["--tail", "1"], stdout: "thrée\n" },
      { args: ["-n", "2", "--stream=stdout"], stdout: "two\nthrée\n" },
      { args: ["--tail", "all", "--since", "2006-01-01T00:04:06Z"], stdout: "o\nthrée\n", stderr: "oops\n" },
      { args: ["--until", "1136073847"], stdout: "one\ntw", stderr: "oops\n" },
      { args: ["--from-offset", "13"], stdout: "thrée\n" },
      {
        args: ["-t"],
        stdout:
          "2006-01-01T00:04:05.000000000Z one\n2006-01-01T00:04:05.000000000Z two\n2006-01-01T00:04:07.000000000Z thrée\n",
        stderr: "2006-01-01T00:04:06.000000000Z oops\n",
      },
      {
        args: ["--format", "json", "--tail=1"],
        stdout: '{"time":"2006-01-01T00:04:07.000000000Z","stream":"stdout","offset":13,"log":"thrée\\n"}\n',
      },
      { args: ["--format=cri", "--stream=stderr"], stdout: "2006-01-01T00:04:06.000000000Z stderr F oops\n" },
    ];
    for (const { args, stdout, stderr = "" } of rows) {
      const said = await hawserd.hawser(["logs", ...args, printer.id]);
      assert.deepEqual({ stdout: said.stdout, stderr: said.stderr }, { stdout, stderr }, args.join(" "));
    }
    const { stdout } = await hawserd.hawser(["container", "logs", printer.id.slice(0, -1), "--tail=1"], {
      status: "any",
    });
    assert.ok(stdout === "thrée\n" || stdout === "", "docker's other spelling, and the beginning of an id");
  },
);

test("what cannot be read is one clear line and status 1, what cannot be meant is 125", limit, async () => {
  await using printer = await Printer.start();
  await printer.print("abc");
  const rows: { args: string[]; status: number; complaint: RegExp }[] = [
    { args: ["nobody"], status: 1, complaint: /nobody/ },
    { args: ["--from-offset", "4", printer.id], status: 1, complaint: /from offset 4: it ends at 3/ },
    { args: ["--exec", "nobody", printer.id], status: 1, complaint: /exec "nobody".*there is no such exec/ },
    { args: ["--tail", "1", "--from-offset", "0", printer.id], status: 1, complaint: /one of them/ },
    { args: ["--since", "1h", "--until", "2h", printer.id], status: 1, complaint: /not later/ },
    { args: ["--tail", "x", printer.id], status: 125, complaint: /"x" is no number of lines/ },
    { args: ["--since", "soon", printer.id], status: 125, complaint: /--since "soon": no time; write/ },
    { args: ["--from-offset", "-1", printer.id], status: 125, complaint: /no place in an output/ },
    { args: ["--format", "yaml", printer.id], status: 125, complaint: /text, json, cri/ },
    { args: ["--stream", "stdin", printer.id], status: 125, complaint: /stdout, stderr/ },
    { args: [], status: 125, complaint: /missing/ },
  ];
  for (const { args, status, complaint } of rows) {
    const said = await hawserd.hawser(["logs", ...args], { status: "any" });
    assert.match(said.stderr, /^hawser: .*\n$/, args.join(" "));
    assert.match(said.stderr, complaint, args.join(" "));
    assert.equal(said.status, status, args.join(" "));
    assert.equal(said.stdout, "");
  }
});

test("a container whose output goes elsewhere is told so", limit, async () => {
  await using client = await Client.connect({ address: hawserd.address, namespace: hawserd.namespace });
  const container = await client.containers.create({ id: suite.newId(), image: imageName, args: ["true"] });
  await using _gone = container.deferDelete();
  const none = await hawserd.hawser(["logs", container.id], { status: "any" });
  assert.equal(none.status, 1);
  assert.match(none.stderr, /nobody has asked for a log of its output/);
  await container.label({ [STDOUT_LABEL]: "hawser:///?ring=4096" });
  const ring = await hawserd.hawser(["logs", container.id], { status: "any" });
  assert.match(ring.stderr, /in the memory of its shim only; attach to it/);
});

test(
  "hawser logs -f goes on through rotation, another task and a hawserd that is killed, and loses nothing",
  limit,
  async () => {
    await using printer = await Printer.start();
    await printer.print("before\n");
    const follower = new LogFollower(hawserd, ["-f", printer.id]);
    const wait = (bytes: number) =>
      until(() => follower.stdout.length === bytes, {
        what: `${bytes} bytes`,
        deadline: 30_000,
        logs: { stderr: () => follower.stderr, length: () => String(follower.stdout.length) },
      });
    await wait(7);
    let expected = "before\n";
    for (let round = 0; round < 3; round++) {
      for (let line = 0; line < 20; line++) {
        const text = `${round}.${line} ${"x".repeat(30_000)}\n`;
        expected += text;
        await printer.print(text);
        if (line === 10) await hawserd.kill("SIGKILL");
      }
      await hawserd.restart();
      await wait(expected.length);
      await printer.close();
      printer.open();
    }
    await printer.delete();
    assert.equal(await follower.ended, 0, follower.stderr);
    assert.ok(follower.stdout === expected, "every byte, once and in order");
    assert.equal(follower.stderr, "");
  },
);

test(
  "a follower whose place has been rotated away while it was stopped is told how much it has missed",
  limit,
  async () => {
    await using printer = await Printer.start({ maxFiles: 2 });
    await printer.print("first\n");
    const follower = new LogFollower(hawserd, ["-f", "--format=json", printer.id]);
    await until(() => follower.stdout.includes("first"), { what: "the first line" });
    follower.kill("SIGSTOP");
    // More than what lies in the pipes and sockets between us, and than the log keeps.
    for (let line = 0; line < 400; line++) await printer.print(`${"y".repeat(30_000)}\n`);
    follower.kill("SIGCONT");
    await printer.print("last\n");
    await printer.delete();
    assert.equal(await follower.ended, 0, follower.stderr);
    const parts = follower.stdout
      .trimEnd()
      .split("\n")
      .map(
        (line) =>
          JSON.parse(line) as {
            offset?: number;
            log?: string;
            gap?: { from: number; to: number; reason: string };
          },
      );
    let next = 0;
    let missing = 0;
    for (const { offset, log = "", gap } of parts) {
      assert.equal(gap?.from ?? offset, next);
      next = gap?.to ?? next + Buffer.byteLength(log);
      if (gap === undefined) continue;
      assert.equal(gap.reason, "rotated");
      missing += gap.to - gap.from;
    }
    assert.ok(missing > 0, "the pipes hold less than that");
    assert.ok(parts.at(-1)?.log?.endsWith("last\n"));
  },
);

test("hawser logs -f that is interrupted ends with status 130 and says nothing", limit, async () => {
  await using printer = await Printer.start();
  await printer.print("a\n");
  const follower = new LogFollower(hawserd, ["-f", printer.id]);
  await until(() => follower.stdout === "a\n", { what: "the line" });
  follower.kill("SIGINT");
  assert.equal(await follower.ended, 130);
  assert.equal(follower.stderr, "");
});

test("300 followers of ten containers each see every byte", limit, async () => {
  await using stack = new AsyncDisposableStack();
  const printers: Printer[] = [];
  await Promise.all(Array.from({ length: 10 }, async () => printers.push(stack.use(await Printer.start()))));
  await using client = await Client.connect({ address: hawserd.address, namespace: hawserd.namespace });
  const seen: string[] = [];
  const followers = Array.from({ length: 300 }, async (_, index) => {
    const printer = printers[index % printers.length];
    const container = await client.containers.get(printer?.id ?? "");
    seen[index] = "";
    for await (const part of container.logs({ follow: true })) {
      assert.equal(part.kind, "record");
      if (part.kind === "record") seen[index] += Buffer.from(part.bytes).toString();
    }
  });
  let expected = "";
  for (let line = 0; line < 20; line++) {
    expected += `line ${line}\n`;
    for (const printer of printers) await printer.print(`line ${line}\n`);
    await until(() => seen.length === 300 && seen.every((text) => text === expected), {
      what: `line ${line}`,
      deadline: 30_000,
    });
  }
  await Promise.all(printers.map(async (printer) => await printer.delete()));
  await Promise.all(followers);
});
