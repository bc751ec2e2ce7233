import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { unpack } from "../../../proto/any.ts";
import { Code, HawserError, isCanceled, isDeadlineExceeded } from "../../../proto/errors.ts";
import type { Envelope } from "../../../proto/gen/envelope.ts";
import { TaskExecAdded, TaskExit, TaskStart } from "../../../proto/gen/events.ts";
import { Events } from "../../../proto/gen/forward.ts";
import { EVENT_ID_METADATA } from "../../../proto/metadata-keys.ts";
import { toNanoseconds } from "../../../proto/timestamp.ts";
import { EventQueue } from "../../../shim/event-queue.ts";
import type { Log, LogFields } from "../../../shim/log.ts";
import { Publisher, type PublisherOptions } from "../../../shim/publisher.ts";
import { Server } from "../../../ttrpc/index.ts";
import { temporaryDir, until } from "../sys/support.ts";

interface Received {
  readonly envelope: Envelope;
  readonly eventId: string | undefined;
  readonly namespace: string | undefined;
}

/** A manager that keeps what it is told; `answer` may throw, or take its time. */
class Manager implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server: Server;

  constructor(answer: (received: Received) => Promise<void> | void = () => undefined) {
    this.#server = new Server().register(Events, {
      forward: async ({ envelope }, { metadata }) => {
        assert.ok(envelope);
        const received = {
          envelope,
          eventId: metadata.get(EVENT_ID_METADATA),
          namespace: metadata.get("containerd-namespace-ttrpc"),
        };
        this.received.push(received);
        await answer(received);
        return {};
      },
    });
  }

  static async at(address: string, answer?: (received: Received) => Promise<void> | void): Promise<Manager> {
    const manager = new Manager(answer);
    await manager.#server.listen(address);
    return manager;
  }

  get pids(): number[] {
    return this.received.map((received) => pidOf(received));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.close();
  }
}

function pidOf({ envelope }: Received): number {
  assert.ok(envelope.event);
  return unpack(envelope.event, TaskStart).pid;
}

class MemoryLog implements Log {
  readonly lines: { level: string; message: string; fields: LogFields | undefined }[] = [];
  debug = (message: string, fields?: LogFields) => this.#add("debug", message, fields);
  info = (message: string, fields?: LogFields) => this.#add("info", message, fields);
  warn = (message: string, fields?: LogFields) => this.#add("warn", message, fields);
  error = (message: string, fields?: LogFields) => this.#add("error", message, fields);

  #add(level: string, message: string, fields: LogFields | undefined): void {
    this.lines.push({ level, message, fields });
  }
}

function publisherFor(address: string, more: Partial<PublisherOptions> = {}): Publisher {
  return new Publisher({
    address,
    namespace: "test-ns",
    queue: EventQueue.open(),
    log: new MemoryLog(),
    firstPauseMs: 1,
    longestPauseMs: 5,
    ...more,
  });
}

const started = (publisher: Publisher, pid: number): void =>
  publisher.publish(TaskStart, { containerId: "c1", pid });

test("an event arrives with its topic, namespace, time of publication and type", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  await using manager = await Manager.at(address);
  await using publisher = publisherFor(address);
  const before = BigInt(Date.now()) * 1_000_000n;
  publisher.publish(TaskExit, { containerId: "c1", id: "c1", pid: 7, exitStatus: 137 });
  await publisher.flush();
  const [received] = manager.received;
  assert.equal(received?.namespace, "test-ns");
  assert.equal(received?.envelope.namespace, "test-ns");
  assert.equal(received?.envelope.topic, "/tasks/exit");
  assert.equal(received?.envelope.event?.typeUrl, "containerd.events.TaskExit");
  const at = toNanoseconds(received?.envelope.timestamp) ?? 0n;
  assert.ok(at >= before && at <= BigInt(Date.now() + 1) * 1_000_000n);
  assert.match(received?.eventId ?? "", /^[0-9a-f]{32}\/1$/);
});

test("an empty address means that nobody wants events", async () => {
  await using publisher = publisherFor("");
  started(publisher, 1);
  assert.equal(publisher.waiting, 0);
  await publisher.flush();
});

