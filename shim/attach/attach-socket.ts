// The attach socket of a shim: who may come in, and how many. Owns the listener and every connection on it. Its path lies beside
// the shim's own socket and is made from that one's name, so that whoever finds a dead shim finds it, too.
import { unlinkSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { AttachFrame, attachFrame } from "../../proto/attach-frame.ts";
import { Code } from "../../proto/errors.ts";
import { AttachCut } from "../../proto/gen/attach.ts";
import { type PeerCredentials, peerCredentialsOf } from "../../sys/peer-credentials.ts";
import { listenAt } from "../socket.ts";
import type { Broker } from "./broker.ts";
import { Session } from "./session.ts";
import { SessionNumbers } from "./session-numbers.ts";

/** Connections at a time: each costs a descriptor and, when its client does not read, up to 0.4 MB. */
export const MAX_SESSIONS = 512;

/** What it needs of the shim. */
export interface AttachSocketOptions {
  readonly path: string;
  /** The broker of a process. Throws NotFound, FailedPrecondition. */
  readonly find: (containerId: string, execId: string) => Broker;
  /** A connection is closed. */
  readonly onSessionEnd: () => void;
  /** Sessions at a time; for tests. */
  readonly maxSessions?: number | undefined;
}

/** Listens for sessions. */
export class AttachSocket implements AsyncDisposable {
  readonly path: string;
  readonly #listener: Server;
  readonly #sessions = new Set<Session>();
  readonly #numbers = new SessionNumbers();
  readonly #options: AttachSocketOptions;

  private constructor(listener: Server, options: AttachSocketOptions) {
    this.path = options.path;
    this.#listener = listener;
    this.#options = options;
    listener.on("connection", (socket) => this.#accept(socket));
    // accept(2) failing for a while (EMFILE): Node goes on accepting afterwards.
    listener.on("error", () => undefined);
  }

  /** Listens, mode 0600. Throws the system's error. The directory is the shim's own. */
  static async open(options: AttachSocketOptions): Promise<AttachSocket> {
    // Of a shim that was killed: nobody but us has this path.
    removeQuietly(options.path);
    return new AttachSocket(await listenAt({ path: options.path }), options);
  }

  /** Those that are open. */
  get sessions(): Iterable<Session> {
    return this.#sessions;
  }

  #accept(socket: Socket): void {
    let peer: PeerCredentials;
    try {
      peer = peerCredentialsOf(socket);
    } catch {
      socket.destroy(); // gone already
      return;
    }
    if (peer.uid !== 0 && peer.uid !== process.geteuid?.()) {
      socket.destroy();
      return;
    }
    const { maxSessions = MAX_SESSIONS } = this.#options;
    if (this.#sessions.size >= maxSessions) {
      refuse(socket, maxSessions);
      return;
    }
    const session = new Session(socket, peer, {
      newId: () => this.#numbers.next(),
      find: this.#options.find,
      onClose: (closed) => {
        this.#sessions.delete(closed);
        this.#options.onSessionEnd();
      },
    });
    this.#sessions.add(session);
  }

  /** Cuts every session, gives those that read a moment to hear of it, and gives the path back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    for (const session of this.#sessions) session.cut("shutdown", "the shim ends");
    // What the kernel took stays readable; whoever did not make room for it does not hold the shim up.
    await new Promise((resolve) => setImmediate(resolve));
    for (const session of this.#sessions) session.destroy();
    await closed;
    removeQuietly(this.path);
  }
}

function refuse(socket: Socket, maxSessions: number): void {
  const message = `attach: this shim has ${maxSessions} sessions, the most it takes; end some of them`;
  const cut = AttachCut.encode({ code: Code.ResourceExhausted, reason: "limit", message });
  socket.on("error", () => undefined);
  socket.end(attachFrame(AttachFrame.cut, cut), () => socket.destroy());
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was not there
  }
}
