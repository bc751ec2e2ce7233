// What the tests of ttrpc share: a service with every kind of call, a server on a private socket, a peer that speaks
// bytes instead of calls, and waiting for conditions.
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import type { ServiceDefinition } from "../../../proto/codec.ts";
import { HawserError } from "../../../proto/errors.ts";
import { Any } from "../../../proto/gen/any.ts";
import { Request, Response } from "../../../proto/gen/ttrpc.ts";
import { encodeFrame, FrameReader, FrameType } from "../../../ttrpc/frame.ts";
import { Client, type ClientOptions, Server, type ServerOptions } from "../../../ttrpc/index.ts";
import type { ServiceHandlers } from "../../../ttrpc/service.ts";
import { openFds } from "../../support/open-fds.ts";
import { temporaryDir } from "../../support/temporary-directory.ts";
import { turns, until } from "../../support/turns.ts";

export { temporaryDir, turns, until };

// Properties print their seed when they fail; this is how to run with it again.
const seed = process.env["HAWSER_SEED"];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

/** One method of each kind. */
export const Echo = {
  name: "test.Echo",
  methods: {
    unary: { name: "Unary", kind: "unary", request: Any, response: Any },
    list: { name: "List", kind: "server-streaming", request: Any, response: Any },
    collect: { name: "Collect", kind: "client-streaming", request: Any, response: Any },
    chat: { name: "Chat", kind: "bidirectional", request: Any, response: Any },
  },
} as const satisfies ServiceDefinition;

export type EchoHandlers = ServiceHandlers<typeof Echo>;

/** Message texts travel in `typeUrl`. */
export const say = (text: string): Any => ({ typeUrl: text, value: new Uint8Array(0) });

/** Answers with what it is given. */
export const echoHandlers: EchoHandlers = {
  unary: (request) => request,
  async *list(request) {
    for (const word of request.typeUrl.split(" ")) yield say(word);
  },
  async collect(requests) {
    const words: string[] = [];
    for await (const request of requests) words.push(request.typeUrl);
    return say(words.join(" "));
  },
  async *chat(requests) {
    for await (const request of requests) yield say(`${request.typeUrl}!`);
  },
};

/** The promise, or a failure that names it at the deadline. */
export async function within<T>(promise: Promise<T>, what: string, deadlineMs = 20_000): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`timed out after ${deadlineMs} ms: ${what}`)), deadlineMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a promise is rejected with, which has to be a HawserError. */
export async function errorOf(promise: Promise<unknown>): Promise<HawserError> {
  try {
    await within(promise, "a rejection");
  } catch (error) {
    if (error instanceof HawserError) return error;
    throw new Error(`not a HawserError: ${error}`, { cause: error });
  }
  throw new Error("the promise was not rejected");
}

/** The sockets that this process has open now. */
export function openSockets(): string[] {
  return openFds().filter((line) => line.includes(" → socket:"));
}

/** A frame as it came. */
export interface Frame {
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** A peer that writes bytes and reads frames. */
export class RawPeer {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader({
      // Copied: what the test keeps must not depend on the reader's memory.
      onFrame: (streamId, type, flags, body) =>
        this.frames.push({ streamId, type, flags, body: new Uint8Array(body) }),
      onOversized: (streamId, type, flags) =>
        this.frames.push({ streamId, type, flags, body: new Uint8Array(0) }),
    });
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  static async connect(path: string): Promise<RawPeer> {
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new RawPeer(socket);
  }

  write(...chunks: Uint8Array[]): void {
    for (const chunk of chunks) this.socket.write(chunk);
  }

  request(streamId: number, request: Parameters<typeof Request.encode>[0], flags = 0): void {
    this.write(encodeFrame(streamId, FrameType.Request, flags, Request.encode(request)));
  }

  data(streamId: number, text: string | undefined, flags = 0): void {
    const body = text === undefined ? undefined : Any.encode(say(text));
    this.write(encodeFrame(streamId, FrameType.Data, flags, body));
  }

  response(streamId: number, response: Parameters<typeof Response.encode>[0]): void {
    this.write(encodeFrame(streamId, FrameType.Response, 0, Response.encode(response)));
  }

  /** The next frame that has not been taken. */
  async next(): Promise<Frame> {
    await until(() => this.frames.length > 0, "a frame");
    return this.frames.shift() as Frame;
  }

  /** The next frame as a Response. */
  async nextResponse(): Promise<{ streamId: number; code: number; message: string; payload: Uint8Array }> {
    const frame = await this.next();
    if (frame.type !== FrameType.Response) throw new Error(`a frame of type ${frame.type}, not a Response`);
    const { status, payload } = Response.decode(frame.body);
    return { streamId: frame.streamId, code: status?.code ?? 0, message: status?.message ?? "", payload };
  }

  async closed(): Promise<void> {
    await until(() => this.isClosed, "the connection to close");
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A unary Request to `test.Echo`, with its payload. */
export const unaryRequest = (text: string, timeoutNano = 0n) => ({
  service: Echo.name,
  method: "Unary",
  payload: Any.encode(say(text)),
  timeoutNano,
});

/** A server on a private socket, with everything that was made through it, closed with its scope. */
export async function serve(
  handlers: EchoHandlers = echoHandlers,
  options: ServerOptions = {},
): Promise<TestServer> {
  const dir = temporaryDir();
  const path = join(dir.path, "s");
  const server = new Server(options).register(Echo, handlers);
  await server.listen(path);
  const clients: Client[] = [];
  const peers: RawPeer[] = [];
  return {
    path,
    server,
    async connect(clientOptions) {
      const client = await Client.connect(path, clientOptions);
      clients.push(client);
      return client;
    },
    async raw() {
      const peer = await RawPeer.connect(path);
      peers.push(peer);
      return peer;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      for (const peer of peers) peer.close();
      await server.close();
      dir[Symbol.dispose]();
    },
  };
}

export interface TestServer extends AsyncDisposable {
  readonly path: string;
  readonly server: Server;
  connect(options?: ClientOptions): Promise<Client>;
  raw(): Promise<RawPeer>;
}

/** A client of a peer that the test plays by hand. */
export async function playServer(
  options: ClientOptions = {},
): Promise<AsyncDisposable & { readonly client: Client; readonly peer: RawPeer }> {
  const dir = temporaryDir();
  const path = join(dir.path, "s");
  const listener = createServer();
  const accepted = new Promise<RawPeer>((resolve) =>
    listener.once("connection", (socket) => resolve(new RawPeer(socket))),
  );
  await new Promise<void>((resolve) => listener.listen(path, resolve));
  const client = await Client.connect(path, options);
  const peer = await accepted;
  return {
    client,
    peer,
    async [Symbol.asyncDispose]() {
      client.close();
      peer.close();
      await new Promise((resolve) => listener.close(resolve));
      dir[Symbol.dispose]();
    },
  };
}

/** A promise that a test settles by hand. */
export const gate = <T = void>(): PromiseWithResolvers<T> => Promise.withResolvers<T>();
