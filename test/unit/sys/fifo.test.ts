import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pipe } from "../../../sys/fd.ts";
import { FdReader, FdWriter } from "../../../sys/fd-io.ts";
import {
  isFifo,
  makeFifo,
  openFifoForBoth,
  openFifoForReading,
  openFifoForWriting,
  tryOpenFifoForWriting,
} from "../../../sys/fifo.ts";
import { Change, Inotify } from "../../../sys/inotify.ts";
import { openFds, temporaryDir, until } from "./support.ts";

const forever = () => new AbortController().signal;

test("makeFifo() makes a fifo with exactly that mode and owner, once", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "f");
  makeFifo(path, { mode: 0o666, uid: 1000, gid: 1001 });
  const stat = statSync(path);
  assert.ok(stat.isFIFO());
  assert.deepEqual([stat.mode & 0o777, stat.uid, stat.gid], [0o666, 1000, 1001]);
  assert.throws(() => makeFifo(path), { code: "EEXIST", path });
});

test("opening a fifo refuses what is no fifo, and leaks nothing", () => {
  const before = openFds();
  assert.throws(() => openFifoForReading(import.meta.filename), { code: "EINVAL" });
  assert.throws(() => openFifoForReading("/nowhere/at/all"), { code: "ENOENT" });
  assert.deepEqual(openFds(), before);
});

test("FdReader waits for the first writer of a fifo, and sees the end with the last", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "f");
  makeFifo(path);
  using reader = new FdReader(openFifoForReading(path));
  let text: string | undefined;
  const reading = reader.read().then((bytes) => {
    text = String(bytes);
  });
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(text, undefined, "a fifo nobody wrote to has not ended");
  const writer = tryOpenFifoForWriting(path);
  assert.ok(writer && isFifo(writer.fd));
  writeSync(writer.fd, "hello");
  await reading;
  assert.equal(text, "hello");
  writer.close();
  assert.equal(await reader.read(), undefined);
});

test("openFifoForBoth() keeps the reader from the end and the writer from EPIPE", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "f");
  makeFifo(path);
  using reader = new FdReader(openFifoForBoth(path));
  for (const word of ["one", "two"]) {
    const fd = openSync(path, "a");
    writeSync(fd, word);
    closeSync(fd);
    assert.equal(String(await reader.read()), word);
  }
  const controller = new AbortController();
  const waiting = reader.read({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  const after = reader.read();
  reader[Symbol.dispose]();
  await assert.rejects(after, { code: "EBADF" });
});

test("openFifoForWriting() comes with a reader, whether that one blocks in open or not", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "f");
  makeFifo(path);
  assert.equal(tryOpenFifoForWriting(path), undefined);
  const first = openFifoForWriting(path, { signal: forever() });
  const reader = openFifoForReading(path);
  (await first).close();
  reader.close();
  const second = openFifoForWriting(path, { signal: forever() });
  const cat = spawn("cat", [path], { stdio: ["ignore", "pipe", "inherit"] });
  const writer = new FdWriter(await second);
  const closed = once(cat, "close");
  let text = "";
  cat.stdout.on("data", (chunk) => {
    text += chunk;
  });
  await writer.write(Buffer.from("to cat"));
  writer[Symbol.dispose]();
  await closed;
  assert.equal(text, "to cat");
});

test("openFifoForWriting() gives up when told and leaves no descriptor, and says when the fifo is missing", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "f");
  makeFifo(path);
  const before = openFds();
  const controller = new AbortController();
  const waiting = openFifoForWriting(path, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(openFifoForWriting(`${path}x`), { code: "ENOENT" });
  assert.deepEqual(openFds(), before);
});

test("waiting fifos leave the thread pool free", async () => {
  using dir = temporaryDir();
  const readers = Array.from({ length: 16 }, (_, index) => {
    const path = join(dir.path, `f${index}`);
    makeFifo(path);
    return new FdReader(openFifoForBoth(path));
  });
  const waiting = readers.map((reader) => assert.rejects(reader.read(), { code: "EBADF" }));
  const { readFile } = await import("node:fs/promises");
  assert.deepEqual(await readFile(import.meta.filename), readFileSync(import.meta.filename));
  for (const reader of readers) reader[Symbol.dispose]();
  await Promise.all(waiting);
});

test("FdWriter and FdReader carry 16 MiB through a pipe, whole and in order", async () => {
  const before = openFds();
  const ends = pipe();
  {
    using reader = new FdReader(ends.read);
    const sent = Buffer.alloc(16 * 1024 * 1024);
    for (let at = 0; at < sent.length; at += 4) sent.writeUInt32LE(at, at);
    const writing = (async () => {
      using writer = new FdWriter(ends.write);
      await writer.write(sent);
    })();
    const chunks: Buffer[] = [];
    for await (const bytes of reader) chunks.push(bytes);
    await writing;
    assert.ok(Buffer.concat(chunks).equals(sent));
  }
  assert.deepEqual(openFds(), before);
});

test("FdWriter.write() holds what the reader does not take, and ends with EPIPE when the reader goes", async () => {
  const ends = pipe();
  using writer = new FdWriter(ends.write);
  let isDone = false;
  const writing = writer.write(Buffer.alloc(1024 * 1024)).finally(() => {
    isDone = true;
  });
  writing.catch(() => undefined);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isDone, false);
  assert.equal(writer.tryWrite(Buffer.from("x")), 0);
  ends.read.close();
  await assert.rejects(writing, { code: "EPIPE" });
});

test("Inotify tells what happened in a directory, in order, and nothing after it was disposed", async () => {
  using dir = temporaryDir();
  const before = openFds();
  const names: string[] = [];
  {
    using inotify = new Inotify((change) => names.push(change.name));
    const watch = inotify.add(dir.path, Change.create);
    for (const name of ["a", "bé", "c"]) makeFifo(join(dir.path, name));
    await until(() => names.length === 3, "three changes");
    inotify.remove(watch);
    inotify.remove(watch);
    await until(() => names.length === 4, "the end of the watch");
    assert.throws(() => inotify.add("/nowhere/at/all", Change.create), { code: "ENOENT" });
  }
  assert.deepEqual(names, ["a", "bé", "c", ""]);
  assert.deepEqual(openFds(), before);
});
