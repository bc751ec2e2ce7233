// A socket that reads into scratch memory: one buffer that all sockets of its kind in the process share. A read and the
// callback that takes its bytes happen in one go on the event loop, so sharing is sound as long as the callee copies what
// it keeps. Node's own way is a fresh buffer of 64 KiB for every read: a message of that size and its header came in two
// of them, and were joined in a third. It reads nothing before `start`, so that no byte can come too early.
import { Socket, type SocketConstructorOpts } from "node:net";

/**
 * The size of Node's own read buffers; 128 and 256 KiB were no faster in `npm run bench -- ttrpc`. Pages that no read has
 * reached are not backed by memory: a process that receives small messages pays for one.
 */
export const SCRATCH_BYTES = 64 * 1024;

/** Takes what one read brought. The bytes are borrowed: the next read of any socket overwrites them. */
export type TakeBytes = (bytes: Buffer) => void;

/** A socket whose bytes come through `start` instead of "data" events; everything else is as in any socket. */
export class ScratchSocket extends Socket {
  #take: TakeBytes = () => undefined;

  constructor(options: SocketConstructorOpts = {}) {
    const onread = {
      buffer: scratch,
      callback: (count: number, bytes: Uint8Array): boolean => {
        this.#take((bytes as Buffer).subarray(0, count));
        // Who wants to stop has called `pause`; false would stop without leaving a trace in `isPaused`.
        return true;
      },
    };
    super({ ...options, onread });
    this.pause();
  }

  /**
   * Takes the place of a socket that a listener has accepted and nobody has read from. Node has no public way to read
   * such a socket into memory of ours: the handle, which is private, moves to a new socket, and the accepted one stays
   * behind as an empty shell. The shell is destroyed when the new socket has closed, which keeps the listener's count
   * and its end right. Where anything is not as expected, returns the accepted socket as it is.
   */
  static adopt(accepted: Socket): Socket {
    const handle: unknown = Reflect.get(accepted, "_handle");
    if (Object.getPrototypeOf(accepted) !== Socket.prototype || !canShareMemory(handle)) return accepted;
    if (accepted.destroyed || accepted.connecting || accepted.readableLength > 0) return accepted;
    Reflect.set(accepted, "_handle", null);
    try {
      const socket = new ScratchSocket({ handle } as SocketConstructorOpts);
      if (Reflect.get(socket, "_handle") === handle) {
        socket.once("close", () => accepted.destroy());
        return socket;
      }
      socket.destroy();
    } catch {
      // A Node that does not take handles: the accepted socket works as it did.
    }
    Reflect.set(accepted, "_handle", handle);
    return accepted;
  }

  /** Starts reading. Called once; `pause` and `resume` work as in any socket. */
  start(take: TakeBytes): void {
    this.#take = take;
    // Before `resume`, which would read in the next tick even if `pause` has been called by then.
    this.read(0);
    this.resume();
  }
}

let memory: Buffer | undefined;

function scratch(): Buffer {
  memory ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  return memory;
}

function canShareMemory(handle: unknown): boolean {
  if (typeof handle !== "object" || handle === null) return false;
  return ["useUserBuffer", "readStart", "readStop"].every(
    (method) => typeof Reflect.get(handle, method) === "function",
  );
}
