// Descriptors through a unix socket: SCM_RIGHTS of unix(7). Sending and receiving on a connected socket, and the
// socket on which an OCI runtime hands over the terminal it made (--console-socket): one connection, one descriptor.
// What is received is close-on-exec from birth and owned by the caller.
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemError } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { addressOf, type FdPoll, pollFd, syscall, trySyscall } from "./libc.ts";

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CTRUNC = 0x8;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const O_PATH_DIRECTORY = 0o10000000 | 0o2000000;
const EAGAIN = 11;
/** Length of the path in a sockaddr_un, its final NUL not counted. */
const MAX_SOCKET_PATH_BYTES = 107;
/** The most descriptors one message may bring; those beyond are refused, and closed by the kernel. */
const MAX_FDS = 16;
const CMSG_HEADER_BYTES = 16;
const MAX_PAYLOAD_BYTES = 4096;

// struct msghdr of a 64-bit kernel: name 0, namelen 8, iov 16, iovlen 24, control 32, controllen 40, flags 48.
function messageHeader(payload: Buffer, control: Buffer): { header: Buffer; vector: Buffer } {
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(addressOf(payload), 0);
  vector.writeBigUInt64LE(BigInt(payload.length), 8);
  const header = Buffer.alloc(56);
  header.writeBigUInt64LE(addressOf(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  if (control.length > 0) header.writeBigUInt64LE(addressOf(control), 32);
  header.writeBigUInt64LE(BigInt(control.length), 40);
  return { header, vector };
}

// Memory that stays where it is: small buffers may live inside V8's heap, which moves.
function pinned(sizeBytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(sizeBytes));
}

/**
 * Sends duplicates of `fds` (at most 16) with `payload`, at least one byte, in one message. Never waits: EAGAIN when
 * the socket is full. The descriptors stay the caller's; a stream may take only a part of a long payload.
 */
export function sendFds(
  socketFd: number,
  fds: readonly number[],
  payload: Uint8Array = Buffer.from([0]),
): number {
  if (fds.length > MAX_FDS || payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES) {
    throw systemError(22, {
      syscall: "sendmsg",
      reason: "too many descriptors, or a payload that is empty or too long",
    });
  }
  const bytes = pinned(payload.length);
  bytes.set(payload);
  const control = pinned(fds.length === 0 ? 0 : CMSG_HEADER_BYTES + Math.ceil((4 * fds.length) / 8) * 8);
  if (fds.length > 0) {
    control.writeBigUInt64LE(BigInt(CMSG_HEADER_BYTES + 4 * fds.length), 0);
    control.writeInt32LE(SOL_SOCKET, 8);
    control.writeInt32LE(SCM_RIGHTS, 12);
    for (const [index, fd] of fds.entries()) control.writeInt32LE(fd, CMSG_HEADER_BYTES + 4 * index);
  }
  const { header, vector } = messageHeader(bytes, control);
  const count = syscall("sendmsg", [socketFd, header, MSG_DONTWAIT | MSG_NOSIGNAL]);
  vector.fill(0); // referenced up to here
  return count;
}

/** What one message brought. An empty payload without descriptors is the end of the stream. */
export interface ReceivedFds {
  readonly payload: Buffer;
  readonly fds: OwnedFd[];
}

/**
 * Receives one message: at most 4 KiB and 16 descriptors, owned by the caller. Undefined when there is nothing yet.
 * EMSGSIZE when there were more descriptors; those that came are closed.
 */
export function receiveFds(socketFd: number): ReceivedFds | undefined {
  const payload = pinned(MAX_PAYLOAD_BYTES);
  const control = pinned(CMSG_HEADER_BYTES + 4 * MAX_FDS);
  const { header, vector } = messageHeader(payload, control);
  const count = trySyscall("recvmsg", socketFd, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  vector.fill(0);
  if (count === -EAGAIN) return undefined;
  if (count < 0) throw systemError(-count, { syscall: "recvmsg" });
  const fds = descriptorsIn(control.subarray(0, Number(header.readBigUInt64LE(40))));
  if ((header.readInt32LE(48) & MSG_CTRUNC) !== 0) {
    for (const fd of fds) fd[Symbol.dispose]();
    throw systemError(90, {
      syscall: "recvmsg",
      reason: `more than ${MAX_FDS} descriptors in one message, or none left`,
    });
  }
  return { payload: Buffer.from(payload.subarray(0, count)), fds };
}

function descriptorsIn(control: Buffer): OwnedFd[] {
  const fds: OwnedFd[] = [];
  for (let at = 0; at + CMSG_HEADER_BYTES <= control.length; ) {
    const length = Number(control.readBigUInt64LE(at));
    if (length < CMSG_HEADER_BYTES) break;
    if (control.readInt32LE(at + 8) === SOL_SOCKET && control.readInt32LE(at + 12) === SCM_RIGHTS) {
      const end = Math.min(at + length, control.length);
      for (let fd = at + CMSG_HEADER_BYTES; fd + 4 <= end; fd += 4)
        fds.push(new OwnedFd(control.readInt32LE(fd)));
    }
    at += Math.ceil(length / 8) * 8;
  }
  return fds;
}

/** The bytes of a sockaddr_un. ENAMETOOLONG above 107 bytes, with both numbers in the message. */
export function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length > MAX_SOCKET_PATH_BYTES) {
    const reason = `socket path has ${bytes.length} bytes, at most ${MAX_SOCKET_PATH_BYTES} fit`;
    throw systemError(36, { syscall: "bind", path, reason });
  }
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(address, 2);
  return address;
}

