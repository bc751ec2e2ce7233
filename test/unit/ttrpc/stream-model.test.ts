// Random operations on a few stream ids against a model of their states: every id is answered as the model says.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Any } from "../../../proto/gen/any.ts";
import { Request, Response } from "../../../proto/gen/ttrpc.ts";
import { encodeFrame, Flag, FrameType } from "../../../ttrpc/frame.ts";
import { Echo, say, serve, until } from "./support.ts";

const byText = (left: string, right: string): number => (left < right ? -1 : 1);

type State = { words: string[]; is: "open" | "half-closed" | "over" };

test("any order of requests, data and closes is answered as the states of its streams demand", async () => {
  await using server = await serve();
  const step = fc.record({
    op: fc.constantFrom("request" as const, "data" as const, "last" as const, "close" as const),
    id: fc.constantFrom(1, 3, 5, 7, 2),
    word: fc.string({ minLength: 1, maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const peer = await server.raw();
      const streams = new Map<number, State>();
      const expected: string[] = [];
      const frames: Buffer[] = [];
      let lastId = 0;
      for (const { op, id, word } of steps) {
        const stream = streams.get(id);
        const refuse = (reason: string): void => {
          if (stream !== undefined) stream.is = "over";
          expected.push(`${id} ${reason}`);
        };
        if (op === "request") {
          const request = Request.encode({ service: Echo.name, method: "Collect" });
          frames.push(encodeFrame(id, FrameType.Request, Flag.RemoteOpen, request));
          if (id % 2 === 0) refuse("StreamID must be odd for client initiated streams");
          else if (id <= lastId) refuse("StreamID cannot be re-used and must increment");
          else {
            lastId = id;
            streams.set(id, { words: [], is: "open" });
          }
          continue;
        }
        const flags = { data: 0, last: Flag.RemoteClosed, close: Flag.RemoteClosed | Flag.NoData }[op];
        frames.push(
          encodeFrame(id, FrameType.Data, flags, op === "close" ? undefined : Any.encode(say(word))),
        );
        if (id % 2 === 0) refuse("StreamID must be odd for client initiated streams");
        else if (stream === undefined || stream.is === "over") refuse("StreamID is no longer active");
        else if (stream.is === "half-closed") refuse("data handling error: ttrpc: stream closed");
        else {
          if (op !== "close") stream.words.push(word);
          if (op !== "data") stream.is = "half-closed";
        }
      }
      for (const [id, { is, words }] of streams)
        if (is === "half-closed") expected.push(`${id} = ${words.join(" ")}`);
      // One write, so that no handler answers in between.
      const alive = Request.encode({
        service: Echo.name,
        method: "Unary",
        payload: Any.encode(say("alive")),
      });
      peer.write(Buffer.concat([...frames, encodeFrame(9, FrameType.Request, 0, alive)]));
      expected.push("9 = alive");
      await until(
        () => peer.frames.length >= expected.length,
        () => `${expected.length} answers, not ${peer.frames.length}`,
      );
      const answers = peer.frames.map(({ streamId, type, body }) => {
        assert.equal(type, FrameType.Response);
        const { status, payload } = Response.decode(body);
        return status === undefined
          ? `${streamId} = ${Any.decode(payload).typeUrl}`
          : `${streamId} ${status.message}`;
      });
      assert.deepEqual(answers.sort(byText), expected.sort(byText));
      peer.close();
      await peer.closed();
    }),
    { numRuns: 200 },
  );
  await until(() => server.server.connectionCount === 0, "the connections to be forgotten");
});
