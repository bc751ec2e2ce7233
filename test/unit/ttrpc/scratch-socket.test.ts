import assert from "node:assert/strict";
import { createConnection, createServer, type Server, Socket } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { SCRATCH_BYTES, ScratchSocket } from "../../../ttrpc/scratch-socket.ts";
import { openSockets, temporaryDir, turns, until, within } from "./support.ts";

/** A listener on a private path, closed with the test; every accepted socket goes to `onConnection`. */
async function listening(
  context: TestContext,
  onConnection: (socket: Socket) => void,
  options: { pauseOnConnect?: boolean } = {},
): Promise<{ path: string; listener: Server }> {
  const dir = temporaryDir();
  const path = join(dir.path, "s");
  const listener = createServer(options, onConnection);
  await new Promise<void>((resolve) => listener.listen(path, resolve));
  context.after(() => {
    listener.close();
    dir[Symbol.dispose]();
  });
  return { path, listener };
}

/** Both ends of a connection: one that the test writes to, and the adopted one. */
async function pair(
  context: TestContext,
  options: { pauseOnConnect?: boolean } = {},
): Promise<{ near: Socket; far: ScratchSocket; accepted: Socket; listener: Server }> {
  const { promise, resolve } = Promise.withResolvers<{ far: ScratchSocket; accepted: Socket }>();
  const { path, listener } = await listening(
    context,
    (accepted) => {
      const far = ScratchSocket.adopt(accepted);
      assert.ok(far instanceof ScratchSocket);
      resolve({ far, accepted });
    },
    options,
  );
  const near = createConnection(path);
  near.on("error", () => undefined);
  const { far, accepted } = await within(promise, "the connection");
  context.after(() => {
    near.destroy();
    far.destroy();
  });
  return { near, far, accepted, listener };
}

/** `bytes` bytes that say where they stood. */
function pattern(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) buffer.writeUInt32LE(at, at);
  return buffer;
}

describe("ScratchSocket", () => {
  test("reads nothing before start(), and loses nothing of what came by then", async (context) => {
    const { near, far } = await pair(context);
    near.write("early");
    await turns();
    assert.equal(far.bytesRead, 0);
    const seen: string[] = [];
    far.start((bytes) => seen.push(bytes.toString()));
    near.write(" late");
    await until(() => seen.join("") === "early late", "both");
  });

  test("reads into one memory, whichever socket it is", async (context) => {
    const one = await pair(context);
    const other = await pair(context);
    const memories = new Set<ArrayBufferLike>();
    for (const { near, far } of [one, other]) {
      far.start((bytes) => memories.add(bytes.buffer));
      near.write("x");
      await until(() => far.bytesRead === 1, "a byte");
    }
    const memory = [...memories];
    assert.equal(memory.length, 1);
    assert.equal(memory[0]?.byteLength, SCRATCH_BYTES);
  });

  for (const pauseOnConnect of [false, true]) {
    test(`carries bytes both ways when adopted${pauseOnConnect ? " from a listener that pauses" : ""}`, async (context) => {
      const { near, far } = await pair(context, { pauseOnConnect });
      far.start((bytes) => far.write(Buffer.from(bytes)));
      const seen: Buffer[] = [];
      near.on("data", (bytes: Buffer) => seen.push(bytes));
      const sent = pattern(3 * SCRATCH_BYTES);
      near.write(sent);
      await until(() => near.bytesRead === sent.length, "everything to come back");
      assert.ok(Buffer.concat(seen).equals(sent));
    });
  }

  test("pause() in the middle of a read loses nothing, and nothing more comes until resume()", async (context) => {
    const { near, far } = await pair(context);
    const sent = pattern(8 * SCRATCH_BYTES);
    const seen: Buffer[] = [];
    far.start((bytes) => {
      seen.push(Buffer.from(bytes));
      far.pause();
    });
    near.write(sent);
    let pauses = 0;
    for (let bytes = 0; bytes < sent.length; pauses++) {
      await until(() => far.bytesRead > bytes, "more");
      bytes = far.bytesRead;
      await turns(3);
      assert.equal(far.bytesRead, bytes, "read while paused");
      assert.equal(Buffer.concat(seen).length, bytes);
      far.resume();
    }
    assert.ok(pauses >= 8, `${pauses} pauses`);
    assert.ok(Buffer.concat(seen).equals(sent));
  });

  test("resume() and pause() in one turn, and start() and pause(), leave it paused", async (context) => {
    const { near, far } = await pair(context);
    far.start(() => undefined);
    far.pause();
    near.write("x");
    await turns();
    assert.equal(far.bytesRead, 0);
    far.resume();
    far.pause();
    await turns();
    assert.equal(far.bytesRead, 0);
    far.resume();
    await until(() => far.bytesRead === 1, "the byte");
  });

  test("tells of the end behind the last byte, and of the close", async (context) => {
    const { near, far } = await pair(context);
    const told: string[] = [];
    far.on("end", () => told.push("end")).on("close", () => told.push("close"));
    far.start((bytes) => told.push(bytes.toString()));
    near.end("last");
    await until(() => told.includes("close"), "the close");
    assert.deepEqual(told, ["last", "end", "close"]);
  });

  test("tells of a lost peer while bytes are on their way", async (context) => {
    const { near, far } = await pair(context);
    let error: NodeJS.ErrnoException | undefined;
    far.on("error", (caught) => {
      error = caught;
    });
    far.start(() => undefined);
    // What the peer has not read when it closes makes this end's write fail.
    near.pause();
    far.write(Buffer.alloc(4 * 1024 * 1024));
    await turns();
    near.destroy();
    await until(() => far.destroyed, "the end");
    assert.match(error?.code ?? "", /^(EPIPE|ECONNRESET)$/);
  });

  test("may be destroyed by whoever takes its bytes", async (context) => {
    const { near, far } = await pair(context);
    let reads = 0;
    far.start(() => {
      reads++;
      far.destroy();
    });
    near.write(Buffer.alloc(4 * SCRATCH_BYTES));
    await until(() => near.destroyed, "the close");
    assert.equal(reads, 1);
  });

  test("connects by itself, and is told of nobody who listens", async (context) => {
    const { path } = await listening(context, (accepted) => accepted.end("hello"));
    const socket = new ScratchSocket().connect({ path });
    await new Promise((resolve) => socket.once("connect", resolve));
    const seen: string[] = [];
    socket.start((bytes) => seen.push(bytes.toString()));
    await until(() => socket.destroyed, "the close");
    assert.deepEqual(seen, ["hello"]);
    const nobody = new ScratchSocket().connect({ path: `${path}-nobody` });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => nobody.once("error", resolve));
    assert.equal(error.code, "ENOENT");
  });
});

