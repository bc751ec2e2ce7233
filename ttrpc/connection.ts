// One socket with frames on it: reading, writing, and its end, the same for both sides. Owns the socket. Closes exactly
// once and tells its user why; after that nothing is reported and nothing is written.
// Reading stops while anyone holds a pause: that is how a peer that floods us is made to wait.
import type { Socket } from "node:net";
import { FrameReader, type FrameSink } from "./frame.ts";
import { Outbox } from "./outbox.ts";
import { ScratchSocket } from "./scratch-socket.ts";
import { ConnectionClosedError } from "./status.ts";

/** The side's own half of a connection: what frames mean, and what its end means. */
export interface ConnectionUser extends FrameSink {
  /** The connection is over. Called once; `error.cause` is the system's error when there was one. */
  onClosed(error: ConnectionClosedError): void;
}

/** A socket that carries frames. */
export class Connection {
  readonly outbox: Outbox;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #user: ConnectionUser;
  #pauses = 0;
  #systemError: Error | undefined;
  #closed: ConnectionClosedError | undefined;

  /** Takes the socket, which must be connected or connecting. */
  constructor(socket: Socket, user: ConnectionUser) {
    this.#socket = socket;
    this.#user = user;
    this.outbox = new Outbox(socket);
    this.#reader = new FrameReader(user);
    socket.on("error", (error) => {
      this.#systemError = error;
    });
    // The peer will read no answer of ours that matters: its end of sending is the end of the connection.
    socket.on("end", () => this.close("ttrpc: closed"));
    socket.on("close", () => this.close("ttrpc: closed"));
    const take = (bytes: Buffer): void => this.#reader.push(bytes);
    if (socket instanceof ScratchSocket) socket.start(take);
    else socket.on("data", take);
    // A socket that was over before it came here says nothing any more.
    if (socket.destroyed || socket.readableEnded) process.nextTick(() => this.close("ttrpc: closed"));
  }

  /** Why the connection is over; undefined while it is not. */
  get closed(): ConnectionClosedError | undefined {
    return this.#closed;
  }

  /** Queues a frame; dropped when the connection is gone. */
  write(frame: Buffer): void {
    if (this.#closed === undefined) this.outbox.write(frame);
  }

  /** Stops reading until the returned function is called, which may be called any number of times. */
  pause(): () => void {
    if (this.#pauses++ === 0) this.#socket.pause();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#pauses === 0 && this.#closed === undefined) this.#socket.resume();
    };
  }

  /** Ends the connection now; what is queued is lost. */
  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = new ConnectionClosedError(reason, this.#systemError);
    this.#reader.stop();
    this.#socket.destroy();
    this.outbox.drop();
    this.#user.onClosed(this.#closed);
  }

  /** Sends what is queued, then ends the connection. Resolves when it is over, however it came to that. */
  end(reason: string): Promise<void> {
    if (this.#closed !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        this.close(reason);
        resolve();
      };
      this.#socket.once("close", finish);
      this.outbox.flush();
      this.#socket.end(finish);
    });
  }
}
