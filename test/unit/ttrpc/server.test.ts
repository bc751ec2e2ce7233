import assert from "node:assert/strict";
import { existsSync, fstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Code, HawserError, isFailedPrecondition, isInvalidArgument } from "../../../proto/errors.ts";
import { Any } from "../../../proto/gen/any.ts";
import { syscall } from "../../../sys/libc.ts";
import { peerCredentials } from "../../../sys/peer-credentials.ts";
import { Flag } from "../../../ttrpc/frame.ts";
import { Client, isConnectionClosed, MAX_BODY_BYTES, Server } from "../../../ttrpc/index.ts";
import {
  Echo,
  type EchoHandlers,
  echoHandlers,
  errorOf,
  gate,
  openSockets,
  RawPeer,
  say,
  serve,
  temporaryDir,
  turns,
  unaryRequest,
  until,
  within,
} from "./support.ts";

describe("a handler", () => {
  const giant = "x".repeat(6_000_000);
  const rows: {
    name: string;
    unary: NonNullable<EchoHandlers["unary"]>;
    code: number;
    message: string | RegExp;
  }[] = [
    {
      name: "throws at once",
      unary: () => {
        throw new HawserError(Code.NotFound, "c1: not found");
      },
      code: Code.NotFound,
      message: "c1: not found",
    },
    {
      name: "rejects",
      unary: () => Promise.reject(new HawserError(Code.Aborted, "no")),
      code: Code.Aborted,
      message: "no",
    },
    {
      name: "throws a plain error",
      unary: async () => {
        throw new RangeError("boom");
      },
      code: Code.Unknown,
      message: "boom",
    },
    {
      name: "throws a string",
      unary: () => {
        throw "just text";
      },
      code: Code.Unknown,
      message: "just text",
    },
    {
      name: "rejects with nothing",
      unary: () => Promise.reject(),
      code: Code.Unknown,
      message: "undefined",
    },
    {
      name: "rejects with what cannot be described",
      unary: () => Promise.reject(Object.create(null)),
      code: Code.Unknown,
      message: "an error that cannot be described",
    },
    {
      name: "throws an error with code OK",
      unary: () => {
        throw new HawserError(Code.OK, "fine");
      },
      code: Code.Unknown,
      message: "fine",
    },
    {
      name: "throws a giant message",
      unary: () => {
        throw new Error(giant);
      },
      code: Code.Unknown,
      message: /^x+… \(6000000 characters\)$/,
    },
    {
      name: "throws giant details",
      unary: () => {
        const details = [{ typeUrl: "x.Y", value: new Uint8Array(MAX_BODY_BYTES) }];
        throw new HawserError(Code.Internal, "big", { details });
      },
      code: Code.Internal,
      message: "big",
    },
    {
      name: "throws details that are none",
      unary: () => {
        throw new HawserError(Code.Internal, "odd", { details: [null as never] });
      },
      code: Code.Internal,
      message: "odd",
    },
    {
      name: "answers with more than 4 MiB",
      unary: () => ({ value: new Uint8Array(MAX_BODY_BYTES) }),
      code: Code.ResourceExhausted,
      message: /^response: message length 4194314 exceed maximum message size of 4194304$/,
    },
    {
      name: "answers with what is no message",
      unary: () => ({ typeUrl: 5 }) as never,
      code: Code.Unknown,
      message: /./,
    },
  ];
  for (const { name, unary, code, message } of rows) {
    test(`that ${name} answers its caller and harms nobody`, async () => {
      await using server = await serve({ ...echoHandlers, unary });
      const client = await server.connect();
      const echo = client.service(Echo);
      const error = await errorOf(echo.unary(say("x")));
      assert.equal(error.code, code);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.deepEqual(error.details, []);
      const stream = echo.collect();
      await stream.send(say("alive"));
      assert.equal((await stream.response()).typeUrl, "alive");
      assert.equal(server.server.callsRunning, 0);
    });
  }

  test("passes the details of its error on unchanged", async () => {
    const details = [
      { typeUrl: "x.Y", value: new Uint8Array([1, 2]) },
      { typeUrl: "", value: new Uint8Array(0) },
    ];
    await using server = await serve({
      unary: () => {
        throw new HawserError(Code.FailedPrecondition, "no", { details });
      },
    });
    const error = await errorOf((await server.connect()).service(Echo).unary({}));
    assert.deepEqual(error.details, details);
  });

  test("that returns nothing answers with an empty message", async () => {
    await using server = await serve({ unary: () => undefined as never });
    assert.deepEqual(await (await server.connect()).service(Echo).unary(say("x")), say(""));
  });

  test("may answer with a promise of any make", async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
      then: (resolve: (message: Any) => void) => queueMicrotask(() => resolve(say("then"))),
    };
    await using server = await serve({ unary: () => thenable as never });
    assert.equal((await (await server.connect()).service(Echo).unary({})).typeUrl, "then");
  });

  test("that is left out answers Unimplemented", async () => {
    await using server = await serve({});
    const error = await errorOf((await server.connect()).service(Echo).unary({}));
    assert.equal(error.code, Code.Unimplemented);
    assert.equal(error.message, "method Unary");
  });

  test("may be a method of an object, with its own this", async () => {
    class Handlers {
      readonly #prefix = "own ";
      unary(request: Any): Any {
        return say(this.#prefix + request.typeUrl);
      }
    }
    await using server = await serve(new Handlers());
    assert.equal((await (await server.connect()).service(Echo).unary(say("this"))).typeUrl, "own this");
  });

  test("of a stream that gives nothing iterable answers Unknown", async () => {
    await using server = await serve({ list: () => 5 as never });
    const error = await errorOf((await server.connect()).service(Echo).list({}).receive());
    assert.equal(error.code, Code.Unknown);
  });

  test("knows its service, method, metadata and deadline", async () => {
    let seen: unknown;
    await using server = await serve({
      unary: (request, context) => {
        const { service, method, metadata, remainingMs, peer } = context;
        seen = { service, method, metadata: [...metadata], peer };
        assert.ok(remainingMs !== undefined && remainingMs > 0 && remainingMs <= 60_000);
        return request;
      },
    });
    const client = await server.connect({ metadata: { "Containerd-Namespace-TTRPC": "k8s.io" } });
    await client.service(Echo).unary(
      {},
      {
        timeoutMs: 60_000,
        metadata: [
          ["a", "1"],
          ["A", "2"],
        ],
      },
    );
    assert.deepEqual(seen, {
      service: "test.Echo",
      method: "Unary",
      metadata: [
        ["containerd-namespace-ttrpc", "k8s.io"],
        ["a", "1"],
        ["a", "2"],
      ],
      peer: undefined,
    });
  });
});

