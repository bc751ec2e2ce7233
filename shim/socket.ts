// The shim's listening socket: claiming its path, finding out who has it, and giving it back.
// Always true: the path only ever names a socket that listens already, or one whose owner is dead; it has mode 0600 from
// its first moment; of any number of starters exactly one wins and the others find the winner.
// How: bind and listen under a name of our own, then link(2) that name to the path, which fails if the path is taken. What
// is dead is removed under a lock on the directory, after it was found dead under that same lock.
// Everything is synchronous but the probe: nobody may be turned away because the event loop accepted too early.
import { closeSync, linkSync, lstatSync, openSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";
import { makeDirectories } from "../sys/directory.ts";
import { flock } from "../sys/file-lock.ts";

/** A socket that listens is alive at once: the kernel answers for it. This bounds a machine that is on its knees. */
const PROBE_TIMEOUT_MS = 100;

/** S_IWGRP and S_IWOTH of stat(2). The sticky bit does not help: it keeps names from being removed, not from being made. */
const OTHERS_CAN_WRITE = 0o022;

/** Others may take and leave a path between our looks at it; a few rounds are much more than that needs. */
const MAX_ROUNDS = 16;

/** The result of claiming a path: the socket is ours, or somebody else serves there. */
export type Claim =
  | {
      readonly kind: "ours";
      /** Closing it gives the path back first, while nobody else can have taken it. */
      readonly listener: Server;
      /** Settles when somebody has connected for the first time. */
      readonly visited: Promise<void>;
    }
  | { readonly kind: "taken" };

/**
 * Listens at `path`, or finds that somebody does. A dead socket there is replaced. The directory is made, mode 0700.
 * Connections that arrive before the first "connection" handler is attached are kept for it, paused. Not to be called
 * twice at a time in one process: the second would wait for the first one's lock with the event loop stopped.
 * Throws FailedPrecondition when the directory is not ours alone to write, otherwise the system's error.
 */
export async function claimSocket(path: string): Promise<Claim> {
  const dir = dirname(path);
  makePrivateDir(dir);
  const { listener, ownPath } = listenPrivately(dir);
  let isOurs = false;
  try {
    if (!tryLink(ownPath, path)) {
      if (await isAlive(path)) return { kind: "taken" };
      isOurs = await replaceDead(dir, ownPath, path);
      if (!isOurs) return { kind: "taken" };
    }
    isOurs = true;
    removeOnClose(listener, path);
    const visited = new Promise<void>((resolve) =>
      listener.prependOnceListener("connection", () => resolve()),
    );
    holdConnections(listener);
    return { kind: "ours", listener, visited };
  } finally {
    removeQuietly(ownPath);
    if (!isOurs) listener.close();
  }
}

async function replaceDead(dir: string, ownPath: string, path: string): Promise<boolean> {
  using _lock = flock(dir);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (tryLink(ownPath, path)) return true;
    const found = await probe(path);
    if (found === "alive") return false;
    // One that is gone has left on its own: by now the path may be somebody else's, who needs no lock to take it.
    if (found === "dead") removeQuietly(path);
  }
  throw new HawserError(Code.Aborted, `listen at "${path}": the path is taken and left again and again`);
}

/** Whether somebody listens. What cannot be told counts as alive: taking a living shim's place would lose it. */
export async function isAlive(path: string): Promise<boolean> {
  return (await probe(path)) === "alive";
}

/** `dead`: the path is there and nobody listens; only who holds the directory's lock takes it away. */
function probe(path: string): Promise<"alive" | "dead" | "gone"> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (answer: "alive" | "dead" | "gone"): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle("alive"), PROBE_TIMEOUT_MS);
    socket.once("connect", () => settle("alive"));
    socket.on("error", (error) => {
      if (isErrno(error, "ECONNREFUSED")) settle("dead");
      else settle(isErrno(error, "ENOENT") ? "gone" : "alive");
    });
  });
}

