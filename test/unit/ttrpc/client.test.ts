import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code, HawserError, isCanceled, isDeadlineExceeded } from "../../../proto/errors.ts";
import { Any } from "../../../proto/gen/any.ts";
import { Request } from "../../../proto/gen/ttrpc.ts";
import {
  encodeFrame,
  Flag,
  FrameType,
  HEADER_BYTES,
  MAX_BODY_BYTES,
  writeHeader,
} from "../../../ttrpc/frame.ts";
import { Client, type ClientInterceptor, isConnectionClosed } from "../../../ttrpc/index.ts";
import {
  Echo,
  echoHandlers,
  errorOf,
  gate,
  playServer,
  say,
  serve,
  turns,
  until,
  within,
} from "./support.ts";

const CLOSE = Flag.RemoteClosed | Flag.NoData;
const big = (bytes: number): Any => ({ typeUrl: "", value: new Uint8Array(bytes) });

function listenersOf(signal: AbortSignal): () => number {
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count--;
    removeEventListener.apply(signal, args);
  };
  return () => count;
}

describe("every kind of call", () => {
  test("is answered", async () => {
    await using server = await serve();
    const echo = (await server.connect()).service(Echo);
    assert.equal((await echo.unary(say("x"))).typeUrl, "x");
    const list: string[] = [];
    for await (const { typeUrl } of echo.list(say("a b c"))) list.push(typeUrl);
    assert.deepEqual(list, ["a", "b", "c"]);
    const collect = echo.collect();
    for (const word of ["d", "", "e"]) await collect.send(say(word));
    assert.equal((await collect.response()).typeUrl, "d  e");
    const chat = echo.chat();
    await chat.send(say("f"));
    assert.equal((await chat.receive())?.typeUrl, "f!");
    await chat.send({});
    assert.equal((await chat.receive())?.typeUrl, "!");
    chat.end();
    chat.end();
    assert.equal(await chat.receive(), undefined);
    assert.equal(await chat.receive(), undefined);
    assert.equal((await errorOf(chat.send({}))).code, Code.FailedPrecondition);
  });

  test("answers 200 calls at once, each with its own", async () => {
    await using server = await serve({
      unary: async (request) => {
        await turns(Number(request.typeUrl) % 7);
        return request;
      },
    });
    const echo = (await server.connect()).service(Echo);
    const words = Array.from({ length: 200 }, (_, index) => String(index));
    const answers = await Promise.all(words.map((word) => echo.unary(say(word))));
    assert.deepEqual(
      answers.map(({ typeUrl }) => typeUrl),
      words,
    );
  });

  test("says what it is on the wire: rising odd ids, flags, payload, deadline, metadata", async () => {
    await using played = await playServer({ metadata: { ns: "a" } });
    const { client, peer } = played;
    const echo = client.service(Echo);
    const pending = [
      errorOf(echo.unary({}, { timeoutMs: 50_000, metadata: { X: "1" } })),
      errorOf(echo.list(say("l")).receive()),
    ];
    const streams = [echo.collect(), echo.chat({ timeoutMs: Number.POSITIVE_INFINITY })];
    for (const stream of streams) pending.push(errorOf(stream.receive()));
    const frames = [await peer.next(), await peer.next(), await peer.next(), await peer.next()];
    assert.deepEqual(
      frames.map(({ streamId, type, flags }) => [streamId, type, flags]),
      [
        [1, 1, 0],
        [3, 1, 1],
        [5, 1, 2],
        [7, 1, 2],
      ],
    );
    const requests = frames.map(({ body }) => Request.decode(body));
    assert.deepEqual(
      requests.map(({ payload }) => payload?.length),
      [0, 3, undefined, undefined],
    );
    assert.deepEqual(
      requests.map(({ timeoutNano }) => timeoutNano),
      [50_000_000_000n, 0n, 0n, 0n],
    );
    assert.deepEqual(requests[0]?.metadata, [
      { key: "ns", value: "a" },
      { key: "x", value: "1" },
    ]);
    streams[0]?.end();
    const half = await peer.next();
    assert.deepEqual([half.streamId, half.type, half.flags, half.body.length], [5, 3, CLOSE, 0]);
    client.close();
    for (const error of await Promise.all(pending)) assert.ok(isConnectionClosed(error));
  });
});

