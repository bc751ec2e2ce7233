// Sessions over a socket that does what the test says, and services of the test's own: what comes back after a loss, what is sent
// again, and how it ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiService, apiService } from "../../../../../manager/api/api-service.ts";
import type {
  AttachNotice,
  AttachSessionOptions,
} from "../../../../../manager/client/attach/attach-options.ts";
import type { AttachSession } from "../../../../../manager/client/attach/attach-session.ts";
import { Client } from "../../../../../manager/client/client.ts";
import {
  ATTACH_INPUT_WINDOW_BYTES,
  AttachFrame,
  gapFrame,
  inputTakenFrame,
  readResize,
} from "../../../../../proto/attach-frame.ts";
import { Code, HawserError } from "../../../../../proto/errors.ts";
import { ReplayFrom } from "../../../../../proto/gen/attach.ts";
import { Containers } from "../../../../../proto/gen/containers.ts";
import { Logs } from "../../../../../proto/gen/logs.ts";
import { Processes } from "../../../../../proto/gen/processes.ts";
import { Version } from "../../../../../proto/gen/version.ts";
import { type FakeAttachSession, FakeAttachShim } from "../../../../fakes/attach-shim.ts";
import { GrpcWorld } from "../../../../support/grpc-world.ts";
import { useSuite } from "../../../../support/suite.ts";
import { until } from "../../../../support/until.ts";

const suite = useSuite();

const version = apiService(Version, { version: () => ({}) }, { isNamespaced: false });
const containers = apiService(Containers, { get: ({ id }) => ({ container: { id } }) });

/** A daemon, a shim and a client; all of it ends with the stack. */
async function world(stack: AsyncDisposableStack, ...services: ApiService[]) {
  const shim = stack.use(await FakeAttachShim.listen(suite));
  const own = services.length > 0 ? services : [shim.processes];
  const grpc = stack.use(await GrpcWorld.of(suite, [version, containers, ...own]));
  const client = stack.use(await Client.connect(grpc.socketPath));
  const container = await client.containers.get("web");
  const attach = (options: AttachSessionOptions = {}) => container.attach(options);
  return { shim, client, attach, grpc };
}

/** Everything that is yet to be read: output by stream, gaps in brackets. */
async function read(session: AttachSession): Promise<string> {
  let text = "";
  for await (const item of session) {
    if (item.gap !== undefined) text += `[${item.gap.from}-${item.gap.to}]`;
    else text += `${item.stream === "stderr" ? "!" : ""}${Buffer.from(item.bytes)}`;
  }
  return text;
}

test("a session gives output by stream and place, gaps, and the exit", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach({ replay: { fromOffset: 2n } });
  const peer = await shim.next();
  assert.equal(peer.open.containerId, "web");
  assert.equal(peer.open.replayFrom, ReplayFrom.REPLAY_FROM_OFFSET);
  peer.opened({ session: 7n, offset: 4n, isTerminal: true });
  peer.output(4, "ab");
  peer.output(6, "err", 2);
  peer.socket.write(gapFrame(9n, 20n));
  peer.output(20, "c");
  peer.exit({ exitStatus: 3, timedOut: true });
  const session = await attached;
  assert.equal(session.id, 7n);
  assert.equal(session.isTerminal, true);
  assert.equal(await read(session), "[2-4]ab!err[9-20]c");
  assert.equal(session.offset, 21n);
  assert.deepEqual((await session.ended).exit, {
    exitStatus: 3,
    exitedAt: undefined,
    isUnknown: false,
    oom: false,
    timedOut: true,
    output: "complete",
  });
});

test("a lost connection comes back to its place, and what was told twice is given once", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const notices: AttachNotice["kind"][] = [];
  const attached = attach({ replay: "all", onNotice: ({ kind }) => notices.push(kind) });
  const first = await shim.next();
  first.opened({ session: 7n });
  first.output(0, "hello ");
  const session = await attached;
  const text = read(session);
  await until(() => session.offset === 6n, { what: "the first piece" });
  first.destroy();
  const second = await shim.next();
  assert.deepEqual(
    [second.open.replayFrom, second.open.offset, second.open.resumedSession],
    [ReplayFrom.REPLAY_FROM_OFFSET, 6n, 7n],
  );
  second.opened({ session: 7n, offset: 6n, isResumed: true });
  second.output(3, "lo wor");
  second.output(9, "ld");
  second.exit();
  assert.equal(await text, "hello world");
  assert.deepEqual(notices, ["lost", "resumed"]);
});

