import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Code, HawserError, isResourceExhausted } from "../../../proto/errors.ts";
import { Any } from "../../../proto/gen/any.ts";
import { Empty } from "../../../proto/gen/empty.ts";
import { ConnectRequest, ConnectResponse } from "../../../proto/gen/task.ts";
import { Request, Response } from "../../../proto/gen/ttrpc.ts";
import {
  closeFrame,
  dataFrame,
  encodeRoute,
  requestFrame,
  responseFrame,
  statusFrame,
  tooLarge,
} from "../../../ttrpc/envelope.ts";
import {
  encodeFrame,
  Flag,
  FrameType,
  HEADER_BYTES,
  MAX_BODY_BYTES,
  setStreamId,
} from "../../../ttrpc/frame.ts";
import { Metadata } from "../../../ttrpc/metadata.ts";
import { statusFromError } from "../../../ttrpc/status.ts";
import "./support.ts";

const hex = (text: string): string => text.replaceAll(" ", "");
const body = (frame: Buffer): Uint8Array => frame.subarray(HEADER_BYTES);

/** A message whose wire form has exactly `bytes` bytes: tag, three bytes of length, value. */
function sized(bytes: number): Any {
  const message = { typeUrl: "", value: new Uint8Array(bytes - 5) };
  assert.equal(Any.encode(message).length, bytes);
  return message;
}

describe("golden frames", () => {
  const connect = requestFrame(
    {
      flags: 0,
      route: encodeRoute("containerd.task.v2.Task", "Connect"),
      timeoutNano: 2_000_000_000,
      metadata: new Metadata({ "containerd-namespace-ttrpc": "k8s.io" }),
    },
    ConnectRequest,
    { id: "c1" },
  );
  setStreamId(connect, 1);
  const rows = [
    {
      name: "Connect of c1 with a deadline of 2 s in namespace k8s.io",
      frame: connect,
      bytes:
        "00000054 00000001 01 00 0a17636f6e7461696e6572642e7461736b2e76322e5461736b 1207436f6e6e656374 1a040a026331 2080a8d6b907 2a240a1a636f6e7461696e6572642d6e616d6573706163652d747472706312066b38732e696f",
    },
    {
      name: "NotFound",
      frame: statusFrame(1, statusFromError(new HawserError(Code.NotFound, "c1: not found"))),
      bytes: "00000013 00000001 02 00 0a110805120d63313a206e6f7420666f756e64",
    },
    {
      name: "ConnectResponse",
      frame: responseFrame(1, ConnectResponse, { shimPid: 77, taskPid: 88 }),
      bytes: "00000006 00000001 02 00 1204084d1058",
    },
    { name: "the client's half-close", frame: closeFrame(3), bytes: "00000000 00000003 03 05" },
    {
      name: "a success without content leaves status and payload out, as Go does",
      frame: responseFrame(5, Empty, {}),
      bytes: "00000000 00000005 02 00",
    },
    {
      name: "an empty message on a stream has no flag, which tells it from no message",
      frame: dataFrame(3, Empty, {}),
      bytes: "00000000 00000003 03 00",
    },
    {
      name: "a stream that opens without a message leaves the payload out",
      frame: requestFrame({
        flags: Flag.RemoteOpen,
        route: encodeRoute("s", "m"),
        timeoutNano: 0,
        metadata: undefined,
      }),
      bytes: "00000006 00000000 01 02 0a0173 12016d",
    },
    {
      name: "a call with an empty message has an empty payload",
      frame: requestFrame(
        { flags: 0, route: encodeRoute("s", "m"), timeoutNano: 0, metadata: undefined },
        Empty,
        {},
      ),
      bytes: "00000008 00000000 01 00 0a0173 12016d 1a00",
    },
  ];
  for (const { name, frame, bytes } of rows) {
    test(name, () => assert.equal(frame.toString("hex"), hex(bytes)));
  }
});

