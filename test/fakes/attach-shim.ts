// A shim's attach socket that does what the test says: it takes connections, reads their first frame, and leaves the rest to the
// test. With the Processes service that shows the way to it. Owns its socket and its connections.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type ApiService, apiService } from "../../manager/api/api-service.ts";
import {
  AttachFrame,
  AttachFrameReader,
  attachFrame,
  outputHeader,
  type ReceivedFrame,
} from "../../proto/attach-frame.ts";
import type { Init } from "../../proto/codec.ts";
import { AttachCut, AttachExit, AttachOpen, AttachOpened } from "../../proto/gen/attach.ts";
import { Processes } from "../../proto/gen/processes.ts";
import type { Suite } from "../support/suite.ts";
import { until } from "../support/until.ts";

/** One connection, once its first frame has come. */
export class FakeAttachSession {
  readonly open: AttachOpen;
  readonly frames: ReceivedFrame[] = [];
  readonly socket: Socket;

  constructor(socket: Socket, open: AttachOpen) {
    this.socket = socket;
    this.open = open;
  }

  /** Answers the first frame. */
  opened(opened: Init<AttachOpened> = {}): void {
    this.send(AttachFrame.opened, AttachOpened.encode({ session: 1n, hasStdin: true, ...opened }));
  }

  send(type: number, payload?: Uint8Array): void {
    this.socket.write(attachFrame(type, payload));
  }

  output(offset: number, text: string | Uint8Array, stream = 1): void {
    const bytes = Buffer.from(text);
    this.socket.write(Buffer.concat([outputHeader(BigInt(offset), stream, bytes.length), bytes]));
  }

  exit(exit: Init<AttachExit> = {}): void {
    this.socket.end(attachFrame(AttachFrame.exit, AttachExit.encode({ output: "complete", ...exit })));
  }

  cut(cut: Init<AttachCut>): void {
    this.socket.end(attachFrame(AttachFrame.cut, AttachCut.encode(cut)));
  }

  /** Breaks the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  /** All input that has come. */
  get input(): Buffer {
    return Buffer.concat(this.of(AttachFrame.input));
  }

  /** The payloads of one type that have come. */
  of(type: number): Uint8Array[] {
    return this.frames.filter((frame) => frame.type === type).map(({ payload }) => payload);
  }

  /** Waits for a frame of a type. */
  async got(type: number): Promise<Uint8Array> {
    return await until(() => this.of(type)[0], { what: `a frame of type ${type}` });
  }
}

/** The socket. */
export class FakeAttachShim implements AsyncDisposable {
  readonly socketPath: string;
  /** What hawserd says of the way; a test may put another in its place. */
  way: () => Promise<{ socketPath: string }> | { socketPath: string };
  readonly #server: Server;
  readonly #sessions: FakeAttachSession[] = [];
  readonly #sockets = new Set<Socket>();
  #taken = 0;

  private constructor(socketPath: string) {
    this.socketPath = socketPath;
    this.way = () => ({ socketPath });
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async listen(suite: Suite): Promise<FakeAttachShim> {
    const shim = new FakeAttachShim(join(suite.dir, `${suite.newId()}.a`));
    shim.#server.listen(shim.socketPath);
    await once(shim.#server, "listening");
    return shim;
  }

  /** The service that shows the way here. */
  get processes(): ApiService {
    return apiService(Processes, { attach: async () => await this.way() });
  }

  /** How many sessions were opened. */
  get connections(): number {
    return this.#sessions.length;
  }

  /** The next connection. */
  async next(): Promise<FakeAttachSession> {
    const session = await until(() => this.#sessions[this.#taken], { what: "a connection" });
    this.#taken += 1;
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    const reader = new AttachFrameReader();
    let session: FakeAttachSession | undefined;
    socket.on("data", (bytes) => {
      for (const frame of reader.push(bytes as Buffer)) {
        if (session === undefined) {
          session = new FakeAttachSession(socket, AttachOpen.decode(frame.payload));
          this.#sessions.push(session);
        } else session.frames.push(frame);
      }
    });
  }
}
