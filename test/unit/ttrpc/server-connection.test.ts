// The server as a peer sees it that speaks bytes: the table of ttrpc's answers to what breaks its rules.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code } from "../../../proto/errors.ts";
import { Any } from "../../../proto/gen/any.ts";
import { Response } from "../../../proto/gen/ttrpc.ts";
import {
  encodeFrame,
  Flag,
  FrameType,
  HEADER_BYTES,
  MAX_BODY_BYTES,
  writeHeader,
} from "../../../ttrpc/frame.ts";
import { Echo, echoHandlers, gate, type RawPeer, say, serve, turns, unaryRequest, until } from "./support.ts";

const CLOSE = Flag.RemoteClosed | Flag.NoData;

function oversized(streamId: number, type: number, length: number): Buffer[] {
  const header = Buffer.alloc(HEADER_BYTES);
  writeHeader(header, length, streamId, type, 0);
  return [header, Buffer.alloc(length)];
}

/** The connection goes on: a later call on it is answered. */
async function assertAlive(peer: RawPeer, streamId: number): Promise<void> {
  peer.request(streamId, unaryRequest("alive"));
  const answer = await peer.nextResponse();
  assert.deepEqual(
    { ...answer, payload: Any.decode(answer.payload).typeUrl },
    {
      streamId,
      code: 0,
      message: "",
      payload: "alive",
    },
  );
}