test("a manager that is away delays no return: the socket is known", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach, grpc } = await world(stack);
  const attached = attach();
  const first = await shim.next();
  first.opened();
  const session = await attached;
  await grpc[Symbol.asyncDispose]();
  first.destroy();
  const second = await shim.next();
  second.opened({ isResumed: true });
  second.exit({ exitStatus: 4 });
  assert.equal((await session.ended).exit?.exitStatus, 4);
});

test("input that was not taken is sent again, and no more than that", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach();
  const first = await shim.next();
  first.opened();
  const session = await attached;
  await session.write(Buffer.from("abc"));
  await session.write(Buffer.from("def"));
  session.resize({ columns: 10, rows: 20 });
  await session.endInput();
  await first.got(AttachFrame.inputEnd);
  first.destroy();
  const second = await shim.next();
  second.opened({ isResumed: true, inputTaken: 2n });
  await second.got(AttachFrame.inputEnd);
  const size = await second.got(AttachFrame.resize);
  assert.equal(String(second.input), "cdef");
  assert.deepEqual(readResize(size), { columns: 10, rows: 20 });
  second.exit();
  await session.ended;
});

test("a shim that does not know the session any more gets no input that it may have had", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const unknown: number[] = [];
  const attached = attach({
    onNotice: (notice) => void (notice.kind === "inputUnknown" && unknown.push(notice.bytes)),
  });
  const first = await shim.next();
  first.opened({ session: 5n });
  const session = await attached;
  await session.write(Buffer.from("sent"));
  await until(() => first.input.length === 4, { what: "the input" });
  first.destroy();
  const second = await shim.next();
  await session.write(Buffer.from("later"));
  second.opened({ session: 1n });
  await until(() => second.input.length === 5, { what: "what was written meanwhile" });
  assert.equal(String(second.input), "later");
  assert.deepEqual(unknown, [4]);
  second.exit();
  await session.ended;
});

test("write() waits for a process that does not read, and signals and sizes pass it", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach();
  const peer = await shim.next();
  peer.opened();
  const session = await attached;
  const bytes = Buffer.alloc(3 * ATTACH_INPUT_WINDOW_BYTES, "x");
  let isWritten = false;
  const writing = session.write(bytes).then(() => {
    isWritten = true;
  });
  session.signal("SIGINT");
  assert.deepEqual([...(await peer.got(AttachFrame.signal))], [2]);
  await until(() => peer.input.length === ATTACH_INPUT_WINDOW_BYTES, { what: "a window of input" });
  assert.equal(isWritten, false);
  for (const windows of [1, 2]) {
    peer.socket.write(inputTakenFrame(BigInt(windows * ATTACH_INPUT_WINDOW_BYTES)));
    await until(() => peer.input.length === (windows + 1) * ATTACH_INPUT_WINDOW_BYTES, { what: "another" });
  }
  await writing;
  assert.deepEqual(peer.input, bytes);
  await assert.rejects(async () => {
    const full = session.write(bytes);
    peer.exit();
    await full;
  }, /the session has ended/);
});

test("what is not read stays in the socket: a reader that is slow bounds what is here", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach();
  const peer = await shim.next();
  peer.opened();
  const session = await attached;
  const piece = Buffer.alloc(128 * 1024, "y");
  let sent = 0;
  while (!peer.socket.writableNeedDrain || sent < 20) peer.output(sent++ * piece.length, piece);
  assert.ok(peer.socket.writableLength > 10 * piece.length);
  peer.exit();
  let bytes = 0;
  for await (const item of session) bytes += item.gap === undefined ? item.bytes.length : 0;
  assert.equal(bytes, sent * piece.length);
});

test("a cut session says why, and does not come back", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach();
  const peer = await shim.next();
  peer.opened();
  peer.cut({ reason: "lagged", message: "it did not read 16777216 bytes" });
  const session = await attached;
  assert.equal(await read(session), "");
  assert.deepEqual(await session.ended, {
    cut: { reason: "lagged", message: "it did not read 16777216 bytes" },
  });
  await assert.rejects(session.write(Buffer.from("x")), { code: Code.FailedPrecondition });
});

