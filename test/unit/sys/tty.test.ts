import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants, openSync } from "node:fs";
import { test } from "node:test";
import { OwnedFd } from "../../../sys/fd.ts";
import { isTerminal, makeRaw, openPty, PtyMaster, setWindowSize, windowSize } from "../../../sys/tty.ts";
import { openFds } from "./support.ts";

const slaveFlags = constants.O_RDWR | constants.O_NOCTTY;

test("setWindowSize() on the master is seen on the slave, and numbers that do not fit are cut", () => {
  const { master, slavePath } = openPty();
  using slave = OwnedFd.open(slavePath, slaveFlags);
  setWindowSize(master.fd, { columns: 132, rows: 43 });
  assert.deepEqual(windowSize(slave.fd), { columns: 132, rows: 43 });
  setWindowSize(slave.fd, { columns: 70000, rows: -1 });
  assert.deepEqual(windowSize(master.fd), { columns: 65535, rows: 0 });
  master.close();
});

test("isTerminal() and windowSize() know a terminal from a file", () => {
  using file = OwnedFd.open("/dev/null", constants.O_RDWR);
  assert.equal(isTerminal(file.fd), false);
  assert.throws(() => windowSize(file.fd), { code: "ENOTTY", syscall: "ioctl" });
  assert.throws(() => makeRaw(file.fd), { code: "ENOTTY" });
  const { master } = openPty();
  assert.equal(isTerminal(master.fd), true);
  master.close();
});

function settings(fd: number): string {
  return String(spawnSync("stty", ["-a"], { stdio: [fd, "pipe", "inherit"] }).stdout);
}

test("makeRaw() is what stty calls raw, and its undo is what was before", () => {
  const { master, slavePath } = openPty();
  using slave = OwnedFd.open(slavePath, slaveFlags);
  const before = settings(slave.fd);
  const undo = makeRaw(slave.fd);
  const raw = settings(slave.fd);
  for (const word of [
    "-icanon",
    "-echo",
    "-isig",
    "-iexten",
    "-opost",
    "-icrnl",
    "-ixon",
    "cs8",
    "min = 1",
  ]) {
    assert.ok(raw.includes(word), `${word} in ${raw}`);
  }
  undo();
  undo();
  assert.equal(settings(slave.fd), before);
  master.close();
  undo();
});

test("PtyMaster carries both ways and ends, with everything read, when the last slave is closed", async () => {
  const before = openFds();
  const { master, slavePath } = openPty();
  {
    using pty = new PtyMaster(master);
    pty.resize({ columns: 80, rows: 24 });
    const slave = openSync(slavePath, slaveFlags);
    const child = spawn("/bin/sh", ["-c", "stty size; read line; echo got $line; seq 1 20000"], {
      stdio: [slave, slave, slave],
      detached: true,
    });
    const exit = once(child, "exit");
    new OwnedFd(slave).close();
    await pty.input.write(Buffer.from("hello\n"));
    let text = "";
    for await (const bytes of pty.output) text += bytes;
    assert.match(text, /24 80\r\n/);
    assert.match(text, /got hello\r\n/);
    assert.ok(text.endsWith("\r\n19999\r\n20000\r\n"), "nothing written before the end is lost");
    assert.deepEqual(await exit, [0, null]);
  }
  assert.deepEqual(openFds(), before);
});

test("PtyMaster that finds no descriptor leaves none: one that stayed would keep the terminal from hanging up", (t) => {
  const before = openFds();
  const { master } = openPty();
  const dup = master.dup.bind(master);
  t.mock.method(master, "dup", dup).mock.mockImplementationOnce(() => {
    throw new Error("EMFILE");
  }, 1);
  assert.throws(() => new PtyMaster(master), /EMFILE/);
  assert.deepEqual(openFds(), before);
});

test("PtyMaster that is not read stops its writer instead of growing", async () => {
  const { master, slavePath } = openPty();
  using pty = new PtyMaster(master);
  const slave = openSync(slavePath, slaveFlags | constants.O_NONBLOCK);
  using owned = new OwnedFd(slave);
  const { tryWrite } = await import("../../../sys/fd-io.ts");
  let taken = 0;
  for (let count = tryWrite(owned.fd, Buffer.alloc(4096)); count > 0; ) {
    taken += count;
    count = tryWrite(owned.fd, Buffer.alloc(4096));
  }
  assert.ok(taken < 1024 * 1024, `${taken} bytes taken`);
  assert.ok((await pty.output.read())?.length);
});