/**
 * A listening socket in a new 0700 directory, for one descriptor. Make it before the runtime is started, give it
 * `path`, and dispose it when the descriptor is here: that removes socket and directory.
 */
export class FdSocket implements Disposable {
  /** What to give to the other process. An alias under /proc/<our pid> when the real name is too long to bind. */
  readonly path: string;
  readonly #dir: string;
  readonly #dirFd: OwnedFd;
  readonly #listener: OwnedFd;
  #end: (() => void) | undefined;

  /** Binds and listens in a new directory under `baseDir`, which must exist. */
  constructor(baseDir: string) {
    this.#dir = mkdtempSync(join(baseDir, "console-"));
    let dirFd: OwnedFd | undefined;
    let listener: OwnedFd | undefined;
    try {
      dirFd = new OwnedFd(openSync(this.#dir, O_PATH_DIRECTORY));
      const real = join(this.#dir, "s");
      const fits = Buffer.byteLength(real) <= MAX_SOCKET_PATH_BYTES;
      this.path = fits ? real : `/proc/${process.pid}/fd/${dirFd.fd}/s`;
      listener = new OwnedFd(syscall("socket", [AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0]));
      const address = unixAddress(this.path);
      syscall("bind", [listener.fd, address, address.length], { path: this.path });
      syscall("listen", [listener.fd, 1], { path: this.path });
    } catch (error) {
      listener?.[Symbol.dispose]();
      dirFd?.[Symbol.dispose]();
      rmSync(this.#dir, { recursive: true, force: true });
      throw error;
    }
    this.#dirFd = dirFd;
    this.#listener = listener;
  }

  /**
   * The first descriptor that the first connection sends; others with it are closed. Call once. Rejects with the
   * reason of `signal`, with ENOMSG when the peer went without sending one, with EBADF when disposed meanwhile.
   */
  receive(options: { signal?: AbortSignal } = {}): Promise<OwnedFd> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      let connection: OwnedFd | undefined;
      let poll: FdPoll | undefined;
      const settle = (fd: OwnedFd | undefined, error?: unknown) => {
        poll?.close();
        connection?.[Symbol.dispose]();
        signal?.removeEventListener("abort", onAbort);
        this.#end = undefined;
        if (fd) resolve(fd);
        else reject(error);
      };
      const onAbort = () => settle(undefined, signal?.reason);
      const attempt = (step: () => void) => () => {
        try {
          step();
        } catch (error) {
          settle(undefined, error);
        }
      };
      const onMessage = attempt(() => {
        const message = connection && receiveFds(connection.fd);
        if (!message) return;
        const [fd, ...others] = message.fds;
        for (const other of others) other[Symbol.dispose]();
        if (fd) settle(fd);
        else if (message.payload.length === 0) {
          settle(
            undefined,
            systemError(42, { syscall: "recvmsg", reason: "peer went without sending a descriptor" }),
          );
        }
      });
      const onConnection = attempt(() => {
        const accepted = trySyscall("accept4", this.#listener.fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (accepted === -EAGAIN) return;
        if (accepted < 0) throw systemError(-accepted, { syscall: "accept4" });
        connection = new OwnedFd(accepted);
        poll?.close();
        poll = pollFd(connection.fd, { readable: true }, onMessage);
      });
      this.#end = () =>
        settle(undefined, systemError(9, { syscall: "accept4", reason: "closed while waiting" }));
      poll = pollFd(this.#listener.fd, { readable: true }, onConnection);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Closes, and removes the socket and its directory. */
  [Symbol.dispose](): void {
    this.#end?.();
    this.#listener[Symbol.dispose]();
    this.#dirFd[Symbol.dispose]();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