test("detach() says so, and the rest of the output is not waited for", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach();
  const peer = await shim.next();
  peer.opened();
  peer.output(0, "unread");
  const session = await attached;
  const detached = session.detach();
  await peer.got(AttachFrame.detach);
  peer.socket.end();
  await detached;
  assert.deepEqual(await session.ended, { detached: true });
  assert.equal(await read(session), "");
});

test("detach() of a session whose shim goes just then opens no other", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach();
  const peer = await shim.next();
  peer.opened();
  const session = await attached;
  const detached = session.detach();
  peer.cut({ code: Code.Unavailable, reason: "deleted", message: "it was deleted" });
  await detached;
  assert.deepEqual(await session.ended, { detached: true });
  assert.equal(shim.connections, 1);
});

test("what the shim refuses is the error of attach()", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach({ replay: { fromOffset: 100n } });
  const peer = await shim.next();
  peer.cut({ code: Code.OutOfRange, reason: "offset", message: "offset 100: only 5 bytes were printed" });
  await assert.rejects(attached, { code: Code.OutOfRange, message: /only 5 bytes/ });
});

test("a shim that speaks no sense ends the session with an error", async () => {
  for (const [type, payload] of [
    [99, "?"],
    [AttachFrame.output, "short"],
  ] as const) {
    await using stack = new AsyncDisposableStack();
    const { shim, attach } = await world(stack);
    const attached = attach();
    const peer = await shim.next();
    peer.opened();
    peer.send(type, Buffer.from(payload));
    const session = await attached;
    await assert.rejects(read(session), HawserError);
    await assert.rejects(session.ended, HawserError);
  }
});

test("frames of later versions are passed over", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach } = await world(stack);
  const attached = attach();
  const peer = await shim.next();
  peer.opened();
  peer.send(128, Buffer.from("new"));
  peer.output(0, "old");
  peer.exit();
  assert.equal(await read(await attached), "old");
});

test("a signal ends a session at any time, also one whose output nobody reads", async () => {
  await using stack = new AsyncDisposableStack();
  const { shim, attach, client } = await world(stack);
  const gaveUp = new AbortController();
  const early = attach({ signal: gaveUp.signal });
  await shim.next();
  gaveUp.abort();
  await assert.rejects(early, { code: Code.Canceled });

  const ending = new AbortController();
  const attached = attach({ signal: ending.signal });
  const peer = await shim.next();
  peer.opened();
  for (let count = 0; count < 20; count++) peer.output(count * 65536, Buffer.alloc(65536));
  const session = await attached;
  ending.abort();
  await assert.rejects(session.ended, { code: Code.Canceled });
  await assert.rejects(read(session), { code: Code.Canceled });

  const other = attach();
  (await shim.next()).opened();
  const open = await other;
  await client[Symbol.asyncDispose]();
  await assert.rejects(open.ended, { code: Code.Canceled, message: /client was closed/ });
});

/** A daemon whose shim has gone: it has a log and a record. */
function leftServices(shim: () => FakeAttachShim): ApiService[] {
  let asked = 0;
  const processes = apiService(Processes, {
    attach() {
      if (asked++ > 0) throw new HawserError(Code.FailedPrecondition, "its shim is gone");
      return { socketPath: shim().socketPath };
    },
    list: () => ({
      processes: [{ containerId: "web", end: { exitStatus: 9, output: "complete" }, isTerminal: true }],
    }),
  });
  const log = Buffer.from("0123456789");
  const logs = apiService(Logs, {
    async *read({ fromOffset, hasTail }) {
      if (fromOffset > 10n)
        throw new HawserError(Code.OutOfRange, `from offset ${fromOffset}: it ends at 10`);
      if (fromOffset < 2n) yield { records: [], gap: { fromOffset, toOffset: 2n, reason: "rotated" } };
      const at = hasTail ? 8 : Math.max(Number(fromOffset), 2);
      yield { records: [{ offset: BigInt(at), stream: 1, data: log.subarray(at) }] };
    },
  });
  return [processes, logs];
}