describe("a deadline at the server", () => {
  test("is answered once with DeadlineExceeded, fires the signal, and drops the late result", async () => {
    const { promise, resolve } = gate<Any>();
    const reasons: unknown[] = [];
    await using server = await serve({
      unary: (_, { signal }) => {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        return promise;
      },
    });
    const peer = await server.raw();
    peer.request(1, unaryRequest("x", 1_000_000n));
    assert.equal((await peer.nextResponse()).code, Code.DeadlineExceeded);
    assert.equal((reasons[0] as HawserError).code, Code.DeadlineExceeded);
    assert.equal(server.server.callsRunning, 1);
    resolve(say("late"));
    await until(() => server.server.callsRunning === 0, "the handler to settle");
    await turns();
    assert.deepEqual(peer.frames, []);
    assert.equal(reasons.length, 1);
  });

  test("that is negative is over: no handler runs", async () => {
    await using server = await serve({ unary: () => assert.fail("it ran") });
    const peer = await server.raw();
    peer.request(1, unaryRequest("x", -(2n ** 63n)));
    assert.equal((await peer.nextResponse()).code, Code.DeadlineExceeded);
  });

  test("may be 292 years away, and its timer ends with the call", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === "Timeout").length;
    const before = timers();
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ unary: () => promise });
    const peer = await server.raw();
    peer.request(1, unaryRequest("x", 2n ** 63n - 1n));
    await until(() => server.server.callsRunning === 1, "the call");
    assert.equal(timers(), before + 1);
    resolve(say("y"));
    assert.equal((await peer.nextResponse()).code, 0);
    assert.equal(timers(), before);
  });
});