test("events are sent one at a time, in order, each with a time and an id of its own", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  let inFlight = 0;
  await using manager = await Manager.at(address, async () => {
    assert.equal(++inFlight, 1);
    await new Promise((resolve) => setImmediate(resolve));
    inFlight--;
  });
  await using publisher = publisherFor(address);
  for (let pid = 1; pid <= 200; pid++) started(publisher, pid);
  await publisher.flush();
  assert.deepEqual(
    manager.pids,
    [...Array(200).keys()].map((index) => index + 1),
  );
  const times = manager.received.map(({ envelope }) => toNanoseconds(envelope.timestamp) ?? 0n);
  assert.ok(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0n)));
  assert.equal(new Set(manager.received.map(({ eventId }) => eventId)).size, 200);
});

test("publish() returns at once and keeps events while the manager is away; they arrive when it comes", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  const log = new MemoryLog();
  let attempts = 0;
  const { Client } = await import("../../../ttrpc/index.ts");
  await using publisher = publisherFor(address, {
    log,
    connect: (to, options) => {
      attempts++;
      return Client.connect(to, options);
    },
  });
  for (let pid = 1; pid <= 3; pid++) started(publisher, pid);
  await until(() => attempts > 10, "more than ten attempts");
  await using manager = await Manager.at(address);
  await publisher.flush();
  assert.deepEqual(manager.pids, [1, 2, 3]);
  assert.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [
      ["warn", "forward event, trying again until it works"],
      ["info", "manager takes events again"],
    ],
  );
});

test("a manager that is restarted gets every event, the later ones behind the earlier ones", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  await using publisher = publisherFor(address);
  const pids: number[] = [];
  for (let life = 0; life < 5; life++) {
    await using manager = await Manager.at(address);
    for (let pid = life * 10; pid < life * 10 + 10; pid++) started(publisher, pid);
    await until(() => manager.received.length >= 5, "half of the events");
    pids.push(...manager.pids);
  }
  await using manager = await Manager.at(address);
  await publisher.flush();
  pids.push(...manager.pids);
  // At least once: what was in flight when a manager died comes again, right behind itself.
  const once = pids.filter((pid, index) => pid !== pids[index - 1]);
  assert.deepEqual(once, [...Array(50).keys()]);
});

test("what the manager took without our hearing of it comes again: same bytes, same id, same place", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  await using publisher = publisherFor(address);
  const first = await Manager.at(address, async () => first[Symbol.asyncDispose]());
  started(publisher, 1);
  started(publisher, 2);
  await until(() => first.received.length === 1, "the first event");
  await until(() => publisher.waiting === 2, "nothing acknowledged");
  await using second = await Manager.at(address);
  await publisher.flush();
  assert.deepEqual(second.pids, [1, 2]);
  assert.deepEqual(second.received[0], first.received[0]);
});

test("a shim that was killed between sending and acknowledging leaves the event to its successor", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  const path = join(dir.path, "events");
  let isHung = true;
  await using manager = await Manager.at(address, () =>
    isHung ? new Promise<void>(() => undefined) : undefined,
  );
  const killed = publisherFor(address, { queue: EventQueue.open({ path }) });
  started(killed, 1);
  started(killed, 2);
  await until(() => manager.received.length === 1, "the event at the manager");
  await killed[Symbol.asyncDispose]();
  isHung = false;
  await using successor = publisherFor(address, { queue: EventQueue.open({ path }) });
  successor.start();
  started(successor, 3);
  await successor.flush();
  assert.deepEqual(manager.pids, [1, 1, 2, 3]);
  assert.equal(manager.received[0]?.eventId, manager.received[1]?.eventId);
});

test("a manager that accepts and never answers costs a timeout, and the event goes to the next one", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "s");
  const sockets = new Set<Socket>();
  const hung = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).resume();
  });
  await new Promise<void>((resolve) => hung.listen(path, resolve));
  await using publisher = publisherFor(`unix://${path}`, { callTimeoutMs: 20 });
  started(publisher, 1);
  await until(() => sockets.size >= 3, "a new connection for each attempt");
  assert.equal(publisher.waiting, 1);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => hung.close(resolve));
  await using manager = await Manager.at(`unix://${path}`);
  await publisher.flush();
  assert.deepEqual(manager.pids, [1]);
});