describe("ScratchSocket.adopt()", () => {
  test("keeps the listener's count: a closed connection makes room, and the listener ends after the last", async (context) => {
    const before = openSockets().length;
    const { near, far, accepted, listener } = await pair(context);
    const count = (): Promise<number> =>
      new Promise((resolve) => listener.getConnections((_error, connections) => resolve(connections)));
    far.start(() => undefined);
    assert.equal(await count(), 1);
    let hasClosed = false;
    listener.close(() => {
      hasClosed = true;
    });
    await turns();
    assert.equal(hasClosed, false);
    assert.equal(accepted.destroyed, false);
    near.destroy();
    await until(() => hasClosed, "the listener to close");
    assert.equal(accepted.destroyed, true);
    await until(() => openSockets().length <= before, "the sockets to be closed");
  });

  test("leaves a socket as it is when its handle cannot read into memory of ours", async (context) => {
    const { promise, resolve } = Promise.withResolvers<Socket>();
    const { path } = await listening(context, (accepted) => {
      const handle: object = Reflect.get(accepted, "_handle");
      Reflect.set(handle, "useUserBuffer", undefined);
      resolve(accepted);
    });
    const near = createConnection(path);
    context.after(() => near.destroy());
    const accepted = await promise;
    assert.equal(ScratchSocket.adopt(accepted), accepted);
    const seen: string[] = [];
    accepted.on("data", (bytes: Buffer) => seen.push(bytes.toString()));
    near.end("as ever");
    await until(() => accepted.destroyed, "the close");
    assert.deepEqual(seen, ["as ever"]);
  });

  test("leaves a socket as it is when Node does not take its handle", async (context) => {
    const { promise, resolve } = Promise.withResolvers<Socket>();
    const { path } = await listening(context, (accepted) => {
      const handle: object = Reflect.get(accepted, "_handle");
      // The first thing a new socket asks of a handle that it is given.
      const getAsyncId = Reflect.get(handle, "getAsyncId");
      Reflect.set(handle, "getAsyncId", () => {
        throw new TypeError("not a handle");
      });
      const left = ScratchSocket.adopt(accepted);
      Reflect.set(handle, "getAsyncId", getAsyncId);
      assert.equal(left, accepted);
      resolve(accepted);
    });
    const near = createConnection(path);
    context.after(() => near.destroy());
    const accepted = await promise;
    const seen: string[] = [];
    accepted.on("data", (bytes: Buffer) => seen.push(bytes.toString()));
    near.end("as ever");
    await until(() => accepted.destroyed, "the close");
    assert.deepEqual(seen, ["as ever"]);
  });

  test("leaves alone what is no plain socket, has no handle, or has been read from", async (context) => {
    class Special extends Socket {}
    const { path } = await listening(context, (accepted) => accepted.write("unread"));
    const read = createConnection(path);
    context.after(() => read.destroy());
    await new Promise((resolve) => read.once("readable", resolve));
    for (const socket of [new Special(), new Socket(), new ScratchSocket(), read]) {
      assert.equal(ScratchSocket.adopt(socket), socket);
    }
    assert.equal(String(read.read()), "unread");
  });
});
