import assert from "node:assert/strict";
import { constants, fstatSync, readSync, writeSync } from "node:fs";
import { test } from "node:test";
import {
  duplicate,
  eventFd,
  isCloseOnExec,
  OwnedFd,
  pipe,
  setCloseOnExec,
  setNonBlocking,
  setPipeSize,
  statusFlags,
} from "../../../sys/fd.ts";
import { openFds } from "./support.ts";

test("OwnedFd closes once, and says EBADF to whoever asks for the number after that", () => {
  const fd = OwnedFd.open("/dev/null", constants.O_RDONLY);
  const number = fd.fd;
  fd.close();
  fd.close();
  fd[Symbol.dispose]();
  assert.equal(fd.isOpen, false);
  assert.throws(() => fd.fd, { code: "EBADF" });
  assert.throws(() => fstatSync(number), { code: "EBADF" });
});

test("OwnedFd.release() gives the number away and closes nothing", () => {
  const fd = OwnedFd.open("/dev/null", constants.O_RDONLY);
  const number = fd.release();
  fd.close();
  assert.ok(fstatSync(number).isCharacterDevice());
  using taken = new OwnedFd(number);
  assert.equal(taken.fd, number);
});

test("OwnedFd throws the system error of a failed open and leaks nothing", () => {
  const before = openFds();
  assert.throws(() => OwnedFd.open("/nowhere/at/all", constants.O_RDONLY), { code: "ENOENT" });
  assert.throws(() => duplicate(-1), { code: "EBADF" });
  assert.deepEqual(openFds(), before);
});

test("every descriptor is close-on-exec from birth", () => {
  const { read, write } = pipe();
  const fds = [read, write, read.dup(), eventFd(), OwnedFd.open("/dev/null", constants.O_RDWR), duplicate(0)];
  for (const fd of fds) {
    assert.equal(isCloseOnExec(fd.fd), true);
    assert.ok(fd.fd > 2);
  }
  setCloseOnExec(read.fd, false);
  assert.equal(isCloseOnExec(read.fd), false);
  setCloseOnExec(read.fd, true);
  assert.equal(isCloseOnExec(read.fd), true);
  for (const fd of fds) fd.close();
});

test("OwnedFd.dup() is the same open file with a life of its own", () => {
  const { read, write } = pipe({ nonBlocking: true });
  const copy = write.dup();
  write.close();
  writeSync(copy.fd, "x");
  assert.equal(readSync(read.fd, Buffer.alloc(4)), 1);
  assert.throws(() => readSync(read.fd, Buffer.alloc(4)), { code: "EAGAIN" });
  copy.close();
  assert.equal(readSync(read.fd, Buffer.alloc(4)), 0);
  read.close();
});

test("setNonBlocking() changes O_NONBLOCK and no other flag", () => {
  const { read, write } = pipe();
  const flags = statusFlags(write.fd);
  setNonBlocking(write.fd, true);
  assert.equal(statusFlags(write.fd), flags | constants.O_NONBLOCK);
  setNonBlocking(write.fd, false);
  assert.equal(statusFlags(write.fd), flags);
  read.close();
  write.close();
});

test("setPipeSize() answers what the kernel gave", () => {
  const { read, write } = pipe();
  assert.equal(setPipeSize(write.fd, 5000), 8192);
  assert.throws(() => setPipeSize(-1, 4096), { code: "EBADF" });
  read.close();
  write.close();
});