describe("a message over the limit", () => {
  test("is refused before it is sent, and the connection lives", async () => {
    await using server = await serve();
    const client = await server.connect();
    const echo = client.service(Echo);
    assert.equal((await errorOf(echo.unary(big(MAX_BODY_BYTES)))).code, Code.ResourceExhausted);
    const stream = echo.chat();
    assert.equal((await errorOf(stream.send(big(MAX_BODY_BYTES)))).code, Code.ResourceExhausted);
    await stream.send(say("small"));
    assert.equal((await stream.receive())?.typeUrl, "small!");
    assert.throws(() => echo.list(big(MAX_BODY_BYTES)), { code: Code.ResourceExhausted });
    stream.cancel();
    assert.equal(client.callsInFlight, 0);
  });

  for (const type of [FrameType.Response, FrameType.Data]) {
    test(`from the server, of type ${type}, fails its call alone`, async () => {
      await using played = await playServer();
      const { client, peer } = played;
      const stream = client.service(Echo).chat();
      const other = client.service(Echo).unary({});
      await peer.next();
      await peer.next();
      const header = Buffer.alloc(HEADER_BYTES);
      writeHeader(header, MAX_BODY_BYTES + 1, 1, type, 0);
      peer.write(header, Buffer.alloc(MAX_BODY_BYTES + 1));
      assert.equal((await errorOf(stream.receive())).code, Code.ResourceExhausted);
      peer.response(3, { payload: Any.encode(say("fine")) });
      assert.equal((await other).typeUrl, "fine");
      await turns();
      // After a final Response nothing may be written; after Data the server hears that nobody listens.
      assert.equal(peer.frames.length, type === FrameType.Data ? 1 : 0);
    });
  }
});

describe("a deadline at the client", () => {
  test("fails the call with DeadlineExceeded, and the late answer is ignored", async () => {
    const notices: string[] = [];
    await using played = await playServer({ onIgnored: (notice) => notices.push(notice) });
    const { client, peer } = played;
    assert.ok(isDeadlineExceeded(await errorOf(client.service(Echo).unary({}, { timeoutMs: 1 }))));
    assert.equal(client.callsInFlight, 0);
    peer.response(1, {});
    await until(() => notices.length === 1, "the late answer");
  });

  const over = [0, -1, Number.NaN];
  for (const timeoutMs of over) {
    test(`of ${timeoutMs} ms fails at once, sending nothing`, async () => {
      await using played = await playServer();
      assert.ok(isDeadlineExceeded(await errorOf(played.client.service(Echo).unary({}, { timeoutMs }))));
      await turns();
      assert.deepEqual(played.peer.frames, []);
    });
  }

  test("ends a send that waits for room", async () => {
    await using played = await playServer();
    played.peer.socket.pause();
    const stream = played.client.service(Echo).chat({ timeoutMs: 300 });
    const failed = errorOf(
      (async () => {
        for (;;) await stream.send(big(100_000));
      })(),
    );
    assert.ok(isDeadlineExceeded(await failed));
  });

  test("of the client is every unary call's, and Infinity is none", async () => {
    await using played = await playServer({ timeoutMs: 60_000 });
    const { client, peer } = played;
    const calls = [
      errorOf(client.service(Echo).unary({})),
      errorOf(client.service(Echo).unary({}, { timeoutMs: Number.POSITIVE_INFINITY })),
    ];
    assert.equal(Request.decode((await peer.next()).body).timeoutNano, 60_000_000_000n);
    assert.equal(Request.decode((await peer.next()).body).timeoutNano, 0n);
    client.close();
    await Promise.all(calls);
  });
});

describe("an AbortSignal", () => {
  test("that has fired sends nothing; one that fires ends the call; neither keeps a listener", async () => {
    await using played = await playServer();
    const { client, peer } = played;
    const echo = client.service(Echo);
    assert.ok(isCanceled(await errorOf(echo.unary({}, { signal: AbortSignal.abort() }))));
    assert.throws(() => echo.chat({ signal: AbortSignal.abort() }), isCanceled);
    await turns();
    assert.deepEqual(peer.frames, []);
    const controller = new AbortController();
    const listeners = listenersOf(controller.signal);
    const { signal } = controller;
    const answered = echo.unary({}, { signal });
    await peer.next();
    peer.response(1, {});
    await answered;
    assert.equal(listeners(), 0);
    const calls = [errorOf(echo.unary({}, { signal })), errorOf(echo.chat({ signal }).receive())];
    controller.abort();
    for (const error of await Promise.all(calls)) assert.ok(isCanceled(error));
    assert.equal(client.callsInFlight, 0);
    assert.equal(listeners(), 0);
  });

  test("ends a wait for connecting", async () => {
    assert.ok(isCanceled(await errorOf(Client.connect("/nowhere", { signal: AbortSignal.abort() }))));
    const error = await errorOf(Client.connect("/nowhere/at/all"));
    assert.equal(error.code, Code.Unavailable);
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOENT");
  });
});

