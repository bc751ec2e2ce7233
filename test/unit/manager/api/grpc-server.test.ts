import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { apiService, type CallContext } from "../../../../manager/api/api-service.ts";
import { unimplementedApis } from "../../../../manager/api/unimplemented.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Content } from "../../../../proto/gen/content.ts";
import { Events } from "../../../../proto/gen/events-service.ts";
import { Namespaces } from "../../../../proto/gen/namespaces.ts";
import { Streaming } from "../../../../proto/gen/streaming.ts";
import { Tasks } from "../../../../proto/gen/tasks.ts";
import { Version } from "../../../../proto/gen/version.ts";
import type { GrpcCallOptions } from "../../../support/grpc-client.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { useSuite } from "../../../support/suite.ts";
import { until } from "../../../support/until.ts";

const suite = useSuite();

function hasCode(code: Code, message?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof HawserError, String(error));
    assert.equal(error.code, code, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

const version = apiService(
  Version,
  { version: () => ({ version: "1", revision: "r" }) },
  { isNamespaced: false },
);

test("a unary call is answered, also on a connection that has been idle", async () => {
  await using world = await GrpcWorld.of(suite, [version]);
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await world.client.call(Version, "version", {}), { version: "1", revision: "r" });
  }
});

test("a handler is told its namespace and lease, and the newest of several counts", async () => {
  const seen: CallContext[] = [];
  const tasks = apiService(Tasks, {
    get(_request, context) {
      seen.push(context);
      return {};
    },
  });
  await using world = await GrpcWorld.of(suite, [tasks]);
  const cases: [GrpcCallOptions, string, string | undefined][] = [
    [{ namespace: "default" }, "default", undefined],
    [{ namespace: "k8s.io", lease: "any text: it is free" }, "k8s.io", "any text: it is free"],
    // What Go's client sends when a context has been given a namespace twice.
    [{ headers: { "containerd-namespace": "new, old" } }, "new", undefined],
  ];
  for (const [options, namespace, lease] of cases) {
    await world.client.call(Tasks, "get", {}, options);
    const context = seen.pop();
    assert.deepEqual([context?.namespace, context?.lease], [namespace, lease]);
    assert.equal(context?.deadline, undefined);
  }
  await world.client.call(Tasks, "get", {}, { namespace: "default", timeoutMs: 60_000 });
  const deadline = seen.pop()?.deadline;
  assert.ok(deadline !== undefined && deadline > new Date() && Number(deadline) < Date.now() + 61_000);
});

test("a call without a namespace fails where one is needed, a bad one everywhere", async () => {
  await using world = await GrpcWorld.of(suite, [version, apiService(Tasks, { get: () => ({}) })]);
  const { client } = world;
  await assert.rejects(
    client.call(Tasks, "get", {}),
    hasCode(Code.FailedPrecondition, /^namespace is required$/),
  );
  await assert.rejects(
    client.call(Tasks, "get", {}, { headers: { "containerd-namespace": "" } }),
    hasCode(Code.FailedPrecondition, /^namespace is required$/),
  );
  for (const bad of ["../etc", "a b", "-", "x".repeat(77)]) {
    const options = { namespace: bad };
    await assert.rejects(client.call(Tasks, "get", {}, options), hasCode(Code.InvalidArgument, /namespace/));
  }
  assert.equal((await client.call(Version, "version", {})).version, "1");
});

test("what a handler throws becomes the status, and always one that can be sent", async () => {
  const thrown: unknown[] = [];
  const api = apiService(
    Version,
    {
      version() {
        throw thrown.pop();
      },
    },
    { isNamespaced: false },
  );
  await using world = await GrpcWorld.of(suite, [api]);
  const cases: [unknown, Code, RegExp][] = [
    [new HawserError(Code.NotFound, 'container "x": not found'), Code.NotFound, /^container "x": not found$/],
    [new HawserError(Code.OK, "fine"), Code.Unknown, /^fine$/],
    [new Error("oops"), Code.Unknown, /^oops$/],
    [new DOMException("", "TimeoutError"), Code.DeadlineExceeded, /./],
    // encodeURI() throws for half a character.
    [new Error("half \ud800 and % and ü\n"), Code.Unknown, /^half \ufffd and % and ü\n$/],
    [new Error("ü".repeat(1_000_000)), Code.Unknown, /^ü{4096}… \(1000000 characters\)$/],
    [Object.create(null), Code.Unknown, /cannot be described/],
    [undefined, Code.Unknown, /undefined/],
  ];
  for (const [value, code, message] of cases) {
    thrown.push(value);
    await assert.rejects(world.client.call(Version, "version", {}), hasCode(code, message));
  }
});