describe("interceptors of a server", () => {
  test("are around the handler, outermost first, for every kind of call", async () => {
    const log: string[] = [];
    const named = (name: string) => async (_: unknown, __: unknown, next: () => Promise<unknown>) => {
      log.push(`${name} in`);
      const result = await next();
      log.push(`${name} out`);
      return result;
    };
    await using server = await serve(echoHandlers, { interceptors: [named("a"), named("b")] });
    const echo = (await server.connect()).service(Echo);
    assert.equal((await echo.unary(say("x"))).typeUrl, "x");
    assert.deepEqual(log.splice(0), ["a in", "b in", "b out", "a out"]);
    const words: string[] = [];
    for await (const word of echo.list(say("x y"))) words.push(word.typeUrl);
    assert.deepEqual(words, ["x", "y"]);
    await until(() => log.length === 4, "the stream's interceptors");
    const stream = echo.collect();
    await stream.send(say("z"));
    assert.equal((await stream.response()).typeUrl, "z");
  });

  test("may answer in the handler's place, replace its answer, and turn its error into another", async () => {
    await using server = await serve(
      {
        unary: (request) => {
          if (request.typeUrl === "bad") throw new Error("inner");
          return request;
        },
      },
      {
        interceptors: [
          async (_context, request, next) => {
            if ((request as Any).typeUrl === "short") return say("circuit");
            try {
              return say(`${((await next()) as Any).typeUrl}!`);
            } catch (error) {
              throw HawserError.from(error).wrap("outer");
            }
          },
        ],
      },
    );
    const echo = (await server.connect()).service(Echo);
    assert.equal((await echo.unary(say("short"))).typeUrl, "circuit");
    assert.equal((await echo.unary(say("x"))).typeUrl, "x!");
    assert.equal((await errorOf(echo.unary(say("bad")))).message, "outer: inner");
  });
});

describe("Server.shutdown()", () => {
  test("lets running calls finish and sends their answers, refuses new ones, and closes", async () => {
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ ...echoHandlers, unary: () => promise });
    const busy = await server.raw();
    const idle = await server.connect();
    busy.request(1, unaryRequest("x"));
    await until(() => server.server.callsRunning === 1, "the call");
    let isDown = false;
    const down = server.server.shutdown().then(() => {
      isDown = true;
    });
    await within(idle.closed, "the idle connection to be closed");
    busy.request(3, unaryRequest("too late"));
    const refused = await busy.nextResponse();
    assert.deepEqual([refused.streamId, refused.code], [3, Code.Unavailable]);
    await assert.rejects(RawPeer.connect(server.path));
    assert.equal(isDown, false);
    resolve(say("done"));
    const answer = await busy.nextResponse();
    assert.deepEqual([answer.streamId, Any.decode(answer.payload).typeUrl], [1, "done"]);
    await within(down, "shutdown");
    await busy.closed();
    assert.equal(server.server.connectionCount, 0);
    assert.equal(existsSync(server.path), false);
  });

  test("flushes an answer of 4 MiB before it closes", async () => {
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ unary: () => promise });
    const peer = await server.raw();
    peer.request(1, unaryRequest("x"));
    await until(() => server.server.callsRunning === 1, "the call");
    const down = server.server.shutdown();
    resolve({ typeUrl: "", value: new Uint8Array(MAX_BODY_BYTES - 100) });
    await within(down, "shutdown");
    const { payload } = await peer.nextResponse();
    assert.equal(Any.decode(payload).value.length, MAX_BODY_BYTES - 100);
  });

  test("closes what is left when its signal fires, and leaves no listener on it", async () => {
    await using server = await serve({ unary: () => gate<Any>().promise });
    const client = await server.connect();
    const call = errorOf(client.service(Echo).unary({}));
    await until(() => server.server.callsRunning === 1, "the call");
    const controller = new AbortController();
    const down = server.server.shutdown({ signal: controller.signal });
    await turns();
    controller.abort();
    await within(down, "shutdown");
    assert.ok(isConnectionClosed(await call));
    await within(server.server.shutdown({ signal: AbortSignal.abort() }), "a second shutdown");
  });

  test("may be asked for twice: both wait for the same end", async () => {
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ unary: () => promise });
    const client = await server.connect();
    const call = client.service(Echo).unary({});
    await until(() => server.server.callsRunning === 1, "the call");
    const both = Promise.all([server.server.shutdown(), server.server.shutdown()]);
    await turns();
    resolve(say("x"));
    await within(both, "both shutdowns");
    assert.equal((await call).typeUrl, "x");
  });

  test("does not wait for a client that never reads, once its signal fires", async () => {
    await using server = await serve({ unary: () => ({ value: new Uint8Array(4_000_000) }) });
    const peer = await server.raw();
    peer.socket.pause();
    peer.request(1, unaryRequest("x"));
    peer.request(3, unaryRequest("x"));
    await turns();
    const controller = new AbortController();
    const down = server.server.shutdown({ signal: controller.signal });
    await turns();
    controller.abort();
    await within(down, "shutdown");
  });
});