for (const [how, end] of [
  ["dies", async (_peer: FakeAttachSession, shim: FakeAttachShim) => await shim[Symbol.asyncDispose]()],
  [
    "ends",
    async (peer: FakeAttachSession, shim: FakeAttachShim) => {
      peer.cut({ code: Code.Unavailable, reason: "deleted", message: "it was deleted" });
      const again = await shim.next();
      again.cut({ code: Code.NotFound, reason: "not-found", message: "there is no such process here" });
    },
  ],
] as const)
  test(`when the shim ${how} meanwhile, the rest comes from log and record`, async () => {
    await using stack = new AsyncDisposableStack();
    let shim: FakeAttachShim | undefined;
    const services = leftServices(() => shim as FakeAttachShim);
    const made = await world(stack, ...services);
    shim = made.shim;
    const attached = made.attach({ replay: "all" });
    const peer = await shim.next();
    peer.opened();
    peer.output(0, "01234");
    const session = await attached;
    const text = read(session);
    await until(() => session.offset === 5n, { what: "the first piece" });
    await end(peer, shim);
    assert.equal(await text, "0123456789");
    assert.equal((await session.ended).exit?.exitStatus, 9);
  });

test("a hawserd that goes while it tells the rest is asked again for what it has not told", async () => {
  await using stack = new AsyncDisposableStack();
  const asked: bigint[] = [];
  let listed = 0;
  const processes = apiService(Processes, {
    attach() {
      throw new HawserError(Code.FailedPrecondition, "its shim is gone");
    },
    list() {
      if (listed++ === 1) throw new HawserError(Code.Unavailable, "the daemon is stopping");
      return { processes: [{ containerId: "web", end: { exitStatus: 9, output: "complete" } }] };
    },
  });
  const log = Buffer.from("0123456789");
  const logs = apiService(Logs, {
    async *read({ fromOffset }) {
      const at = Number(fromOffset);
      asked.push(fromOffset);
      yield { records: [{ offset: fromOffset, stream: 1, data: log.subarray(at, at + 5) }] };
      if (at === 0) throw new HawserError(Code.Unavailable, "the daemon was killed");
    },
  });
  const { attach } = await world(stack, processes, logs);
  const session = await attach({ replay: "all" });
  assert.equal(await read(session), "0123456789");
  assert.equal((await session.ended).exit?.exitStatus, 9);
  assert.deepEqual(asked, [0n, 5n]);
});

test("a session that is ahead of the log of a shim that was killed has all there is; a place of the future is refused", async () => {
  await using stack = new AsyncDisposableStack();
  let shim: FakeAttachShim | undefined;
  const services = leftServices(() => shim as FakeAttachShim);
  const made = await world(stack, ...services);
  shim = made.shim;
  const attached = made.attach({ replay: "all" });
  const peer = await shim.next();
  peer.opened();
  peer.output(0, "0123456789ab");
  const session = await attached;
  const text = read(session);
  await until(() => session.offset === 12n, { what: "all of it" });
  await shim[Symbol.asyncDispose]();
  assert.equal(await text, "0123456789ab");
  assert.equal((await session.ended).exit?.exitStatus, 9);
  const late = await made.attach({ replay: { fromOffset: 99n } });
  await assert.rejects(read(late), { code: Code.OutOfRange, message: /it ends at 10/ });
});

test("of a process that has ended, what is left can be attached to", async () => {
  for (const [replay, expected] of [
    ["none", ""],
    ["all", "23456789"],
    [{ lastBytes: 3 }, "789"],
    [{ lastBytes: 100 }, "23456789"],
    [{ fromOffset: 4n }, "456789"],
    [{ fromOffset: 0n }, "[0-2]23456789"],
  ] as const) {
    await using stack = new AsyncDisposableStack();
    let asked = false;
    const services = leftServices(() => {
      asked = true;
      throw new HawserError(Code.FailedPrecondition, "its shim is gone");
    });
    const { attach } = await world(stack, ...services);
    const session = await attach({ replay });
    assert.equal(session.isTerminal, true);
    assert.equal(
      await read(session),
      expected,
      JSON.stringify(replay, (_, value) => String(value)),
    );
    assert.equal((await session.ended).exit?.exitStatus, 9);
    assert.ok(asked);
  }
});

test("a process that lives and cannot be attached to is refused with the reason", async () => {
  await using stack = new AsyncDisposableStack();
  const processes = apiService(Processes, {
    attach() {
      throw new HawserError(Code.FailedPrecondition, "its output goes to a fifo");
    },
    list: () => ({ processes: [{ containerId: "web" }] }),
  });
  const { attach } = await world(stack, processes);
  await assert.rejects(attach(), { code: Code.FailedPrecondition, message: /goes to a fifo/ });
});
