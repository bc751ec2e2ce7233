import assert from "node:assert/strict";
import { test } from "node:test";
import { InputAccount, InputQueue, MAX_PENDING_BYTES } from "../../../../shim/attach/input-queue.ts";
import { pipe, setPipeSize } from "../../../../sys/fd.ts";
import { FdReader, FdWriter } from "../../../../sys/fd-io.ts";
import { until } from "../../../support/until.ts";

/** A queue whose process is the test, at the other end of a pipe of one page. */
function scene() {
  const notices: string[] = [];
  const queue = new InputQueue((notice) => notices.push(notice));
  const { read, write } = pipe();
  setPipeSize(write.fd, 4096);
  const reader = new FdReader(read);
  const writer = new FdWriter(write);
  const open = (endMark?: () => Uint8Array): void => {
    queue.open({ writer, ...(endMark ? { endMark } : {}), [Symbol.dispose]: () => writer[Symbol.dispose]() });
  };
  const readToEnd = async (): Promise<string> => {
    let text = "";
    for await (const bytes of reader) text += String(bytes);
    return text;
  };
  return { queue, reader, open, readToEnd, notices };
}

test("what is typed before there is a process waits for it, in order, and the end is behind it", async () => {
  await using stack = new AsyncDisposableStack();
  const { queue, open, readToEnd, reader } = scene();
  stack.use(queue);
  stack.use(reader);
  const [one, two] = [new InputAccount(), new InputAccount()];
  assert.ok(queue.add(one, Buffer.from("a")));
  assert.ok(queue.add(two, Buffer.from("b")));
  assert.ok(queue.add(one, Buffer.from("c")));
  queue.end();
  assert.ok(queue.add(two, Buffer.from("lost")));
  assert.deepEqual([one.taken, two.taken], [0, 0]);
  open();
  assert.equal(await readToEnd(), "abc");
  assert.deepEqual([one.taken, two.taken], [2, 5], "what nobody will read counts as taken");
  assert.equal(queue.isOpen, false);
});

test("frames of two sessions do not mix, however slowly they are read; what was taken is told", async () => {
  await using stack = new AsyncDisposableStack();
  const { queue, open, readToEnd, reader } = scene();
  stack.use(queue);
  stack.use(reader);
  const [one, two] = [new InputAccount(), new InputAccount()];
  let told = 0;
  one.onTaken = () => {
    told = one.taken;
  };
  open();
  for (let frame = 0; frame < 5; frame++) {
    queue.add(one, Buffer.alloc(10_000, "1"));
    queue.add(two, Buffer.alloc(10_000, "2"));
  }
  assert.ok(one.taken < 10_000);
  queue.end();
  assert.equal(await readToEnd(), ("1".repeat(10_000) + "2".repeat(10_000)).repeat(5));
  assert.deepEqual([told, two.taken], [50_000, 50_000]);
});

test("a session may have so much under way and no more; others are not concerned", async () => {
  await using queue = scene().queue;
  const [one, two] = [new InputAccount(), new InputAccount()];
  assert.ok(queue.add(one, Buffer.alloc(MAX_PENDING_BYTES)));
  assert.equal(queue.add(one, Buffer.alloc(1)), false);
  assert.equal(one.received, MAX_PENDING_BYTES);
  assert.ok(queue.add(two, Buffer.alloc(1)));
});

test("a process that closes its input is no failure: the rest counts as taken", async () => {
  const { queue, open, reader, notices } = scene();
  const account = new InputAccount();
  open();
  queue.add(account, Buffer.alloc(50_000));
  reader[Symbol.dispose]();
  await until(() => account.taken === 50_000, { what: "the rest" });
  assert.equal(queue.isOpen, false);
  assert.deepEqual(notices, []);
  await queue[Symbol.asyncDispose]();
});

test("on a terminal the end is a character, and more may be typed behind it", async () => {
  await using stack = new AsyncDisposableStack();
  const { queue, open, reader } = scene();
  stack.use(queue);
  stack.use(reader);
  const account = new InputAccount();
  open(() => Buffer.from("\x04"));
  queue.add(account, Buffer.from("x"));
  queue.end();
  queue.end();
  queue.add(account, Buffer.from("y"));
  assert.equal(String(await reader.read()), "x\x04\x04y");
  assert.equal(queue.isOpen, true);
});

test("frames of nothing and ends upon ends take no room while the process reads nothing", async () => {
  await using stack = new AsyncDisposableStack();
  const { queue, open, reader } = scene();
  stack.use(queue);
  stack.use(reader);
  const account = new InputAccount();
  let marks = 0;
  open(() => {
    marks++;
    return Buffer.from("\x04");
  });
  queue.add(account, Buffer.alloc(4096, "x"));
  for (let times = 0; times < 1000; times++) {
    assert.ok(queue.add(account, Buffer.alloc(0)));
    queue.end();
  }
  let seen = "";
  while (!seen.includes("\x04")) seen += String(await reader.read());
  queue.add(account, Buffer.from("y"));
  while (!seen.endsWith("y")) seen += String(await reader.read());
  assert.ok(marks <= 2, `${marks} ends were kept`);
  assert.equal(account.received, 4097);
});