describe("what breaks the protocol is answered, and the connection goes on", () => {
  const chat = (payload?: Uint8Array) => ({ service: Echo.name, method: "Chat", payload });
  const rows: {
    name: string;
    send: (peer: RawPeer) => void;
    streamId: number;
    code: number;
    message: string | RegExp;
  }[] = [
    {
      name: "a Request with an even id",
      send: (peer) => peer.request(2, unaryRequest("x")),
      streamId: 2,
      code: Code.InvalidArgument,
      message: "StreamID must be odd for client initiated streams",
    },
    {
      name: "a Request with id 0",
      send: (peer) => peer.request(0, unaryRequest("x")),
      streamId: 0,
      code: Code.InvalidArgument,
      message: "StreamID must be odd for client initiated streams",
    },
    {
      name: "Data with an even id",
      send: (peer) => peer.data(4, "x"),
      streamId: 4,
      code: Code.InvalidArgument,
      message: "StreamID must be odd for client initiated streams",
    },
    {
      name: "a body that is no Request",
      send: (peer) => peer.write(encodeFrame(1, FrameType.Request, 0, Buffer.from("ff", "hex"))),
      streamId: 1,
      code: Code.InvalidArgument,
      message: /^unmarshal request error: /,
    },
    {
      name: "an unknown service",
      send: (peer) => peer.request(1, { service: "test.Nobody", method: "Unary" }),
      streamId: 1,
      code: Code.Unimplemented,
      message: "service test.Nobody",
    },
    {
      name: "a service of no name, from an empty body",
      send: (peer) => peer.write(encodeFrame(1, FrameType.Request, 0)),
      streamId: 1,
      code: Code.Unimplemented,
      message: "service ",
    },
    {
      name: "an unknown method",
      send: (peer) => peer.request(1, { service: Echo.name, method: "unary" }),
      streamId: 1,
      code: Code.Unimplemented,
      message: "method unary",
    },
    {
      name: "a method with a giant name",
      send: (peer) => peer.request(1, { service: Echo.name, method: "m".repeat(1_000_000) }),
      streamId: 1,
      code: Code.Unimplemented,
      message: /^method m+… \(1000000 characters\)$/,
    },
    {
      name: "a payload that does not decode",
      send: (peer) =>
        peer.request(1, { service: Echo.name, method: "Unary", payload: Buffer.from("0aff", "hex") }),
      streamId: 1,
      code: Code.Internal,
      message: /^ttrpc: error unmarshalling payload: google.protobuf.Any: /,
    },
    {
      name: "Data on an id that never was",
      send: (peer) => peer.data(1, "x"),
      streamId: 1,
      code: Code.InvalidArgument,
      message: "StreamID is no longer active",
    },
    {
      name: "Data after the client's end of stream",
      send: (peer) => {
        peer.request(1, { service: Echo.name, method: "Collect" }, Flag.RemoteOpen);
        peer.write(Buffer.concat([encodeFrame(1, FrameType.Data, CLOSE), encodeFrame(1, FrameType.Data, 0)]));
      },
      streamId: 1,
      code: Code.InvalidArgument,
      message: "data handling error: ttrpc: stream closed",
    },
    {
      name: "Data after a Request that said there would be none",
      send: (peer) => {
        peer.socket.cork();
        peer.request(1, chat(), Flag.RemoteClosed);
        peer.data(1, "x");
        peer.socket.uncork();
      },
      streamId: 1,
      code: Code.InvalidArgument,
      message: "data handling error: ttrpc: stream closed",
    },
    {
      name: "a Request over 4 MiB",
      send: (peer) => peer.write(...oversized(1, FrameType.Request, MAX_BODY_BYTES + 1)),
      streamId: 1,
      code: Code.ResourceExhausted,
      message: "request: message length 4194305 exceed maximum message size of 4194304",
    },
    {
      name: "a Request of 20 MB",
      send: (peer) => peer.write(...oversized(1, FrameType.Request, 20_000_000)),
      streamId: 1,
      code: Code.ResourceExhausted,
      message: "request: message length 20000000 exceed maximum message size of 4194304",
    },
    {
      name: "a deadline that passed before the call was sent",
      send: (peer) => peer.request(1, unaryRequest("x", -1n)),
      streamId: 1,
      code: Code.DeadlineExceeded,
      message: /deadline/,
    },
    {
      name: "a stream message that does not decode, when the handler reads it",
      send: (peer) => {
        peer.request(1, chat(), Flag.RemoteOpen);
        peer.write(encodeFrame(1, FrameType.Data, 0, Buffer.from("0aff", "hex")));
      },
      streamId: 1,
      code: Code.Internal,
      message: /^ttrpc: error unmarshalling payload: /,
    },
  ];
  for (const { name, send, streamId, code, message } of rows) {
    test(name, async () => {
      await using server = await serve();
      const peer = await server.raw();
      send(peer);
      const answer = await peer.nextResponse();
      assert.equal(answer.streamId, streamId);
      assert.equal(answer.code, code);
      assert.equal(answer.payload.length, 0);
      if (typeof message === "string") assert.equal(answer.message, message);
      else assert.match(answer.message, message);
      await assertAlive(peer, 11);
      assert.deepEqual(peer.frames, []);
      assert.equal(server.server.callsRunning, 0);
    });
  }

  test("a Request with an id that was used, or is lower than the last one", async () => {
    await using server = await serve();
    const peer = await server.raw();
    await assertAlive(peer, 5);
    for (const streamId of [5, 3]) {
      peer.request(streamId, unaryRequest("again"));
      const answer = await peer.nextResponse();
      assert.equal(answer.streamId, streamId);
      assert.equal(answer.code, Code.InvalidArgument);
      assert.equal(answer.message, "StreamID cannot be re-used and must increment");
    }
    await assertAlive(peer, 0xffff_ffff);
  });

  test("a Request with the id of a call that runs ends that call: the client reads one final frame per id", async () => {
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ unary: () => promise });
    const peer = await server.raw();
    peer.request(1, unaryRequest("x"));
    peer.request(1, unaryRequest("y"));
    assert.equal((await peer.nextResponse()).code, Code.InvalidArgument);
    resolve(say("late"));
    await turns();
    assert.deepEqual(peer.frames, []);
  });

  test("Data on the id of a unary call that runs ends that call, once", async () => {
    const { promise, resolve } = gate<Any>();
    await using server = await serve({ unary: () => promise });
    const peer = await server.raw();
    peer.request(1, unaryRequest("x"));
    peer.data(1, "y");
    const answer = await peer.nextResponse();
    assert.equal(answer.code, Code.InvalidArgument);
    assert.equal(answer.message, "data handling error: ttrpc: stream closed");
    resolve(say("late"));
    await turns();
    assert.deepEqual(peer.frames, []);
    assert.equal(server.server.callsRunning, 0);
  });

  test("oversized Data ends the stream it was for", async () => {
    await using server = await serve();
    const peer = await server.raw();
    peer.request(1, { service: Echo.name, method: "Chat" }, Flag.RemoteOpen);
    peer.write(...oversized(1, FrameType.Data, MAX_BODY_BYTES + 1));
    assert.equal((await peer.nextResponse()).code, Code.ResourceExhausted);
    peer.data(1, "more");
    assert.equal((await peer.nextResponse()).message, "StreamID is no longer active");
    await until(() => server.server.callsRunning === 0, "the handler to end");
  });
});

