// A unix socket that others connect to: made private from its first moment, guarded by who the peer is, and gone when we
// are. Owns the socket file; a connection is its taker's.
// Always true: the file has mode 0600 (0660 with a group) before anybody can connect; a peer that is neither root nor our
// own user nor in the group sees its connection closed without a byte; a file that is not a socket, or that somebody
// answers on, is never replaced. Whoever calls this holds the instance lock, so what is replaced is no living hawserd's.
import { chmodSync, chownSync, lstatSync, rmSync, statSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";
import { makeDirectories } from "../sys/directory.ts";
import { fdOfSocket, type PeerCredentials, peerCredentials, peerGroups } from "../sys/peer-credentials.ts";
import { bindUnixSocket } from "../sys/unix-socket.ts";
import type { Log } from "./log.ts";
import { isAnswered } from "./socket-probe.ts";

/** Length of sockaddr_un's path, its final NUL not counted (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107;

/** S_IWGRP, S_IWOTH and S_ISVTX of stat(2). */
const OTHERS_CAN_WRITE = 0o022;
const STICKY = 0o1000;

/** What to listen at, and for whom. */
export interface ListenerOptions {
  readonly path: string;
  /** A group that may connect, too. */
  readonly gid?: number | undefined;
  /** Connections at a time; one more is closed at once. */
  readonly maxConnections: number;
  readonly log: Log;
}

/** A listening socket. */
export class Listener implements Disposable {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  #isRefusing = false;

  private constructor(options: ListenerOptions, onConnection: (socket: Socket) => void) {
    this.#options = options;
    this.#server = createServer((socket) => {
      if (this.#isWelcome(socket)) onConnection(socket);
      else socket.destroy();
    });
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("drop", () => this.#refuse("too many connections, closing the newest ones"));
  }

  /**
   * Begins to listen. Throws InvalidArgument for a path that is too long, FailedPrecondition when the place is taken or not
   * safe, PermissionDenied when it cannot be written.
   */
  static async listen(options: ListenerOptions, onConnection: (socket: Socket) => void): Promise<Listener> {
    const { path, log } = options;
    checkPathLength(path);
    const listener = new Listener(options, onConnection);
    try {
      makeDirectories(dirname(path), 0o711);
      checkDirectory(dirname(path));
      await removeStale(path);
      await listener.#bind();
    } catch (error) {
      throw translated(error, path);
    }
    // Errors from here on are accept(2) failing for a while (EMFILE); Node goes on accepting afterwards.
    listener.#server.on("error", (error) => log.warn("accept a connection, continuing", { path, error }));
    return listener;
  }

  /** Stops to accept and removes the file. Connections that were accepted are their takers' to end. */
  [Symbol.dispose](): void {
    // Before the close, after which the path may be somebody else's; until then, the lock keeps it ours.
    if (this.#server.listening) rmSync(this.#options.path, { force: true });
    this.#server.close();
  }

  async #bind(): Promise<void> {
    const { path, gid } = this.#options;
    using socket = bindUnixSocket(path, 0o600);
    try {
      if (gid !== undefined) {
        chownSync(path, -1, gid);
        chmodSync(path, 0o660);
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // Taken by the server, also when it fails.
      const fd = socket.release();
      this.#server.once("error", reject).listen({ fd }, resolve);
      await promise;
      this.#server.off("error", reject);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  }

  #isWelcome(socket: Socket): boolean {
    try {
      const fd = fdOfSocket(socket);
      const peer = peerCredentials(fd);
      if (isAllowed(peer, () => peerGroups(fd), this.#options.gid)) return true;
      this.#refuse("refuse a connection of a stranger", { ...peer });
    } catch (error) {
      // It went before it was here.
      this.#options.log.debug("read the credentials of a connection, dropping it", { error });
    }
    return false;
  }

  // Once a second at most: a stranger must not fill the disk through our log.
  #refuse(message: string, fields: Record<string, unknown> = {}): void {
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    setTimeout(() => {
      this.#isRefusing = false;
    }, 1_000).unref();
    this.#options.log.warn(message, { path: this.#options.path, ...fields });
  }
}

/** Whether a peer may connect: root, our own user, and, when there is a group, its members. */
export function isAllowed(
  { uid, gid }: PeerCredentials,
  groups: () => readonly number[],
  allowedGid: number | undefined,
): boolean {
  if (uid === 0 || uid === process.geteuid?.()) return true;
  return allowedGid !== undefined && (gid === allowedGid || groups().includes(allowedGid));
}

/** Throws InvalidArgument when no socket can have the path. */
export function checkPathLength(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= MAX_SOCKET_PATH_BYTES) return;
  throw new HawserError(
    Code.InvalidArgument,
    `listen at "${path}": the path has ${length} bytes, and the kernel takes ${MAX_SOCKET_PATH_BYTES}: choose a shorter one with --address, or a shorter --state`,
  );
}

// Who can write the directory can put another socket in place of ours and hear what is meant for us.
function checkDirectory(dir: string): void {
  const { mode, uid } = statSync(dir);
  const isOurs = uid === 0 || uid === process.geteuid?.();
  if (isOurs && ((mode & OTHERS_CAN_WRITE) === 0 || (mode & STICKY) !== 0)) return;
  throw new HawserError(
    Code.FailedPrecondition,
    `others can write the directory "${dir}" and put their own socket there: make it writable by root alone, or choose another --address`,
  );
}

async function removeStale(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) {
      throw new HawserError(Code.FailedPrecondition, "there is something that is not a socket; move it away");
    }
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  if (await isAnswered(path)) {
    throw new HawserError(
      Code.FailedPrecondition,
      "another program listens there: stop it, or choose another --address",
    );
  }
  unlinkSync(path);
}

function translated(error: unknown, path: string): HawserError {
  if (error instanceof HawserError) return error.wrap(`listen at "${path}"`);
  const isDenied = isErrno(error, "EACCES") || isErrno(error, "EPERM");
  const code = isDenied ? Code.PermissionDenied : Code.FailedPrecondition;
  return new HawserError(code, `listen at "${path}": ${messageOf(error)}`, { cause: error });
}
