// Strangers on the socket: ten thousand inputs that are not what the protocol says, a thousand connections that end in
// the middle of something. Nothing may crash, and nothing may stay behind: no socket, no stream, no timer.
// HAWSER_SEED repeats a run.
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Any } from "../../proto/gen/any.ts";
import { Request, Response } from "../../proto/gen/ttrpc.ts";
import { encodeFrame, FrameType } from "../../ttrpc/frame.ts";
import { Client } from "../../ttrpc/index.ts";
import {
  Echo,
  type EchoHandlers,
  echoHandlers,
  RawPeer,
  say,
  serve,
  temporaryDir,
  until,
} from "../unit/ttrpc/support.ts";

const SEED = Number(process.env["HAWSER_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const INPUTS = 10_000;
const CUTS = 1_000;
const AT_ONCE = 32;

/** Small, fast, and the same for the same seed (mulberry32). */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(maxLength: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(maxLength + 1) }, () => this.below(256)));
  }
}

const METHODS = ["Unary", "List", "Collect", "Chat", "Nobody"];

function validRequest(chance: Chance, id: number): Buffer {
  const body = Request.encode({
    service: chance.below(10) === 0 ? "x" : Echo.name,
    method: chance.of(METHODS),
    payload: chance.of([undefined, new Uint8Array(0), Any.encode(say("a b c"))]),
    timeoutNano: chance.of([0n, 0n, 1n, 50_000_000n, -1n, 2n ** 63n - 1n]),
    metadata: [{ key: "K", value: "v" }],
  });
  return encodeFrame(id, FrameType.Request, chance.of([0, 1, 2, 6, 0xff]), body);
}

function clientFrames(chance: Chance): Buffer {
  const frames: Buffer[] = [];
  for (let count = 1 + chance.below(6), id = 1; count > 0; count--, id += 2) {
    frames.push(validRequest(chance, id));
    for (let data = chance.below(3); data > 0; data--) {
      const body = chance.below(4) === 0 ? chance.bytes(20) : Any.encode(say("x"));
      frames.push(
        encodeFrame(chance.of([id, id, 1, 2, 99]), FrameType.Data, chance.of([0, 0, 1, 4, 5]), body),
      );
    }
  }
  return Buffer.concat(frames);
}

function serverFrames(chance: Chance): Buffer {
  const frames: Buffer[] = [];
  for (let count = 1 + chance.below(8); count > 0; count--) {
    const id = chance.of([1, 3, 5, 7, 2, 99]);
    if (chance.below(2) === 0)
      frames.push(encodeFrame(id, FrameType.Data, chance.of([0, 1, 4, 5, 0xff]), chance.bytes(30)));
    else {
      const status = chance.of([undefined, { code: 5, message: "gone" }, { code: 0 }, { code: -7 }]);
      frames.push(
        encodeFrame(id, FrameType.Response, 0, Response.encode({ status, payload: chance.bytes(20) })),
      );
    }
  }
  return Buffer.concat(frames);
}

/** Breaks bytes that were right. */
function mutate(chance: Chance, bytes: Buffer): Buffer {
  const broken = Buffer.from(bytes);
  for (let flips = chance.below(8); flips > 0 && broken.length > 0; flips--) {
    broken[chance.below(broken.length)] = chance.below(256);
  }
  const cut = chance.below(broken.length + 1);
  return chance.of([
    broken,
    broken.subarray(0, cut),
    broken.subarray(cut),
    Buffer.concat([broken, chance.bytes(40), bytes]),
  ]);
}

function malformed(chance: Chance, frames: (chance: Chance) => Buffer): Buffer {
  switch (chance.below(4)) {
    case 0:
      return chance.bytes(300);
    case 1: {
      // A header that may claim anything, in front of less or more than that.
      const frame = encodeFrame(chance.below(2 ** 32), chance.below(6), chance.below(256), chance.bytes(100));
      frame.writeUInt32BE(chance.of([0, 1, 99, 4_194_304, 4_194_305, 0xffff_ffff]), 0);
      return Buffer.concat([frame, frames(chance)]);
    }
    default:
      return mutate(chance, frames(chance));
  }
}

