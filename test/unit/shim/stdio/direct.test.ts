import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Code, HawserError, isCanceled } from "../../../../proto/errors.ts";
import { codeOfError } from "../../../../sys/errno.ts";
import { openFifoForReading, tryOpenFifoForWriting } from "../../../../sys/fifo.ts";
import { until } from "../../../support/until.ts";
import { Client, exitOf, run, stdioTest } from "./support.ts";

const MIB = 1024 * 1024;
const O_NONBLOCK = 0o4000;

function processEnded(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return true;
  }
}

stdioTest("without paths everything is /dev/null", async ({ open }) => {
  await using stdio = await open({});
  assert.deepEqual(stdio.child, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  assert.equal(stdio.consoleSocket, undefined);
  await stdio.spawned();
  stdio.resize(80, 24);
  stdio.closeStdin();
  assert.equal(await stdio.drained(0), "complete");
});

stdioTest("stdout and stderr reach the client, and end with the process", async ({ fifo, open }) => {
  const request = { stdout: fifo("out"), stderr: `fifo://${fifo("err")}` };
  await using stdio = await open(request);
  using out = new Client(request.stdout);
  using err = new Client(join(request.stdout, "../err"));
  const child = run(stdio, "sh", "-c", "echo to out; echo to err >&2");
  await stdio.spawned();
  assert.equal(await out.readToEnd(), "to out\n");
  assert.equal(await err.readToEnd(), "to err\n");
  assert.equal(await exitOf(child), "0");
  assert.equal(await stdio.drained(1_000), "complete");
});

stdioTest("what the container gets is blocking and nothing else", async ({ dir, fifo, open }) => {
  const [stdin, stdout, stderr] = [fifo("in"), fifo("out"), fifo("err")];
  await using stdio = await open({ stdin, stdout, stderr });
  using out = new Client(stdout);
  const child = run(stdio, "sh", "-c", "cat /proc/$$/fdinfo/[012]; ls -l /proc/$$/fd");
  await stdio.spawned();
  const text = await out.readToEnd();
  const flags = [...text.matchAll(/^flags:\s+(\d+)$/gm)].map((match) => Number.parseInt(match[1] ?? "", 8));
  assert.equal(flags.length, 3);
  assert.deepEqual(
    flags.map((flag) => flag & (O_NONBLOCK | 3)),
    [0, 1, 1],
  );
  const inherited = text.split("\n").filter((line) => line.includes(` -> ${dir}/`));
  assert.deepEqual(
    inherited.map((line) => / (\d+) -> /.exec(line)?.[1]),
    ["0", "1", "2"],
  );
  await exitOf(child);
});

stdioTest("stderr alone, and stdout alone, are enough", async ({ fifo, open }) => {
  const path = fifo("one");
  for (const [stream, redirect] of [
    ["stdout", ""],
    ["stderr", ">&2"],
  ]) {
    await using stdio = await open({ [stream ?? ""]: path });
    using client = new Client(path);
    const child = run(stdio, "sh", "-c", `echo ${stream} ${redirect}`);
    await stdio.spawned();
    assert.equal(await client.readToEnd(), `${stream}\n`);
    await exitOf(child);
  }
});

stdioTest("one fifo for both streams is one stream", async ({ fifo, open }) => {
  const path = fifo("both");
  await using stdio = await open({ stdout: path, stderr: path });
  assert.equal(stdio.child.stdout, stdio.child.stderr);
  using client = new Client(path);
  const child = run(stdio, "sh", "-c", "echo a; echo b >&2; echo c");
  await stdio.spawned();
  assert.equal(await client.readToEnd(), "a\nb\nc\n");
  await exitOf(child);
  assert.equal(await stdio.drained(0), "complete");
});

stdioTest("a client that goes away and comes back finds its stream", async ({ fifo, open }) => {
  const [stdin, stdout] = [fifo("in"), fifo("out")];
  await using stdio = await open({ stdin, stdout });
  const child = run(stdio, "sh", "-c", "echo first; read x; echo between; read x; echo last");
  await stdio.spawned();
  using keyboard = tryOpenFifoForWriting(stdin);
  assert.ok(keyboard);
  {
    using client = new Client(stdout);
    await client.readUntil("first\n");
  }
  // Nobody reads: no SIGPIPE, nothing lost.
  writeSync(keyboard.fd, "\n");
  writeSync(keyboard.fd, "\n");
  assert.equal(await exitOf(child), "0");
  using client = new Client(stdout);
  assert.equal(await client.readToEnd(), "between\nlast\n");
  assert.equal(await stdio.drained(0), "complete");
});

stdioTest("a client that opens after the exit gets everything and the end", async ({ fifo, open }) => {
  const stdout = fifo("out");
  await using stdio = await open({ stdout });
  const child = run(stdio, "echo", "hello");
  await stdio.spawned();
  assert.equal(await exitOf(child), "0");
  // cat opens without O_NONBLOCK: it waits in open(2) for a writer, and there will never be one.
  const cat = spawn("cat", [stdout], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  cat.stdout.on("data", (bytes) => {
    text += bytes;
  });
  assert.equal(await exitOf(cat), "0");
  await until(() => text === "hello\n", { what: "the output of cat" });
});

stdioTest("drained() releases who waits in open, and leaves the rest to them", async ({ fifo, open }) => {
  const stdout = fifo("out");
  const stdio = await open({ stdout });
  const child = run(stdio, "echo", "hello");
  await stdio.spawned();
  await exitOf(child);
  using client = new Client(stdout);
  assert.equal(await stdio.drained(0), "direct");
  await stdio[Symbol.asyncDispose]();
  assert.equal(await client.readToEnd(), "hello\n");
});

stdioTest("drained() says cut at once when nobody is there to read", async ({ fifo, open, notices }) => {
  const stdout = fifo("out");
  await using stdio = await open({ stdout });
  const child = run(stdio, "echo", "hello");
  await stdio.spawned();
  await exitOf(child);
  assert.equal(await stdio.drained(60_000), "cut");
  assert.match(notices.join("\n"), /^6 bytes in ".*out" were never read/);
  // Asking has lost nothing: until the disposal it can still be read.
  using client = new Client(stdout);
  assert.equal(await client.readToEnd(), "hello\n");
});

stdioTest("8 MiB and exit: a slow client gets all of it", async ({ fifo, open }) => {
  const stdout = fifo("out");
  const stdio = await open({ stdout });
  using client = new Client(stdout);
  const child = run(stdio, "sh", "-c", `head -c ${8 * MIB} /dev/zero`);
  await stdio.spawned();
  let hasExited = false;
  const exited = exitOf(child).then(() => {
    hasExited = true;
  });
  while (!hasExited) {
    await client.read();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await exited;
  assert.notEqual(await stdio.drained(0), "cut");
  await stdio[Symbol.asyncDispose]();
  await client.readToEnd();
  assert.equal(client.byteLength, 8 * MIB);
});

stdioTest("a grandchild that keeps the pipe delays nothing and keeps its stream", async ({ fifo, open }) => {
  const stdout = fifo("out");
  const stdio = await open({ stdout });
  using client = new Client(stdout);
  const child = run(stdio, "sh", "-c", "sleep 1000 & echo $!");
  await stdio.spawned();
  assert.equal(await exitOf(child), "0");
  await client.readUntil("\n");
  const pid = Number(client.text);
  assert.equal(await stdio.drained(60_000), "direct");
  await stdio[Symbol.asyncDispose]();
  process.kill(pid, "SIGKILL");
  assert.equal(await client.readToEnd(), `${pid}\n`);
  await until(() => processEnded(pid), { what: "the grandchild has ended" });
});

stdioTest("stdin ends by closeStdin() alone; writers come and go", async ({ fifo, open }) => {
  const [stdin, stdout] = [fifo("in"), fifo("out")];
  await using stdio = await open({ stdin, stdout });
  using client = new Client(stdout);
  const child = run(stdio, "cat");
  await stdio.spawned();
  for (const word of ["one", "two"]) {
    using keyboard = tryOpenFifoForWriting(stdin);
    assert.ok(keyboard);
    writeSync(keyboard.fd, `${word}\n`);
    await client.readUntil(`${word}\n`);
  }
  assert.equal(child.exitCode, null);
  stdio.closeStdin();
  stdio.closeStdin();
  assert.equal(await client.readToEnd(), "one\ntwo\n");
  assert.equal(await exitOf(child), "0");
});

stdioTest("closeStdin() before the start is remembered, behind what was written", async ({ fifo, open }) => {
  const [stdin, stdout] = [fifo("in"), fifo("out")];
  await using stdio = await open({ stdin, stdout });
  using client = new Client(stdout);
  const keyboard = openSync(stdin, "w");
  writeSync(keyboard, "early\n");
  closeSync(keyboard);
  stdio.closeStdin();
  const child = run(stdio, "cat");
  await stdio.spawned();
  assert.equal(await client.readToEnd(), "early\n");
  assert.equal(await exitOf(child), "0");
});

stdioTest("writing to the stdin of a dead process is refused", async ({ fifo, open }) => {
  const stdin = fifo("in");
  await using stdio = await open({ stdin });
  using keyboard = tryOpenFifoForWriting(stdin);
  assert.ok(keyboard);
  const child = run(stdio, "true");
  await stdio.spawned();
  await exitOf(child);
  assert.throws(
    () => writeSync(keyboard.fd, "x"),
    (error) => codeOfError(error) === "EPIPE",
  );
  assert.equal(tryOpenFifoForWriting(stdin), undefined);
});

stdioTest("when the runtime fails, disposing ends the streams", async ({ fifo, open }) => {
  const [stdin, stdout] = [fifo("in"), fifo("out")];
  const stdio = await open({ stdin, stdout });
  using client = new Client(stdout);
  await stdio[Symbol.asyncDispose]();
  await stdio[Symbol.asyncDispose]();
  assert.equal(await client.readToEnd(), "");
});

stdioTest("a fifo whose name is removed goes on", async ({ dir, fifo, open }) => {
  const stdout = fifo("out");
  await using stdio = await open({ stdout });
  using client = new Client(stdout);
  const child = run(stdio, "sh", "-c", `rm ${join(dir, "out")}; echo unlinked`);
  await stdio.spawned();
  assert.equal(await client.readToEnd(), "unlinked\n");
  await exitOf(child);
  assert.equal(await stdio.drained(0), "complete");
});

stdioTest("what is missing or unfit is named, and nothing stays open", async ({ dir, fifo, open }) => {
  const good = fifo("good");
  const directory = join(dir, "directory");
  mkdirSync(directory);
  const missing = join(dir, "missing");
  const rows = [
    [{ stdout: missing, stderr: good }, `open stdout "${missing}": no such file or directory`],
    [{ stdin: good, stdout: good, stderr: missing }, `open stderr "${missing}": no such file or directory`],
    [{ stdin: missing, stdout: good }, `open stdin "${missing}": no such file or directory`],
    [{ stdout: directory }, `open stdout "${directory}": illegal operation on a directory`],
    [{ stdin: good, stdout: `file://${good}/x` }, `open log file "${good}/x": file already exists`],
  ] as const;
  for (const [request, message] of rows) {
    await assert.rejects(open(request), (error: HawserError) => {
      assert.ok(error instanceof HawserError);
      assert.equal(error.message, message);
      assert.equal(error.code, Code.FailedPrecondition);
      return true;
    });
  }
  // No end of ours is left on the fifo.
  assert.equal(tryOpenFifoForWriting(good), undefined);
});

stdioTest("an aborted call opens nothing", async ({ fifo, open }) => {
  await assert.rejects(open({ stdout: fifo("out") }, AbortSignal.abort()), isCanceled);
});

stdioTest("file:// makes parents and appends both streams", async ({ dir, open, options }) => {
  const path = join(dir, "a/b/c.log");
  for (const word of ["one", "two"]) {
    await using stdio = await open({ stdout: `file://${path}`, stderr: `file://${path}` });
    const child = run(stdio, "sh", "-c", `echo ${word}; echo err >&2`);
    await stdio.spawned();
    await exitOf(child);
    assert.equal(await stdio.drained(0), "complete");
  }
  assert.equal(readFileSync(path, "utf8"), "one\nerr\ntwo\nerr\n");
  assert.equal(statSync(path).mode & 0o777, 0o644 & ~process.umask());
  assert.equal(statSync(join(dir, "a/b")).mode & 0o777, 0o755 & ~process.umask());
  assert.equal(options.bundleDir, dir);
});

stdioTest("a plain path to a file is appended to, by whatever two names", async ({ dir, open }) => {
  const path = join(dir, "log");
  writeFileSync(path, "before\n");
  await using stdio = await open({ stdout: path, stderr: `${dir}/./log` });
  assert.equal(stdio.child.stdout, stdio.child.stderr);
  const child = run(stdio, "sh", "-c", "echo out; echo err >&2");
  await stdio.spawned();
  await exitOf(child);
  assert.equal(readFileSync(path, "utf8"), "before\nout\nerr\n");
});

stdioTest("devices are fine, and stdin may be a file", async ({ dir, open }) => {
  const path = join(dir, "input");
  writeFileSync(path, "from a file\n");
  await using stdio = await open({ stdin: path, stdout: "/dev/null", stderr: join(dir, "input") });
  const child = run(stdio, "sh", "-c", "cat /proc/$$/fdinfo/1 >&2; cat >/dev/null");
  await stdio.spawned();
  assert.equal(await exitOf(child), "0");
  const flags = /flags:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1] ?? "";
  assert.equal(Number.parseInt(flags, 8) & O_NONBLOCK, 0);
});

stdioTest("waiting clients and fifos without peers hold up nothing", async ({ dir, fifo, open }) => {
  // Five of them: one more than Node's pool has threads. Any that waited in open(2) or read(2) would stop this test.
  const stdios = [];
  for (let index = 0; index < 5; index++) {
    stdios.push(await open({ stdin: fifo(`in${index}`), stdout: fifo(`out${index}`) }));
  }
  await Promise.all(stdios.map((stdio) => stdio.spawned()));
  await using stdio = await open({ stdout: `file://${join(dir, "log")}` });
  for (const other of stdios) await other[Symbol.asyncDispose]();
  openFifoForReading(join(dir, "out0"))[Symbol.dispose]();
  assert.equal(typeof stdio.child.stdout, "number");
});

stdioTest(
  "opened again for a process that runs, as after the death of a shim, it is kept as before",
  async (context) => {
    const { fifo, open } = context;
    const [stdin, stdout] = [fifo("in"), fifo("out")];
    const first = await open({ stdin, stdout });
    const child = run(first, "sh", "-c", "read x; echo got $x; read x; echo end");
    await first.spawned();
    await using second = await open({ stdin, stdout });
    await second.spawned();
    await first[Symbol.asyncDispose]();
    using client = new Client(stdout);
    const keyboard = openSync(stdin, "w");
    writeSync(keyboard, "it\n");
    closeSync(keyboard);
    await client.readUntil("got it\n");
    assert.equal(child.exitCode, null);
    second.closeStdin();
    assert.equal(await client.readToEnd(), "got it\nend\n");
    await exitOf(child);
    assert.equal(await second.drained(0), "complete");
  },
);