/** Removes the socket at `path` unless somebody listens there. Again, or without one, does nothing. */
export async function removeDeadSocket(path: string): Promise<void> {
  if ((await probe(path)) !== "dead") return;
  using _lock = flock(dirname(path));
  if ((await probe(path)) === "dead") removeQuietly(path);
}

// As Node does for a path that it has bound itself. After the close the path may be somebody else's.
function removeOnClose(listener: Server, path: string): void {
  const close = listener.close.bind(listener);
  listener.close = (callback) => {
    if (listener.listening) removeQuietly(path);
    return close(callback);
  };
}

/** Listens on an inherited descriptor, or at a path that is named by who started us. */
export async function listenAt(target: { readonly fd: number } | { readonly path: string }): Promise<Server> {
  const listener = createListener();
  holdConnections(listener);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  listener.once("error", reject);
  const umask = process.umask(0o177);
  try {
    listener.listen(target, resolve);
  } finally {
    process.umask(umask);
  }
  await promise;
  listener.off("error", reject);
  return listener;
}

function listenPrivately(dir: string): { listener: Server; ownPath: string } {
  // Shorter than the path it will be linked to, which fits.
  for (let attempt = 0; ; attempt++) {
    const ownPath = join(dir, `.${process.pid}-${attempt}`);
    const listener = createListener();
    let failure: unknown;
    // Bound and listening before `listen` returns; only errors come later, and those of binding are known by then too.
    const onError = (error: unknown): void => {
      failure = error;
    };
    listener.on("error", onError);
    const umask = process.umask(0o177);
    try {
      listener.listen({ path: ownPath });
    } finally {
      process.umask(umask);
    }
    if (listener.listening) {
      listener.off("error", onError);
      return { listener, ownPath };
    }
    listener.close();
    const isLeft = failure === undefined && exists(ownPath) && attempt < MAX_ROUNDS;
    // Left by a starter of the same pid that was killed.
    if (!isLeft) throw bindError(dir, ownPath, failure);
    removeQuietly(ownPath);
  }
}

// Node tells the reason on a later turn only; the directory tells the likely ones now.
function bindError(dir: string, ownPath: string, failure: unknown): HawserError {
  try {
    closeSync(openSync(ownPath, "wx", 0o600));
    removeQuietly(ownPath);
  } catch (caught) {
    return new HawserError(Code.FailedPrecondition, `socket directory "${dir}": ${messageOf(caught)}`, {
      cause: caught,
    });
  }
  return new HawserError(Code.Internal, `socket directory "${dir}": no socket can be bound`, {
    cause: failure,
  });
}

// Paused, so that no byte is read before somebody listens to it.
function createListener(): Server {
  return createServer({ pauseOnConnect: true });
}

// A server without a handler drops what it accepts on the floor, and whoever serves needs a few turns to be ready.
function holdConnections(listener: Server): void {
  const early: Socket[] = [];
  const hold = (socket: Socket): void => void early.push(socket);
  const onNewListener = (event: string | symbol): void => {
    if (event !== "connection") return;
    listener.off("newListener", onNewListener).off("connection", hold);
    // "newListener" comes before the handler is attached.
    queueMicrotask(() => {
      for (const socket of early.splice(0)) listener.emit("connection", socket);
    });
  };
  listener.on("connection", hold);
  listener.on("newListener", onNewListener);
}

function makePrivateDir(dir: string): void {
  try {
    makeDirectories(dir, 0o700);
    const found = lstatSync(dir);
    // In /tmp anybody can have made it first.
    const isSafe = found.isDirectory() && (found.uid === process.geteuid?.() || found.uid === 0);
    if (!isSafe) throw new Error("it is not a directory of ours");
    // Who can make names in it can listen at ours before we do, and would be taken for the group's shim.
    if ((found.mode & OTHERS_CAN_WRITE) !== 0) throw new Error("others can write to it");
  } catch (caught) {
    const message = `socket directory "${dir}": ${messageOf(caught)}`;
    throw new HawserError(Code.FailedPrecondition, message, { cause: caught });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (caught) {
    if (isErrno(caught, "EEXIST")) return false;
    throw caught;
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // gone already, or not ours to remove
  }
}