describe("what means nothing is ignored", () => {
  const rows = [
    {
      name: "types nobody knows",
      frames: [encodeFrame(1, 0, 0), encodeFrame(1, 4, 0xff, Buffer.from("x")), encodeFrame(2, 255, 0)],
    },
    {
      name: "Responses, which only servers send",
      frames: [encodeFrame(1, FrameType.Response, 0), encodeFrame(2, FrameType.Response, 0)],
    },
    { name: "an oversized frame of a type nobody knows", frames: oversized(1, 9, MAX_BODY_BYTES + 1) },
  ];
  for (const { name, frames } of rows) {
    test(name, async () => {
      await using server = await serve();
      const peer = await server.raw();
      peer.write(...frames);
      await assertAlive(peer, 1);
      assert.deepEqual(peer.frames, []);
    });
  }

  test("flags nobody knows, on Request and Data", async () => {
    await using server = await serve();
    const peer = await server.raw();
    peer.request(1, unaryRequest("x"), 0xf8);
    assert.equal((await peer.nextResponse()).code, 0);
    peer.request(3, { service: Echo.name, method: "Collect" }, 0xf8);
    peer.data(3, "a", 0xf8);
    peer.data(3, undefined, 0xf8 | CLOSE);
    assert.equal(Any.decode((await peer.nextResponse()).payload).typeUrl, "a");
  });

  test("unknown fields of a Request, and fields in any order", async () => {
    await using server = await serve();
    const peer = await server.raw();
    const payload = Any.encode(say("x"));
    const body = Buffer.concat([
      Buffer.from([0x1a, payload.length, ...payload]),
      Buffer.from([0x78, 0x01]), // field 15, which does not exist
      Buffer.from([0x12, 5]),
      Buffer.from("Unary"),
      Buffer.from([0x0a, Echo.name.length]),
      Buffer.from(Echo.name),
    ]);
    peer.write(encodeFrame(1, FrameType.Request, 0, body));
    assert.equal(Any.decode((await peer.nextResponse()).payload).typeUrl, "x");
  });

  test("half a frame before the connection ends", async () => {
    await using server = await serve();
    const peer = await server.raw();
    await assertAlive(peer, 1);
    peer.write(encodeFrame(3, FrameType.Request, 0, Buffer.alloc(100)).subarray(0, 50));
    peer.socket.end();
    await peer.closed();
    assert.deepEqual(peer.frames, []);
    assert.equal(server.server.connectionCount, 0);
  });
});

