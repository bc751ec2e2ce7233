import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { mock } from "node:test";
import { isDeadlineExceeded, isFailedPrecondition, isInvalidArgument } from "../../../../proto/errors.ts";
import type { ProcessStdio } from "../../../../shim/stdio/process-stdio.ts";
import { OwnedFd } from "../../../../sys/fd.ts";
import { sendFds, unixAddress } from "../../../../sys/fd-passing.ts";
import { tryOpenFifoForWriting } from "../../../../sys/fifo.ts";
import { syscall } from "../../../../sys/libc.ts";
import { openPty } from "../../../../sys/tty.ts";
import { until } from "../../../support/until.ts";
import { Client, exitOf, fixture, stdioTest } from "./support.ts";

const MIB = 1024 * 1024;

function sendToConsole(stdio: ProcessStdio, fd: number): void {
  using socket = new OwnedFd(syscall("socket", [1, 1 | 0o2000000, 0]));
  const address = unixAddress(stdio.consoleSocket ?? "");
  syscall("connect", [socket.fd, address, address.length]);
  sendFds(socket.fd, [fd]);
}

/** Does what an OCI runtime does: makes a pty, sends its master, and runs the process with the slave as its terminal. */
function runOnTerminal(stdio: ProcessStdio, script: string, program = "setsid"): ChildProcess {
  assert.deepEqual(stdio.child, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  const { master, slavePath } = openPty();
  const slave = openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY);
  sendToConsole(stdio, master.fd);
  master.close();
  const child = spawn(program, ["-c", ...(program === "setsid" ? ["sh", "-c"] : []), script], {
    stdio: [slave, slave, slave],
  });
  closeSync(slave);
  return child;
}

stdioTest("a terminal's output reaches the client and ends with it, not with Delete", async (context) => {
  const { fifo, open } = context;
  const stdout = fifo("out");
  await using stdio = await open({ stdout, stderr: "/nowhere", isTerminal: true });
  using client = new Client(stdout);
  const child = runOnTerminal(stdio, "tty -s && echo hello");
  await stdio.spawned();
  assert.equal(await client.readToEnd(), "hello\r\n");
  assert.equal(await exitOf(child), "0");
  assert.equal(await stdio.drained(1_000), "complete");
});

stdioTest("the size is set before the process can look, and changed later", async ({ fifo, open }) => {
  const [stdin, stdout] = [fifo("in"), fifo("out")];
  await using stdio = await open({ stdin, stdout, isTerminal: true });
  using client = new Client(stdout);
  stdio.resize(123, 45);
  stdio.resize(0, 0);
  // As with a container that was created and not started: the process looks after spawned().
  const child = runOnTerminal(stdio, "stty -echo; echo up; read x; stty size; read x; stty size");
  await stdio.spawned();
  using keyboard = tryOpenFifoForWriting(stdin);
  assert.ok(keyboard);
  await client.readUntil("up");
  writeSync(keyboard.fd, "\n");
  await client.readUntil("45 123");
  stdio.resize(80, 24);
  stdio.resize(80, 0);
  assert.throws(() => stdio.resize(65_536, 24), isInvalidArgument);
  writeSync(keyboard.fd, "\n");
  await client.readUntil("24 80");
  await exitOf(child);
  await client.readToEnd();
  stdio.resize(1, 1);
});

stdioTest(
  "closeStdin() ends a reader in a terminal after what was typed, and keeps its output",
  async (context) => {
    const { fifo, open } = context;
    for (const typed of ["", "line\n", "unfinished"]) {
      const [stdin, stdout] = [fifo(`in${typed.length}`), fifo(`out${typed.length}`)];
      await using stdio = await open({ stdin, stdout, isTerminal: true });
      using client = new Client(stdout);
      {
        using keyboard = tryOpenFifoForWriting(stdin);
        assert.ok(keyboard);
        writeSync(keyboard.fd, typed);
      }
      stdio.closeStdin();
      stdio.closeStdin();
      const child = runOnTerminal(stdio, "stty -echo; cat; echo END");
      await stdio.spawned();
      const text = await client.readToEnd();
      assert.ok(text.endsWith("END\r\n"), text);
      assert.ok(text.includes(typed.trim()), text);
      assert.equal(await exitOf(child), "0");
    }
  },
);

stdioTest("writing to the stdin of an ended terminal is refused", async ({ fifo, open }) => {
  const [stdin, stdout] = [fifo("in"), fifo("out")];
  await using stdio = await open({ stdin, stdout, isTerminal: true });
  using client = new Client(stdout);
  const child = runOnTerminal(stdio, "true");
  await stdio.spawned();
  await client.readToEnd();
  await exitOf(child);
  await until(
    () => {
      using keyboard = tryOpenFifoForWriting(stdin);
      return keyboard === undefined;
    },
    { what: "nobody reads stdin" },
  );
});

stdioTest("a client of a terminal goes away and comes back", async ({ fifo, open }) => {
  const [stdin, stdout] = [fifo("in"), fifo("out")];
  await using stdio = await open({ stdin, stdout, isTerminal: true });
  const child = runOnTerminal(stdio, "stty -echo; echo first; read x; echo second");
  await stdio.spawned();
  {
    using client = new Client(stdout);
    await client.readUntil("first");
  }
  {
    using keyboard = tryOpenFifoForWriting(stdin);
    assert.ok(keyboard);
    writeSync(keyboard.fd, "\n");
  }
  assert.equal(await exitOf(child), "0");
  using client = new Client(stdout);
  assert.match(await client.readToEnd(), /second\r\n$/);
  assert.equal(await stdio.drained(1_000), "complete");
});