describe("interceptors of a client", () => {
  test("are around the call, outermost first; may edit, retry, answer and replace errors", async () => {
    const log: string[] = [];
    const outer: ClientInterceptor = async (call, next) => {
      log.push(`${call.service}/${call.method.name}`);
      call.metadata.set("traceparent", "t");
      if ((call.request as Any).typeUrl === "short") return say("circuit");
      try {
        return await next(call);
      } catch (error) {
        if (HawserError.from(error).code !== Code.Aborted) throw HawserError.from(error).wrap("outer");
        return next(call);
      }
    };
    const inner: ClientInterceptor = (call, next) => {
      log.push("inner");
      call.request = say(`${(call.request as Any).typeUrl}+`);
      return next(call);
    };
    let isFirst = true;
    await using server = await serve({
      unary: (request, { metadata }) => {
        if (request.typeUrl === "bad+") throw new HawserError(Code.Internal, "no");
        if (isFirst) {
          isFirst = false;
          throw new HawserError(Code.Aborted, "again");
        }
        return say(`${request.typeUrl} ${metadata.get("traceparent")}`);
      },
    });
    const echo = (await server.connect({ interceptors: [outer, inner] })).service(Echo);
    assert.equal((await echo.unary(say("short"))).typeUrl, "circuit");
    assert.equal((await echo.unary(say("x"))).typeUrl, "x++ t");
    assert.deepEqual(log, ["test.Echo/Unary", "test.Echo/Unary", "inner", "inner"]);
    assert.equal((await errorOf(echo.unary(say("bad")))).message, "outer: no");
  });
});

describe("a connection that is lost", () => {
  test("fails every call once with ConnectionClosedError, waiting ones included, and later ones at once", async () => {
    await using played = await playServer();
    const { client, peer } = played;
    peer.socket.pause();
    const echo = client.service(Echo);
    let failures = 0;
    const count = (error: HawserError): void => {
      assert.ok(isConnectionClosed(error), error.stack);
      failures++;
    };
    const calls = Array.from({ length: 20 }, () => errorOf(echo.unary(big(100_000))).then(count));
    const stream = echo.chat();
    calls.push(errorOf(stream.receive()).then(count));
    calls.push(
      errorOf(
        (async () => {
          for (;;) await stream.send(big(100_000));
        })(),
      ).then(count),
    );
    await turns();
    assert.equal(client.callsInFlight, 21);
    peer.close();
    await within(Promise.all(calls), "every call to fail");
    assert.equal(failures, 22);
    assert.equal(client.callsInFlight, 0);
    assert.ok(isConnectionClosed(await client.closed));
    assert.equal(client.closedBy, await client.closed);
    assert.ok(isConnectionClosed(await errorOf(echo.unary({}))));
    assert.throws(() => echo.chat(), isConnectionClosed);
  });

  test("delivers what came before: an answer, and the messages of a stream", async () => {
    await using played = await playServer();
    const { client, peer } = played;
    const answer = client.service(Echo).unary({});
    const stream = client.service(Echo).chat();
    await peer.next();
    await peer.next();
    peer.socket.cork();
    peer.data(3, "a");
    peer.data(3, "b");
    peer.response(1, { payload: Any.encode(say("x")) });
    peer.socket.uncork();
    peer.socket.end();
    assert.equal((await answer).typeUrl, "x");
    await within(client.closed, "the end");
    assert.equal((await stream.receive())?.typeUrl, "a");
    assert.equal((await stream.receive())?.typeUrl, "b");
    assert.ok(isConnectionClosed(await errorOf(stream.receive())));
  });

  test("is noticed for a socket that was over before the client had it", async () => {
    await using server = await serve();
    const peer = await server.raw();
    peer.close();
    await peer.closed();
    const client = new Client(peer.socket);
    assert.ok(isConnectionClosed(await errorOf(client.service(Echo).unary({}))));
  });
});