describe("the first message of a stream", () => {
  const empty = new Uint8Array(0);
  const rows = [
    { method: "Chat", payload: undefined, flags: 2, first: [], reason: "absent is no message" },
    {
      method: "Chat",
      payload: empty,
      flags: 2,
      first: ["!"],
      reason: "empty is a message with every default",
    },
    {
      method: "Chat",
      payload: Any.encode(say("a")),
      flags: 2,
      first: ["a!"],
      reason: "a message is a message",
    },
    { method: "Chat", payload: empty, flags: 6, first: [], reason: "Rust says with 0x04 that there is none" },
    {
      method: "Chat",
      payload: undefined,
      flags: 6,
      first: [],
      reason: "Rust says with 0x04 that there is none",
    },
    {
      method: "Chat",
      payload: undefined,
      flags: 0,
      first: [],
      reason: "the method says what kind of call it is, not the flags",
    },
    {
      method: "List",
      payload: undefined,
      flags: 1,
      first: [""],
      reason: "a server-streaming call always has its request",
    },
    {
      method: "List",
      payload: empty,
      flags: 1,
      first: [""],
      reason: "a server-streaming call always has its request",
    },
    {
      method: "List",
      payload: Any.encode(say("a b")),
      flags: 1,
      first: ["a", "b"],
      reason: "its request is the payload",
    },
  ];
  for (const { method, payload, flags, first, reason } of rows) {
    test(`${method} with ${payload === undefined ? "no" : `${payload.length} bytes of`} payload and flags ${flags}: ${reason}`, async () => {
      await using server = await serve();
      const peer = await server.raw();
      peer.request(1, { service: Echo.name, method, payload }, flags);
      if (method === "Chat") peer.data(1, undefined, CLOSE);
      const got: string[] = [];
      for (;;) {
        const frame = await peer.next();
        assert.equal(frame.type, FrameType.Data);
        if (frame.flags === CLOSE) {
          assert.equal(frame.body.length, 0);
          break;
        }
        assert.equal(frame.flags, 0);
        got.push(Any.decode(frame.body).typeUrl);
      }
      assert.deepEqual(got, first);
    });
  }
});

describe("messages of a stream", () => {
  test("an empty message is delivered, a frame without data is not", async () => {
    await using server = await serve({
      async collect(requests) {
        let count = 0;
        for await (const _ of requests) count++;
        return say(String(count));
      },
    });
    const peer = await server.raw();
    peer.request(1, { service: Echo.name, method: "Collect" }, Flag.RemoteOpen);
    peer.data(1, undefined, 0);
    peer.data(1, undefined, Flag.NoData);
    peer.data(1, undefined, 0);
    peer.data(1, undefined, CLOSE);
    assert.equal(Any.decode((await peer.nextResponse()).payload).typeUrl, "2");
  });

  test("the last message and the close in one frame are accepted without Go's extra InvalidArgument: it is legal on the wire", async () => {
    await using server = await serve();
    const peer = await server.raw();
    peer.request(1, { service: Echo.name, method: "Collect" }, Flag.RemoteOpen);
    peer.data(1, "a");
    peer.data(1, "b", Flag.RemoteClosed);
    assert.equal(Any.decode((await peer.nextResponse()).payload).typeUrl, "a b");
    await assertAlive(peer, 3);
    assert.deepEqual(peer.frames, []);
  });

  test("Data after a handler has answered early is refused, frame by frame, and nothing else happens", async () => {
    await using server = await serve({ ...echoHandlers, collect: () => say("early") });
    const peer = await server.raw();
    peer.request(1, { service: Echo.name, method: "Collect" }, Flag.RemoteOpen);
    assert.equal(Any.decode((await peer.nextResponse()).payload).typeUrl, "early");
    peer.data(1, "a");
    peer.data(1, undefined, CLOSE);
    for (let count = 0; count < 2; count++) {
      assert.equal((await peer.nextResponse()).message, "StreamID is no longer active");
    }
    await assertAlive(peer, 3);
  });

  test("a stream of errors ends with a Response, never with an OK Response or a second end", async () => {
    await using server = await serve({
      async *list() {
        yield say("a");
        throw new Error("boom");
      },
    });
    const peer = await server.raw();
    peer.request(1, { service: Echo.name, method: "List" }, Flag.RemoteClosed);
    assert.equal((await peer.next()).type, FrameType.Data);
    const last = await peer.next();
    assert.equal(last.type, FrameType.Response);
    assert.equal(Response.decode(last.body).status?.message, "boom");
    await turns();
    assert.deepEqual(peer.frames, []);
  });
});

describe("bytes", () => {
  test("one at a time make the same calls", async () => {
    await using server = await serve(echoHandlers);
    const peer = await server.raw();
    const { Request } = await import("../../../proto/gen/ttrpc.ts");
    const bytes = encodeFrame(1, FrameType.Request, 0, Request.encode(unaryRequest("slow")));
    for (const byte of bytes) {
      peer.write(Buffer.from([byte]));
      await turns(1);
    }
    assert.equal(Any.decode((await peer.nextResponse()).payload).typeUrl, "slow");
  });
});