describe("frames written by hand", () => {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });

  test("are those of the generated codec", () => {
    fc.assert(
      fc.property(
        text,
        text,
        fc.option(fc.record({ typeUrl: fc.string(), value: fc.uint8Array({ maxLength: 300 }) })),
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.array(fc.tuple(text, text), { maxLength: 4 }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.integer({ min: 0, max: 255 }),
        (service, method, message, timeoutNano, pairs, streamId, flags) => {
          const metadata = new Metadata(pairs);
          const parts = { flags, route: encodeRoute(service, method), timeoutNano, metadata };
          const frame = message === null ? requestFrame(parts) : requestFrame(parts, Any, message);
          setStreamId(frame, streamId);
          const expected = Request.encode({
            service,
            method,
            payload: message === null ? undefined : Any.encode(message),
            timeoutNano: BigInt(timeoutNano),
            metadata: [...metadata].map(([key, value]) => ({ key, value })),
          });
          assert.deepEqual(frame, encodeFrame(streamId, FrameType.Request, flags, expected));
        },
      ),
    );
  });

  test("of responses and stream messages are those of the generated codec", () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 300 }), (typeUrl, value) => {
        const payload = Any.encode({ typeUrl, value });
        assert.deepEqual(
          responseFrame(7, Any, { typeUrl, value }),
          encodeFrame(7, FrameType.Response, 0, Response.encode({ payload })),
        );
        assert.deepEqual(dataFrame(7, Any, { typeUrl, value }), encodeFrame(7, FrameType.Data, 0, payload));
      }),
    );
  });

  test("carry the largest deadline that the wire has", () => {
    const parts = {
      flags: 0,
      route: encodeRoute("s", "m"),
      timeoutNano: 2 ** 63 - 1024,
      metadata: undefined,
    };
    assert.equal(Request.decode(body(requestFrame(parts))).timeoutNano, 2n ** 63n - 1024n);
  });

  test("replace half a surrogate pair, over which a Go server refuses the request", () => {
    const metadata = new Metadata([["n\ud800", "v\udc00"]]);
    const frame = requestFrame({
      flags: 0,
      route: encodeRoute("s\ud800", "m\ud800"),
      timeoutNano: 0,
      metadata,
    });
    const strict = new TextDecoder("utf-8", { fatal: true });
    assert.match(strict.decode(body(frame)), /s\ufffd.*m\ufffd.*n\ufffd.*v\ufffd/s);
  });
});

describe("size limits", () => {
  const route = encodeRoute("s", "m");
  const wrapped = 5; // tag and four bytes of length in front of a payload of 4 MiB
  const rows = [
    {
      name: "a request",
      make: (bytes: number) =>
        requestFrame(
          { flags: 0, route, timeoutNano: 0, metadata: undefined },
          Any,
          sized(bytes - route.length - wrapped),
        ),
      what: "request",
    },
    {
      name: "a response",
      make: (bytes: number) => responseFrame(1, Any, sized(bytes - wrapped)),
      what: "response",
    },
    {
      name: "a stream message",
      make: (bytes: number) => dataFrame(1, Any, sized(bytes)),
      what: "stream message",
    },
  ];
  for (const { name, make, what } of rows) {
    test(`${name} of 4 MiB is written, one byte more is ResourceExhausted and names its length`, () => {
      const frame = make(MAX_BODY_BYTES);
      assert.equal(frame.length, MAX_BODY_BYTES + HEADER_BYTES);
      assert.equal(frame.readUInt32BE(0), MAX_BODY_BYTES);
      assert.throws(
        () => make(MAX_BODY_BYTES + 1),
        (error) => {
          assert.ok(isResourceExhausted(error));
          assert.equal((error as Error).message, tooLarge(MAX_BODY_BYTES + 1, what).message);
          return true;
        },
      );
    });
  }

  test("tooLarge() says what Go says", () => {
    assert.match(
      tooLarge(4194305, "x").message,
      /message length 4194305 exceed maximum message size of 4194304$/,
    );
  });
});

describe("statusFrame()", () => {
  const status = (details: readonly unknown[]) => ({ code: 13, message: "text", details: details as Any[] });

  test("passes details through", () => {
    const details = [{ typeUrl: "x.Y", value: new Uint8Array([1, 2, 3]) }];
    assert.deepEqual(Response.decode(body(statusFrame(1, status(details)))).status, status(details));
  });

  test("leaves details out that do not fit, and keeps code and text", () => {
    const details = [{ typeUrl: "x.Y", value: new Uint8Array(MAX_BODY_BYTES) }];
    assert.deepEqual(Response.decode(body(statusFrame(1, status(details)))).status, status([]));
  });

  test("leaves details out that are not what their type says", () => {
    for (const details of [[null], [{ typeUrl: 5, value: "x" }], ["x", undefined]]) {
      const { status: sent } = Response.decode(body(statusFrame(1, status(details))));
      assert.equal(sent?.code, 13);
      assert.equal(sent?.message, "text");
    }
  });
});