describe("Server.close()", () => {
  test("fires the signal of running handlers with ConnectionClosedError", async () => {
    const reason = gate<unknown>();
    await using server = await serve({
      unary: (_, { signal }) => {
        signal.addEventListener("abort", () => reason.resolve(signal.reason));
        return gate<Any>().promise;
      },
    });
    const call = errorOf((await server.connect()).service(Echo).unary({}));
    await until(() => server.server.callsRunning === 1, "the call");
    await within(server.server.close(), "close");
    assert.ok(isConnectionClosed(await reason.promise));
    assert.ok(isConnectionClosed(await call));
    assert.ok(isFailedPrecondition(await errorOf(server.server.listen("@x"))));
  });

  test("finds a socket that is being bound", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "s");
    const server = new Server();
    const listening = errorOf(server.listen(path));
    await within(server.close(), "close");
    assert.ok(isFailedPrecondition(await listening));
    assert.equal(existsSync(path), false);
  });

  test("fires the signal of handlers when only their client goes away", async () => {
    const reason = gate<unknown>();
    await using server = await serve({
      unary: async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        reason.resolve(signal.reason);
        throw signal.reason;
      },
    });
    const peer = await server.raw();
    peer.request(1, unaryRequest("x"));
    await until(() => server.server.callsRunning === 1, "the call");
    peer.close();
    assert.ok(isConnectionClosed(await within(reason.promise, "the signal")));
    assert.equal(server.server.connectionCount, 0);
  });
});

describe("Server.register()", () => {
  test("refuses a second service of the same name", () => {
    const server = new Server().register(Echo, {});
    assert.throws(() => server.register(Echo, {}), { code: Code.AlreadyExists });
  });
});