test("the causes and details of an error stay inside", async () => {
  const api = apiService(
    Version,
    {
      version() {
        const details = [{ typeUrl: "secret", value: Buffer.from("secret") }];
        throw new HawserError(Code.Aborted, "said", { cause: new Error("secret"), details });
      },
    },
    { isNamespaced: false },
  );
  await using world = await GrpcWorld.of(suite, [api]);
  await assert.rejects(world.client.call(Version, "version", {}), (error: Error) => {
    assert.doesNotMatch(JSON.stringify((error.cause as { metadata: unknown }).metadata), /secret|c2VjcmV0/);
    return hasCode(Code.Aborted, /^said$/)(error);
  });
});

test("what is not served is Unimplemented and says its name", async () => {
  await using world = await GrpcWorld.of(suite, [version, apiService(Tasks, {}), ...unimplementedApis()]);
  const { client } = world;
  const options = { namespace: "default" };
  await assert.rejects(
    client.call(Tasks, "checkpoint", {}, options),
    hasCode(
      Code.Unimplemented,
      /^containerd\.services\.tasks\.v1\.Tasks\/Checkpoint: not served by this hawserd$/,
    ),
  );
  for (const name of ["containerd.services.sandbox.v1.Store", "containerd.services.mounts.v1.Mounts"]) {
    const service = { name, methods: { list: { ...Version.methods.version, name: "List" } } };
    await assert.rejects(
      client.call(service, "list", {}),
      hasCode(Code.Unimplemented, new RegExp(`^${name}/List: not served`)),
    );
  }
  for (const name of ["no.such.Service", "containerd.services.version.v1.Version"] as const) {
    const service = { name, methods: { list: { ...Version.methods.version, name: "Frobnicate" } } };
    await assert.rejects(
      client.call(service, "list", {}),
      (error: HawserError) => error.code === Code.Unimplemented,
    );
  }
  assert.equal((await client.call(Version, "version", {})).version, "1");
});

test("a message above the limit fails with one clear error, either way", async () => {
  const namespaces = apiService(
    Namespaces,
    {
      get: ({ name }) => ({ namespace: { name: "x".repeat(Number(name)) } }),
      create: () => ({}),
      delete: () => ({}),
    },
    { isNamespaced: false },
  );
  const events = apiService(
    Events,
    {
      async *subscribe() {
        yield { topic: "/fits" };
        yield { topic: "x".repeat(2000) };
      },
    },
    { isNamespaced: false },
  );
  await using world = await GrpcWorld.of(suite, [namespaces, events], { maxMessageBytes: 1000 });
  const { client } = world;
  assert.equal((await client.call(Namespaces, "get", { name: "900" })).namespace?.name.length, 900);
  await assert.rejects(
    client.call(Namespaces, "get", { name: "1000" }),
    hasCode(Code.ResourceExhausted, /Namespaces\/Get: \d+ bytes are more than the 1000 of one message/),
  );
  await client.call(Namespaces, "delete", { name: "x".repeat(900) });
  await assert.rejects(
    client.call(Namespaces, "delete", { name: "x".repeat(1_000_000) }),
    hasCode(Code.ResourceExhausted, /larger than max/),
  );
  const topics: string[] = [];
  await assert.rejects(async () => {
    for await (const { topic } of client.stream(Events, "subscribe", {})) topics.push(topic);
  }, hasCode(Code.ResourceExhausted));
  assert.deepEqual(topics, ["/fits"]);
});

test("a request that is no message is InvalidArgument", async () => {
  await using world = await GrpcWorld.of(suite, [apiService(Tasks, { get: () => ({}) })]);
  const broken = {
    ...Tasks.methods.get,
    request: { ...Tasks.methods.get.request, encode: () => Buffer.from([0x0a]) },
  };
  await assert.rejects(
    world.client.call({ name: Tasks.name, methods: { get: broken } }, "get", {}, { namespace: "default" }),
    hasCode(Code.InvalidArgument, /decode containerd\.services\.tasks\.v1\.GetRequest/),
  );
});