test("only InvalidArgument skips an event, with its reason in the log; every other refusal is retried", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  const log = new MemoryLog();
  const refusals = [
    Code.Unimplemented,
    Code.NotFound,
    Code.Internal,
    Code.ResourceExhausted,
    Code.Unavailable,
  ];
  await using manager = await Manager.at(address, (received) => {
    const pid = pidOf(received);
    if (pid === 2) throw new HawserError(Code.InvalidArgument, "poison");
    const refusal = pid === 3 ? refusals.shift() : undefined;
    if (refusal !== undefined) throw new HawserError(refusal, "not now");
  });
  await using publisher = publisherFor(address, { log });
  for (let pid = 1; pid <= 4; pid++) started(publisher, pid);
  await publisher.flush();
  assert.deepEqual(manager.pids, [1, 2, 3, 3, 3, 3, 3, 3, 4]);
  const errors = log.lines.filter(({ level }) => level === "error");
  assert.deepEqual(
    errors.map(({ message, fields }) => [message, fields?.["topic"], String(fields?.["error"])]),
    [["manager refuses an event, skipping it", "/tasks/start", "HawserError: poison"]],
  );
});

test("an address that is none is no reason to lose an event", async () => {
  const log = new MemoryLog();
  await using publisher = publisherFor("vsock://2:1", { log });
  started(publisher, 1);
  await until(() => log.lines.length === 1, "a warning");
  assert.equal(publisher.waiting, 1);
});

test("flush() gives up when its signal says so and loses nothing; retryNow() ends the pause", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  const log = new MemoryLog();
  await using publisher = publisherFor(address, { log, firstPauseMs: 1_000_000, longestPauseMs: 1_000_000 });
  started(publisher, 1);
  await assert.rejects(publisher.flush({ signal: AbortSignal.abort() }), isCanceled);
  await assert.rejects(publisher.flush({ signal: AbortSignal.timeout(1) }), isDeadlineExceeded);
  await until(() => log.lines.length === 1, "the first failure");
  await using manager = await Manager.at(address);
  publisher.retryNow();
  await publisher.flush();
  assert.deepEqual(manager.pids, [1]);
});

test("disposing ends the pause and the flush, and leaves the events in the file", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const publisher = publisherFor(`unix://${join(dir.path, "nobody")}`, {
    queue: EventQueue.open({ path }),
    firstPauseMs: 1_000_000,
    longestPauseMs: 1_000_000,
  });
  started(publisher, 1);
  const flushed = assert.rejects(publisher.flush(), isCanceled);
  await publisher[Symbol.asyncDispose]();
  await flushed;
  await publisher[Symbol.asyncDispose]();
  using queue = EventQueue.open({ path });
  assert.equal(queue.length, 1);
});

test("a full queue leaves out what may be left out, says so, and never an exit", async () => {
  using dir = temporaryDir();
  const address = `unix://${join(dir.path, "s")}`;
  const log = new MemoryLog();
  await using publisher = publisherFor(address, { log, queue: EventQueue.open({ capBytes: 1 }) });
  started(publisher, 1);
  assert.ok(publisher.isFull);
  for (let index = 0; index < 3; index++)
    publisher.publish(TaskExecAdded, { containerId: "c1", execId: "e" });
  publisher.publish(TaskExit, { containerId: "c1", id: "e", pid: 2 });
  assert.equal(publisher.waiting, 2);
  await using manager = await Manager.at(address);
  await publisher.flush();
  started(publisher, 3);
  await publisher.flush();
  assert.deepEqual(
    manager.received.map(({ envelope }) => envelope.topic),
    ["/tasks/start", "/tasks/exit", "/tasks/start"],
  );
  assert.equal(log.lines.find(({ message }) => message === "events were left out")?.fields?.["count"], 3);
});