describe("bounds of a server", () => {
  test("one call more than allowed per connection is answered ResourceExhausted", async () => {
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ unary: () => promise }, { maxCalls: 2 });
    const peer = await server.raw();
    for (const id of [1, 3, 5]) peer.request(id, unaryRequest("x"));
    const refused = await peer.nextResponse();
    assert.deepEqual([refused.streamId, refused.code], [5, Code.ResourceExhausted]);
    resolve(say("x"));
    assert.equal((await peer.nextResponse()).code, 0);
    assert.equal((await peer.nextResponse()).code, 0);
    peer.request(7, unaryRequest("x"));
    assert.equal((await peer.nextResponse()).code, 0);
  });

  test("one connection more than allowed is closed without a byte", async () => {
    await using server = await serve(echoHandlers, { maxConnections: 1 });
    const first = await server.raw();
    await until(() => server.server.connectionCount === 1, "the first connection");
    const second = await server.raw();
    await second.closed();
    assert.deepEqual(second.frames, []);
    first.request(1, unaryRequest("x"));
    assert.equal((await first.nextResponse()).code, 0);
    first.close();
    await until(() => server.server.connectionCount === 0, "the first connection to be over");
    // A close makes room; when exactly is the event loop's business.
    let third = await server.raw();
    await until(() => third.isClosed || server.server.connectionCount === 1, "the third connection");
    if (third.isClosed) third = await server.raw();
    third.request(1, unaryRequest("y"));
    assert.equal((await third.nextResponse()).code, 0);
  });

  test("large streams of two connections do not get into each other's memory", async () => {
    const sizes = [100, 40_000, 65_536, 90_000, 300_000, 33_000];
    await using server = await serve({
      async *chat(requests) {
        for await (const { typeUrl, value } of requests) yield { typeUrl, value };
      },
    });
    await Promise.all(
      [1, 2].map(async (seed) => {
        const client = await server.connect({ inbound: { whenFull: "pause" } });
        const chat = client.service(Echo).chat();
        const expected = (index: number): Uint8Array =>
          new Uint8Array(sizes[index % sizes.length] as number).fill(seed * 100 + (index % 97));
        const receiving = (async () => {
          const kept: Uint8Array[] = [];
          for await (const { value } of chat) kept.push(value);
          return kept;
        })();
        for (let index = 0; index < 200; index++) await chat.send({ typeUrl: "", value: expected(index) });
        chat.end();
        const kept = await within(receiving, "the stream");
        assert.equal(kept.length, 200);
        kept.forEach((value, index) => {
          assert.ok(Buffer.compare(value, expected(index)) === 0, `message ${index}`);
        });
      }),
    );
  });

  test("a client that never reads its answers is held back, while others are served", async () => {
    let handled = 0;
    const answer = { typeUrl: "", value: new Uint8Array(64 * 1024) };
    await using server = await serve({
      unary: () => {
        handled++;
        return answer;
      },
    });
    const greedy = await server.raw();
    greedy.socket.pause();
    const total = 20_000;
    for (let call = 0; call < total; call++) greedy.request(1 + 2 * call, unaryRequest("x".repeat(1000)));
    const other = (await server.connect()).service(Echo);
    let before = -1;
    // As long as the greedy one is still being served, others are, too; at the end only they are.
    while (handled - 1 !== before) {
      before = handled;
      await other.unary({});
      await turns(5);
    }
    assert.ok(handled < 1000, `${handled} answers of 64 KiB for a client that reads none`);
    greedy.socket.resume();
    for (let call = 0; call < 500; call++) await greedy.next();
  });

  test("a handler that streams to a client that never reads is held back, and let go with the connection", async () => {
    let made = 0;
    let hasEnded = false;
    const message = { typeUrl: "", value: new Uint8Array(64 * 1024) };
    await using server = await serve({
      async *list() {
        try {
          for (;;) {
            made++;
            yield message;
          }
        } finally {
          hasEnded = true;
        }
      },
    });
    const peer = await server.raw();
    peer.socket.pause();
    peer.request(1, { service: Echo.name, method: "List" }, Flag.RemoteClosed);
    let before = -1;
    while (made !== before) {
      before = made;
      await turns(50);
    }
    assert.ok(made > 0 && made < 100, `${made} messages of 64 KiB`);
    peer.close();
    await until(() => hasEnded, "the generator to be closed");
  });

  test("a stream nobody reads fails alone, and the other calls of its connection go on", async () => {
    await using server = await serve(
      {
        ...echoHandlers,
        collect: (_, { signal }) =>
          new Promise((resolve) => signal.addEventListener("abort", () => resolve(say("")))),
      },
      { inbound: { maxMessages: 10 } },
    );
    const echo = (await server.connect()).service(Echo);
    const stream = echo.collect();
    const error = errorOf(stream.receive());
    for (let sent = 0; sent < 11; sent++) {
      await stream.send(say("x"));
      assert.equal((await echo.unary(say("y"))).typeUrl, "y");
    }
    assert.equal((await error).code, Code.ResourceExhausted);
    assert.equal((await echo.unary(say("y"))).typeUrl, "y");
    await until(() => server.server.callsRunning === 0, "the handler");
  });

  test("pause: a connection is not read while its stream is full, and loses nothing", async () => {
    const open = gate();
    await using server = await serve(
      {
        ...echoHandlers,
        async collect(requests) {
          await open.promise;
          let count = 0;
          for await (const _ of requests) count++;
          return say(String(count));
        },
      },
      { inbound: { maxMessages: 10, whenFull: "pause" } },
    );
    const stream = (await server.connect()).service(Echo).collect();
    const large = { typeUrl: "", value: new Uint8Array(64 * 1024) };
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200; sent++) await stream.send(large);
    })();
    let before = -1;
    while (sent !== before) {
      before = sent;
      await turns(50);
    }
    assert.ok(sent < 100, `${sent} messages of 64 KiB sent and not read`);
    open.resolve();
    await within(sending, "the sender");
    assert.equal((await stream.response()).typeUrl, "200");
  });

  test("pause: a handler that leaves its loop lets the connection go on", async () => {
    const leave = gate();
    const finish = gate();
    await using server = await serve(
      {
        ...echoHandlers,
        async collect(requests) {
          await leave.promise;
          for await (const _ of requests) break;
          await finish.promise;
          return say("left");
        },
      },
      { inbound: { maxMessages: 2, whenFull: "pause" } },
    );
    const echo = (await server.connect()).service(Echo);
    const stream = echo.collect();
    for (let sent = 0; sent < 6; sent++) await stream.send(say("x"));
    await turns();
    leave.resolve();
    assert.equal((await within(echo.unary(say("y")), "another call")).typeUrl, "y");
    finish.resolve();
    assert.equal((await stream.response()).typeUrl, "left");
  });
});