test("the signal of a call tells of a caller that goes and of a deadline that passes", async () => {
  const contexts: CallContext[] = [];
  const never = (context: CallContext) =>
    new Promise<never>((_, reject) => {
      contexts.push(context);
      context.signal.addEventListener("abort", () => reject(new Error("whatever it says")), { once: true });
    });
  const tasks = apiService(Tasks, { wait: (_request, context) => never(context) });
  const events = apiService(Events, {
    // biome-ignore lint/correctness/useYield: it waits for something that never comes.
    async *subscribe(_request, context) {
      await never(context);
    },
  });
  await using world = await GrpcWorld.of(suite, [tasks, events]);
  const options = { namespace: "default" };
  const calls: [(more: GrpcCallOptions) => Promise<unknown>, string][] = [
    [(more) => world.client.call(Tasks, "wait", {}, { ...options, ...more }), "unary"],
    [
      async (more) => {
        for await (const _ of world.client.stream(Events, "subscribe", {}, { ...options, ...more }));
      },
      "stream",
    ],
  ];
  for (const [call, what] of calls) {
    const abort = new AbortController();
    const canceled = assert.rejects(call({ signal: abort.signal }), hasCode(Code.Canceled), what);
    const context = await until(() => contexts.pop(), { what: "the call" });
    assert.equal(context.signal.aborted, false);
    abort.abort();
    await canceled;
    await until(() => context.signal.aborted, { what: "the signal" });
    assert.ok(hasCode(Code.Canceled)(context.signal.reason));

    await assert.rejects(call({ timeoutMs: 50 }), hasCode(Code.DeadlineExceeded), what);
    const late = await until(() => contexts.pop(), { what: "the call" });
    await until(() => late.signal.aborted, { what: "the signal" });
    // Caller and server each have a clock; the caller's may be the first to say so.
    assert.ok([Code.DeadlineExceeded, Code.Canceled].includes(late.signal.reason.code));
  }
  await until(() => world.server.callsInFlight === 0, { what: "the end of all calls" });
});

test("a deadline is kept for a caller that does not keep it", async () => {
  const reasons: unknown[] = [];
  const tasks = apiService(Tasks, {
    wait: (_request, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener(
          "abort",
          () => {
            reasons.push(signal.reason);
            reject(signal.reason);
          },
          { once: true },
        ),
      ),
  });
  await using world = await GrpcWorld.of(suite, [tasks]);
  const session = connectHttp2("http://localhost", { createConnection: () => connect(world.socketPath) });
  const stream = session.request({
    ":method": "POST",
    ":path": `/${Tasks.name}/Wait`,
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": "30m",
    "containerd-namespace": "default",
  });
  stream.end(Buffer.alloc(5));
  const [headers] = await once(stream, "response");
  assert.equal(headers["grpc-status"], String(Code.DeadlineExceeded));
  assert.ok(hasCode(Code.DeadlineExceeded)(await until(() => reasons[0], { what: "the signal" })));
  stream.close();
  await new Promise<void>((resolve) => session.close(resolve));
});

test("a deadline beyond the reach of a timer is no past one", async () => {
  const deadlines: (Date | undefined)[] = [];
  const tasks = apiService(Tasks, {
    get(_request, { deadline }) {
      deadlines.push(deadline);
      return {};
    },
  });
  await using world = await GrpcWorld.of(suite, [tasks]);
  for (const timeout of ["2592000S", "99999999H", "1000000M"]) {
    const headers = { "grpc-timeout": timeout };
    await world.client.call(Tasks, "get", {}, { namespace: "default", headers });
  }
  assert.deepEqual(deadlines, [undefined, undefined, undefined]);
});

test("a client that gives up on thousands of calls keeps its connection, and what it waits for", async () => {
  const events = apiService(
    Events,
    {
      async *subscribe(_request, { signal }) {
        yield { topic: "/first" };
        await new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true }),
        );
      },
    },
    { isNamespaced: false },
  );
  await using world = await GrpcWorld.of(suite, [events]);
  const session = connectHttp2("http://localhost", { createConnection: () => connect(world.socketPath) });
  const subscribe = () => {
    const stream = session.request({
      ":method": "POST",
      ":path": `/${Events.name}/Subscribe`,
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.end(Buffer.alloc(5));
    return stream;
  };
  const kept = subscribe();
  for (let count = 0; count < 3000; count++) {
    const stream = subscribe();
    await once(stream, "data");
    stream.close(8);
  }
  await until(() => world.server.callsInFlight === 1, { what: "the end of the calls that were given up" });
  assert.equal(kept.closed || session.closed, false);
  session.destroy();
  await once(session, "close");
});

test("a client that does not read holds one message of ours, and gets all of them when it reads", async () => {
  const count = 200;
  const size = 32 * 1024;
  let made = 0;
  const content = apiService(Content, {
    async *read() {
      for (; made < count; made++) yield { data: Buffer.alloc(size) };
    },
  });
  await using world = await GrpcWorld.of(suite, [content]);
  // Not with grpc-js: its client reads on.
  const session = connectHttp2("http://localhost", { createConnection: () => connect(world.socketPath) });
  const stream = session.request({
    ":method": "POST",
    ":path": `/${Content.name}/Read`,
    "content-type": "application/grpc",
    te: "trailers",
    "containerd-namespace": "default",
  });
  stream.end(Buffer.alloc(5));
  stream.pause();
  await once(stream, "response");
  // Answers on the same connection mean that the server has had its turns.
  for (let round = 0; round < 20; round++) {
    await new Promise<void>((resolve, reject) =>
      session.ping((error) => (error === null ? resolve() : reject(error))),
    );
  }
  assert.ok(made >= 1 && made <= 4, `${made} messages of ${size} bytes for a window of 65535 bytes`);
  let received = 0;
  stream.on("data", (bytes: Buffer) => {
    received += bytes.length;
  });
  stream.resume();
  await once(stream, "close");
  assert.equal(made, count);
  assert.ok(received > count * size);
  await new Promise<void>((resolve) => session.close(resolve));
});