describe("what a server may send", () => {
  test("a status behind messages comes behind them", async () => {
    await using server = await serve({
      async *list() {
        yield say("a");
        yield say("b");
        throw new HawserError(Code.NotFound, "gone");
      },
    });
    const client = await server.connect();
    const stream = client.service(Echo).list({});
    await until(() => client.callsInFlight === 0, "the end of the stream");
    assert.deepEqual([(await stream.receive())?.typeUrl, (await stream.receive())?.typeUrl], ["a", "b"]);
    assert.equal((await errorOf(stream.receive())).code, Code.NotFound);
  });

  const rows = [
    {
      name: "Data for a unary call",
      kind: "unary",
      send: encodeFrame(1, FrameType.Data, 0),
      code: Code.Internal,
    },
    {
      name: "Data for a client-streaming call",
      kind: "collect",
      send: encodeFrame(1, FrameType.Data, 0),
      code: Code.Internal,
    },
    {
      name: "a Response that is none",
      kind: "unary",
      send: encodeFrame(1, FrameType.Response, 0, Buffer.from("ff", "hex")),
      code: Code.Internal,
    },
    {
      name: "a Response that is none, to a stream",
      kind: "collect",
      send: encodeFrame(1, FrameType.Response, 0, Buffer.from("ff", "hex")),
      code: Code.Internal,
    },
    {
      name: "a payload that is none",
      kind: "unary",
      send: encodeFrame(1, FrameType.Response, 0, Buffer.from("12020aff", "hex")),
      code: Code.Internal,
    },
    {
      name: "an empty status, as Rust sends it",
      kind: "unary",
      send: encodeFrame(1, FrameType.Response, 0, Buffer.from("0a00", "hex")),
      code: Code.OK,
    },
  ] as const;
  for (const { name, kind, send, code } of rows) {
    test(`${name}: ${code === Code.OK ? "is success" : "fails the call alone"}`, async () => {
      await using played = await playServer();
      const { client, peer } = played;
      const echo = client.service(Echo);
      const call = kind === "unary" ? echo.unary({}) : echo.collect().receive();
      await peer.next();
      peer.write(encodeFrame(99, FrameType.Data, 0), encodeFrame(1, 42, 0), send);
      if (code === Code.OK) assert.deepEqual(await call, say(""));
      else assert.equal((await errorOf(call)).code, code);
      assert.equal(client.callsInFlight, 0);
      assert.equal(client.closedBy, undefined);
    });
  }

  test("a final frame that overflows is answered with nothing: some Go servers crash on Data behind the end", async () => {
    await using played = await playServer({ inbound: { maxMessages: 1 } });
    const { client, peer } = played;
    const stream = client.service(Echo).chat();
    await peer.next();
    peer.data(1, "a");
    peer.data(1, "b", Flag.RemoteClosed);
    await until(() => client.callsInFlight === 0, "the overflow");
    stream.end();
    await turns();
    assert.deepEqual(peer.frames, []);
    assert.equal((await errorOf(stream.receive())).code, Code.ResourceExhausted);
  });
});

describe("a stream that is left", () => {
  test("early in its loop is cancelled: the server sees the half-close, reading rejects", async () => {
    await using played = await playServer();
    const { client, peer } = played;
    const stream = client.service(Echo).chat();
    await peer.next();
    peer.data(1, "a");
    for await (const _ of stream) break;
    assert.equal((await peer.next()).flags, CLOSE);
    assert.ok(isCanceled(await errorOf(stream.receive())));
    assert.equal(client.callsInFlight, 0);
  });

  test("unread fails alone; other calls of its connection go on", async () => {
    await using server = await serve({
      ...echoHandlers,
      async *list(_, { signal }) {
        while (!signal.aborted) {
          yield say("x");
          await turns(1);
        }
      },
    });
    const client = await server.connect();
    const echo = client.service(Echo);
    const stream = echo.list({}, { inbound: { maxMessages: 20 } });
    while (client.callsInFlight > 0) await echo.unary({});
    assert.equal((await errorOf(stream.receive())).code, Code.ResourceExhausted);
    assert.equal((await echo.unary(say("y"))).typeUrl, "y");
  });
});

describe("Client.drain()", () => {
  test("waits for calls in flight, refuses new ones, and may be asked for twice", async () => {
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ unary: () => promise });
    const client = await server.connect();
    const call = client.service(Echo).unary({});
    const both = Promise.all([client.drain(), client.drain()]);
    assert.ok(isConnectionClosed(await errorOf(client.service(Echo).unary({}))));
    assert.equal(client.closedBy, undefined);
    resolve(say("x"));
    await within(both, "both drains");
    assert.equal((await call).typeUrl, "x");
    assert.ok(isConnectionClosed(client.closedBy));
    await client.drain();
  });

  test("closes when its signal fires, even if the server reads nothing, and keeps no listener", async () => {
    await using played = await playServer();
    const { client, peer } = played;
    peer.socket.pause();
    const call = errorOf(client.service(Echo).unary(big(4_000_000)));
    const controller = new AbortController();
    const listeners = listenersOf(controller.signal);
    const drained = client.drain({ signal: controller.signal });
    await turns();
    controller.abort();
    await within(drained, "the drain");
    assert.ok(isConnectionClosed(await call));
    assert.equal(listeners(), 0);
  });
});

test("one call more than maxCalls fails at once with ResourceExhausted", async () => {
  await using played = await playServer({ maxCalls: 1 });
  const echo = played.client.service(Echo);
  const first = errorOf(echo.unary({}));
  assert.equal((await errorOf(echo.unary({}))).code, Code.ResourceExhausted);
  played.client.close();
  await first;
});