describe("peer credentials", () => {
  const self = { pid: process.pid, uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1 };

  test("are read once per connection, checked, and given to handlers", async () => {
    const fds: number[] = [];
    const seen: unknown[] = [];
    await using server = await serve(
      {
        unary: (request, { peer }) => {
          seen.push(peer);
          return request;
        },
      },
      {
        peers: {
          read: (fd) => {
            fds.push(fd);
            return self;
          },
        },
      },
    );
    const echo = (await server.connect()).service(Echo);
    await echo.unary({});
    await echo.unary({});
    assert.deepEqual(seen, [self, self]);
    assert.equal(fds.length, 1);
    assert.ok((fds[0] ?? -1) > 2);
  });

  const refused = [
    {
      name: "another user",
      peer: { ...self, uid: self.uid + 1 },
      reason: "uid and gid have to be the server's",
    },
    {
      name: "another group",
      peer: { ...self, gid: self.gid + 1 },
      reason: "uid and gid have to be the server's",
    },
    { name: "nobody", peer: undefined, reason: "who cannot be identified is not let in" },
  ];
  for (const { name, peer, reason } of refused) {
    test(`${name} finds the connection closed without a byte: ${reason}`, async () => {
      await using server = await serve(echoHandlers, {
        peers: {
          read: () => {
            if (peer === undefined) throw new Error("EBADF");
            return peer;
          },
        },
      });
      const raw = await server.raw();
      raw.request(1, unaryRequest("x"));
      await raw.closed();
      assert.deepEqual(raw.frames, []);
      assert.equal(server.server.connectionCount, 0);
      assert.ok(isConnectionClosed(await errorOf((await server.connect()).service(Echo).unary({}))));
    });
  }

  test("of the kernel are those of this process", async () => {
    await using server = await serve(
      { unary: (_, { peer }) => say(JSON.stringify(peer)) },
      { peers: { read: peerCredentials, allow: ({ pid }) => pid === process.pid } },
    );
    const { typeUrl } = await (await server.connect()).service(Echo).unary({});
    assert.deepEqual(JSON.parse(typeUrl), self);
  });
});