/** Runs `work` for 0 … count-1, some at a time. */
async function spread(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

/** Everything that could be left behind: descriptors, and what keeps the event loop alive. */
function held(): { fds: string[]; resources: string[] } {
  const fds = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  return {
    fds: fds.filter((target) => target.startsWith("socket:")).sort(),
    resources: process
      .getActiveResourcesInfo()
      .filter((name) => name !== "Immediate")
      .sort(),
  };
}

/** Runs `body`; fails for a crash that nobody caught, and for whatever is left behind. */
async function leavingNothing(body: () => Promise<void>): Promise<void> {
  const crashes: unknown[] = [];
  const onCrash = (error: unknown): void => {
    crashes.push(error);
  };
  process.on("uncaughtException", onCrash).on("unhandledRejection", onCrash);
  const before = held();
  try {
    await body();
    await until(
      () => JSON.stringify(held()) === JSON.stringify(before),
      () => `seed ${SEED}: left behind: ${JSON.stringify({ before, after: held() })}`,
    );
  } finally {
    process.off("uncaughtException", onCrash).off("unhandledRejection", onCrash);
  }
  assert.deepEqual(crashes, [], `seed ${SEED}`);
}

/** Handlers that answer, fail, wait for their end, and read to the end. */
const handlers: EchoHandlers = {
  ...echoHandlers,
  unary: (request, { signal }) => {
    if (request.typeUrl.length % 2 === 0) return request;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  },
};

/** Calls of every kind; each settles, well or not. */
async function callEverything(client: Client): Promise<void> {
  const echo = client.service(Echo);
  const drain = async (stream: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of stream);
  };
  const collect = echo.collect();
  const chat = echo.chat({ timeoutMs: 3_600_000 });
  await Promise.allSettled([
    echo.unary(say("ok"), { timeoutMs: 3_600_000 }),
    drain(echo.list(say("a b"))),
    collect.send(say("x")).then(() => collect.response()),
    chat.send(say("x")).then(() => {
      chat.end();
      return drain(chat);
    }),
  ]);
}

describe(`ttrpc among strangers (seed ${SEED})`, () => {
  test(`a server survives ${INPUTS / 2} malformed inputs`, async () => {
    await leavingNothing(async () => {
      await using server = await serve(handlers);
      await spread(INPUTS / 2, async (index) => {
        const chance = new Chance(SEED + index);
        const peer = await RawPeer.connect(server.path);
        const bytes = malformed(chance, clientFrames);
        const split = chance.below(bytes.length + 1);
        peer.write(bytes.subarray(0, split));
        if (chance.below(2) === 0) await new Promise((resolve) => setImmediate(resolve));
        peer.write(bytes.subarray(split));
        peer.socket.end();
        await peer.closed();
      });
      await until(() => server.server.connectionCount === 0, `seed ${SEED}: the connections to end`);
      assert.equal(server.server.callsRunning, 0);
      // And it still serves.
      const client = await server.connect();
      assert.equal((await client.service(Echo).unary(say("ok"))).typeUrl, "ok");
    });
  });

  test(`a client survives ${INPUTS / 2} malformed inputs`, async () => {
    await leavingNothing(async () => {
      using dir = temporaryDir();
      const path = join(dir.path, "s");
      let index = INPUTS;
      const listener = createServer((socket: Socket) => {
        const chance = new Chance(SEED + index++);
        socket.on("error", () => undefined).resume();
        socket.end(malformed(chance, serverFrames));
      });
      await new Promise<void>((resolve) => listener.listen(path, resolve));
      await spread(INPUTS / 2, async () => {
        const client = await Client.connect(path);
        // The connection may be over before the first call.
        await callEverything(client).catch(() => undefined);
        await client.closed;
        assert.equal(client.callsInFlight, 0, `seed ${SEED}`);
      });
      await new Promise((resolve) => listener.close(resolve));
    });
  });

  test(`${CUTS} connections are cut at random points of real traffic, at either end`, async () => {
    await leavingNothing(async () => {
      await using server = await serve(handlers);
      using dir = temporaryDir();
      const path = join(dir.path, "proxy");
      let index = 2 * INPUTS;
      // Stands in between and cuts after so many bytes in either direction.
      const proxy = createServer((near: Socket) => {
        const chance = new Chance(SEED + index++);
        let left = chance.below(600);
        void RawPeer.connect(server.path).then(({ socket: far }) => {
          const join = (from: Socket, to: Socket): void => {
            from.on("data", (chunk: Buffer) => {
              to.write(chunk.subarray(0, left));
              left -= chunk.length;
              if (left > 0) return;
              near.destroy();
              far.destroy();
            });
            from.on("close", () => to.destroy());
            from.on("error", () => undefined);
          };
          join(near, far);
          join(far, near);
          if (near.destroyed) far.destroy();
        });
      });
      await new Promise<void>((resolve) => proxy.listen(path, resolve));
      await spread(CUTS, async (number) => {
        const client = await Client.connect(path);
        await callEverything(client).catch(() => undefined);
        client.close();
        assert.equal(client.callsInFlight, 0, `seed ${SEED}, connection ${number}`);
      });
      await until(() => server.server.connectionCount === 0, `seed ${SEED}: the connections to end`);
      assert.equal(server.server.callsRunning, 0);
      await new Promise((resolve) => proxy.close(resolve));
    });
  });
});