stdioTest(
  "a client that does not read holds back its container; the rest comes after the exit",
  async (context) => {
    const { fifo, open } = context;
    const stdout = fifo("out");
    await using stdio = await open({ stdout, isTerminal: true });
    using client = new Client(stdout);
    const child = runOnTerminal(stdio, `stty raw; head -c ${4 * MIB} /dev/zero`);
    await stdio.spawned();
    // It stops when fifo and terminal are full, and nothing piles up here.
    const writeBytes = () => {
      const io = readFileSync("/proc/self/io", "utf8");
      return Number(/^wchar: (\d+)$/m.exec(io)?.[1]);
    };
    let before = -1;
    let stable = 0;
    await until(
      () => {
        const now = writeBytes();
        stable = now === before && now > MIB / 8 ? stable + 1 : 0;
        before = now;
        return stable > 5;
      },
      { what: "copying has stopped" },
    );
    assert.equal(child.exitCode, null);
    assert.ok(process.memoryUsage().arrayBuffers < 64 * MIB);
    const drained = exitOf(child).then(() => stdio.drained(10_000));
    await client.readToEnd();
    assert.equal(client.byteLength, 4 * MIB);
    assert.notEqual(await drained, "cut");
  },
);

stdioTest("drained() cuts when nobody takes the rest within the budget", async ({ fifo, open, notices }) => {
  const stdout = fifo("out");
  const stdio = await open({ stdout, isTerminal: true });
  // No session of its own: the exit of a session's leader hangs up for everyone, and a grandchild could keep nothing.
  const child = runOnTerminal(stdio, "sleep 1000 & echo $!", "sh");
  await stdio.spawned();
  assert.equal(await exitOf(child), "0");
  using client = new Client(stdout);
  await client.readUntil("\n");
  // The grandchild has the terminal still: it is hung up.
  assert.equal(await stdio.drained(50), "cut");
  await stdio[Symbol.asyncDispose]();
  assert.match(notices.join("\n"), /did not end within 50 ms: hanging up/);
  const pid = Number.parseInt(client.text, 10);
  await client.readToEnd();
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // SIGHUP was enough
  }
});

stdioTest("a terminal whose output nobody wants is read all the same", async ({ open }) => {
  await using stdio = await open({ isTerminal: true });
  const child = runOnTerminal(stdio, `head -c ${MIB} /dev/zero; exit 5`);
  await stdio.spawned();
  assert.equal(await exitOf(child), "5");
  assert.equal(await stdio.drained(1_000), "complete");
});

stdioTest("a terminal can go to a file", async ({ dir, open }) => {
  const path = join(dir, "logs/terminal");
  await using stdio = await open({ stdout: `file://${path}`, isTerminal: true });
  const child = runOnTerminal(stdio, `stty raw; head -c ${MIB} /dev/zero`);
  await stdio.spawned();
  await exitOf(child);
  assert.equal(await stdio.drained(10_000), "complete");
  assert.equal(readFileSync(path).length, MIB);
});

stdioTest("a terminal goes on when its output cannot be written", async ({ open, notices }) => {
  await using stdio = await open({ stdout: "/dev/full", isTerminal: true });
  const child = runOnTerminal(stdio, `stty raw; head -c ${MIB} /dev/zero; exit 6`);
  await stdio.spawned();
  assert.equal(await exitOf(child), "6");
  assert.equal(await stdio.drained(10_000), "cut");
  assert.match(notices.join("\n"), /dropping it from here on.*ENOSPC/);
  assert.match(notices.join("\n"), /1048576 bytes of a terminal's output were dropped/);
});

stdioTest("a terminal can go to a logger", async ({ dir, open }) => {
  const out = join(dir, "log");
  const stdout = `binary-v2://${fixture("logger-byte")}?out=${out}`;
  await using stdio = await open({ stdout, isTerminal: true });
  const child = runOnTerminal(stdio, "echo logged");
  await stdio.spawned();
  await exitOf(child);
  assert.equal(await stdio.drained(10_000), "complete");
  assert.equal(readFileSync(out, "utf8"), "logged\r\n");
});

stdioTest("a runtime that sends no terminal is told so", async ({ dir, open }) => {
  writeFileSync(join(dir, "file"), "");
  await using stdio = await open({ isTerminal: true });
  using file = OwnedFd.open(join(dir, "file"), constants.O_RDONLY);
  sendToConsole(stdio, file.fd);
  await assert.rejects(stdio.spawned(), (error: Error) => {
    assert.ok(isFailedPrecondition(error));
    return error.message.startsWith("receive terminal: ");
  });
});

stdioTest("when the runtime fails, the console socket is gone", async ({ fifo, open }) => {
  const stdout = fifo("out");
  const stdio = await open({ stdin: fifo("in"), stdout, isTerminal: true });
  using client = new Client(stdout);
  const socket = stdio.consoleSocket ?? "";
  await stdio[Symbol.asyncDispose]();
  await stdio[Symbol.asyncDispose]();
  assert.equal(await client.readToEnd(), "");
  assert.throws(() => readFileSync(socket), /ENOENT/);
});

stdioTest(
  "a terminal that does not come after the runtime has succeeded is an error after 10 s",
  async ({ open }) => {
    await using stdio = await open({ isTerminal: true });
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const spawned = assert.rejects(stdio.spawned(), isDeadlineExceeded);
      mock.timers.tick(10_000);
      await spawned;
    } finally {
      mock.timers.reset();
    }
  },
);