test("requests and answers of a stream take turns, and a handler may stop reading and still say why", async () => {
  const streaming = apiService(Streaming, {
    async *stream(requests) {
      for await (const request of requests) {
        if (request.typeUrl === "stop") break;
        yield request;
      }
      throw new HawserError(Code.FailedPrecondition, "stopped");
    },
  });
  await using world = await GrpcWorld.of(suite, [streaming]);
  const stream = world.client.bidirectional(Streaming, "stream", { namespace: "default" });
  const answers = stream[Symbol.asyncIterator]();
  for (const typeUrl of ["a", "b"]) {
    await stream.send({ typeUrl });
    assert.equal((await answers.next()).value?.typeUrl, typeUrl);
  }
  await stream.send({ typeUrl: "stop" });
  await assert.rejects(answers.next(), hasCode(Code.FailedPrecondition, /^stopped$/));
});

test("a stop ends open-ended calls at once, lets others finish and takes no new ones", async () => {
  const finish = Promise.withResolvers<void>();
  let isCreating = false;
  const tasks = apiService(
    Tasks,
    {
      wait: (_request, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
        ),
      async create() {
        isCreating = true;
        await finish.promise;
        return { pid: 7 };
      },
    },
    { openEnded: ["wait"] },
  );
  const events = apiService(
    Events,
    {
      // Ends in silence, as a subscription does that notices nobody waits.
      async *subscribe(_request, { signal }) {
        yield { topic: "/first" };
        await new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true }),
        );
      },
    },
    { isNamespaced: false, openEnded: ["subscribe"] },
  );
  await using world = await GrpcWorld.of(suite, [tasks, events]);
  const options = { namespace: "default" };
  const waiting = assert.rejects(
    world.client.call(Tasks, "wait", {}, options),
    hasCode(Code.Unavailable, /hawserd is stopping/),
  );
  const subscription = world.client.stream(Events, "subscribe", {})[Symbol.asyncIterator]();
  await subscription.next();
  const creating = world.client.call(Tasks, "create", {}, options);
  await until(() => isCreating, { what: "the call" });
  const stopped = world.server[Symbol.asyncDispose]();
  await waiting;
  await assert.rejects(subscription.next(), hasCode(Code.Unavailable, /hawserd is stopping/));
  finish.resolve();
  assert.equal((await creating).pid, 7);
  await stopped;
  await assert.rejects(world.client.call(Tasks, "create", {}, { ...options, timeoutMs: 2000 }));
});

test("a stop does not wait for a handler that never ends", async () => {
  const never = new Promise<never>(() => {
    // That is the point.
  });
  await using world = await GrpcWorld.of(
    suite,
    [apiService(Version, { version: () => never }, { isNamespaced: false })],
    {
      finishMs: 20,
    },
  );
  const call = assert.rejects(world.client.call(Version, "version", {}), (error: HawserError) =>
    [Code.Unavailable, Code.Canceled].includes(error.code as never),
  );
  await until(() => world.server.callsInFlight === 1, { what: "the call" });
  await world.server[Symbol.asyncDispose]();
  await call;
});

test("a stream of garbage and a connection that breaks hurt nobody else", async () => {
  await using world = await GrpcWorld.of(suite, [version]);
  for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x99garbage", "\0"]) {
    const socket = connect(world.socketPath);
    socket.on("error", () => socket.destroy());
    socket.end(bytes);
    await new Promise<void>((resolve) => socket.once("close", () => resolve()).resume());
  }
  assert.equal((await world.client.call(Version, "version", {})).version, "1");
});

test("a client that pings without pause is not sent away", async () => {
  await using world = await GrpcWorld.of(suite, [version]);
  const session = connectHttp2("http://localhost", { createConnection: () => connect(world.socketPath) });
  session.on("error", () => session.destroy());
  let isAway = false;
  await once(session, "connect");
  session.on("goaway", () => {
    isAway = true;
  });
  for (let count = 0; count < 500; count++) {
    await new Promise<void>((resolve, reject) =>
      session.ping((error) => (error === null ? resolve() : reject(error))),
    );
  }
  assert.equal(isAway, false);
  await new Promise<void>((resolve) => session.close(resolve));
});