describe("Server.listen()", () => {
  test("binds for the owner alone, whatever the umask, with mode 0600 at once, and removes the path at the end", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "s");
    const umask = process.umask(0);
    try {
      const server = new Server();
      const listening = server.listen(path);
      // The socket is there before the promise has resolved: nobody has had a turn in between.
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal(process.umask(), 0);
      await listening;
      assert.equal(statSync(path).mode & 0o777, 0o600);
      await server.close();
      assert.equal(existsSync(path), false);
      await server.close();
    } finally {
      process.umask(umask);
    }
  });

  test("takes nothing from the owner by its umask, which other threads have as well, and gives others nothing", async (t) => {
    using dir = temporaryDir();
    const umask = t.mock.method(process, "umask");
    await using server = new Server();
    for (const [index, mode] of [0o600, 0o660, 0o666].entries()) {
      await server.listen(join(dir.path, `${index}`), { mode });
      assert.equal(statSync(join(dir.path, `${index}`)).mode & 0o777, mode);
      const [during] = umask.mock.calls.at(-2)?.arguments ?? [];
      assert.equal(during, 0o077);
    }
  });

  test("leaves the mode of a path alone that is somebody else's", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "s");
    writeFileSync(path, "", { mode: 0o644 });
    await using server = new Server();
    await assert.rejects(server.listen(path), { code: "EADDRINUSE" });
    assert.equal(statSync(path).mode & 0o777, 0o644);
  });

  test("takes another mode", async () => {
    using dir = temporaryDir();
    await using server = new Server();
    await server.listen(join(dir.path, "s"), { mode: 0o660 });
    assert.equal(statSync(join(dir.path, "s")).mode & 0o777, 0o660);
  });

  test("throws EADDRINUSE when the path exists, and can be asked again", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "s");
    writeFileSync(path, "");
    await using server = new Server().register(Echo, echoHandlers);
    await assert.rejects(server.listen(path), { code: "EADDRINUSE" });
    await assert.rejects(server.listen("nowhere"), isInvalidArgument);
    assert.equal(existsSync(path), true);
    await server.listen(join(dir.path, "t"));
    using client = closing(await Client.connect(join(dir.path, "t")));
    assert.equal((await client.service(Echo).unary(say("x"))).typeUrl, "x");
  });

  test("listens at an abstract address by exactly its name, without padding", async () => {
    const name = `hw-ttrpc-${process.pid}-${Math.random().toString(36).slice(2)}`;
    await using server = new Server().register(Echo, echoHandlers);
    await server.listen(`unix://@${name}`);
    const lines = readFileSync("/proc/net/unix", "latin1").split("\n");
    const names = lines.map((line) => line.split(/\s+/)[7]).filter((one) => one?.startsWith(`@${name}`));
    assert.ok(names.length > 0 && names.every((one) => one === `@${name}`), names.join());
    using client = closing(await Client.connect(`@${name}`));
    assert.equal((await client.service(Echo).unary(say("x"))).typeUrl, "x");
  });

  for (const kind of ["path", "abstract"] as const) {
    test(`takes the longest ${kind} that fits into a socket address`, async () => {
      using dir = temporaryDir();
      const prefix = kind === "path" ? `${dir.path}/` : `@${process.pid}-`;
      const length = kind === "path" ? 107 : 108;
      const address = prefix + "n".repeat(length - prefix.length);
      await using server = new Server().register(Echo, echoHandlers);
      await server.listen(address);
      using client = closing(await Client.connect(address));
      assert.equal((await client.service(Echo).unary(say("x"))).typeUrl, "x");
    });
  }

  test("listens on an inherited descriptor, and leaves its path alone", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "s");
    const address = Buffer.alloc(110);
    address.writeUInt16LE(1); // AF_UNIX
    address.write(path, 2);
    const fd = syscall("socket", [1, 0o2000001, 0]);
    syscall("bind", [fd, address, address.length]);
    syscall("listen", [fd, 16]);
    const server = new Server().register(Echo, echoHandlers);
    await server.listen({ fd });
    using client = closing(await Client.connect(path));
    assert.equal((await client.service(Echo).unary(say("inherited"))).typeUrl, "inherited");
    await server.close();
    assert.equal(existsSync(path), true);
    assert.throws(() => fstatSync(fd), { code: "EBADF" });
  });

  test("serves a socket that is handed over, and forgets one that was over before", async () => {
    await using outer = await serve();
    const dead = await outer.raw();
    dead.close();
    await dead.closed();
    const server = new Server();
    server.accept(dead.socket);
    await until(() => server.connectionCount === 0, "the dead socket to be forgotten");
  });

  test("serves a socket of anybody's making, to a client with another", async () => {
    using dir = temporaryDir();
    const path = join(dir.path, "s");
    await using server = new Server().register(Echo, echoHandlers);
    const listener = createServer((socket) => server.accept(socket));
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    try {
      const socket = createConnection(path);
      using client = closing(new Client(socket));
      const value = new Uint8Array(300_000).fill(7);
      const calls = client.service(Echo);
      assert.deepEqual((await calls.unary({ typeUrl: "x", value })).value, value);
      const words: string[] = [];
      for await (const { typeUrl } of calls.list(say("a b c"))) words.push(typeUrl);
      assert.deepEqual(words, ["a", "b", "c"]);
    } finally {
      await server.close();
      listener.close();
    }
  });

  test("leaves no socket behind", async () => {
    const before = openSockets().length;
    {
      await using server = await serve();
      for (let count = 0; count < 5; count++) {
        const client = await server.connect();
        await client.service(Echo).unary({});
      }
    }
    await until(() => openSockets().length <= before, "sockets to be closed");
  });
});

function closing(client: Client): Client & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}
