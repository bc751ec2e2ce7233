// Where a client keeps the fifos of its processes: `<base>/<random>/<n>/`, each folder 0700. Owns the directory of this client,
// whose flock says that its owner lives: the kernel lets go of it however a process ends. Whoever makes the next one removes
// what dead owners left.
// Always true: nothing is removed that a living client owns, nor a fifo that a shim still has open: a container outlives
// its client, and somebody may attach to it later by the paths that its record names.
import { constants, type Dirent, renameSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isErrno } from "../../../proto/errors.ts";
import { OwnedFd } from "../../../sys/fd.ts";
import { tryOpenFifoForWriting } from "../../../sys/fifo.ts";
import { tryFlock } from "../../../sys/file-lock.ts";

/** A directory without its final name is in the making, or its maker died over it. */
const MAKING = ".new-";
const MAKING_MS = 60_000;

/** The directory in which clients make theirs; HAWSER_STDIO_DIR says where, if nobody else does. */
export function defaultStdioDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env["HAWSER_STDIO_DIR"]) return env["HAWSER_STDIO_DIR"];
  if (process.geteuid?.() === 0) return "/run/hawser/fifo";
  return join(env["XDG_RUNTIME_DIR"] || join(tmpdir(), `hawser-${process.geteuid?.()}`), "hawser", "fifo");
}

/** The directory of one client. */
export class StdioDirectory implements AsyncDisposable {
  readonly path: string;
  readonly #lock: OwnedFd;
  #count = 0;

  private constructor(path: string, lock: OwnedFd) {
    this.path = path;
    this.#lock = lock;
  }

  /** Makes one below `base`, and removes what dead clients left there. Throws the system's error. */
  static async create(base: string): Promise<StdioDirectory> {
    await mkdir(base, { recursive: true, mode: 0o700 });
    await sweep(base);
    const made = await mkdtemp(join(base, MAKING));
    const lock = lockDirectory(made);
    if (lock === undefined) throw new Error(`"${made}" was locked by a stranger before anybody knew it`);
    // The name is final only once the lock is held: nobody takes it for a dead one's in between.
    const path = join(base, basename(made).slice(MAKING.length));
    renameSync(made, path);
    return new StdioDirectory(path, lock);
  }

  /** Makes a folder for the fifos of one process. The caller removes it. */
  async newFolder(): Promise<string> {
    this.#count += 1;
    const folder = join(this.path, String(this.#count));
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /** Removes everything that no shim has open, gives up what is left, and removes what others have given up meanwhile. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#lock.isOpen) return;
    try {
      await removeUnused(this.path);
      await sweep(dirname(this.path));
    } catch {
      // What stays is found by the next client: its owner is gone.
    } finally {
      this.#lock[Symbol.dispose]();
    }
  }
}

/** Removes the folder of a process if no shim has a fifo of it open; whether it is gone. Throws the system's error. */
export async function removeFolder(folder: string): Promise<boolean> {
  for (const name of ["stdout", "stderr", "stdin"]) if (isOpenElsewhere(join(folder, name))) return false;
  await rm(folder, { recursive: true, force: true });
  return true;
}

async function sweep(base: string): Promise<void> {
  for (const entry of await readdir(base, { withFileTypes: true })) {
    if (!entry.isDirectory() || (await isInTheMaking(base, entry))) continue;
    const dir = join(base, entry.name);
    try {
      using lock = lockDirectory(dir);
      if (lock !== undefined) await removeUnused(dir);
    } catch {
      // Two clients may sweep at once, and what one cannot remove must not keep the other from its work.
    }
  }
}

async function isInTheMaking(base: string, { name }: Dirent): Promise<boolean> {
  if (!name.startsWith(MAKING)) return false;
  try {
    return Date.now() - (await stat(join(base, name))).mtimeMs < MAKING_MS;
  } catch {
    return true;
  }
}

/** The lock of a directory; undefined when somebody has it, or the directory has gone. */
function lockDirectory(dir: string): OwnedFd | undefined {
  const fd = OwnedFd.open(dir, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (tryFlock(fd.fd)) return fd;
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
  fd[Symbol.dispose]();
  return undefined;
}

async function removeUnused(dir: string): Promise<void> {
  let isEmpty = true;
  for (const name of await readdir(dir)) isEmpty = (await removeFolder(join(dir, name))) && isEmpty;
  if (isEmpty) await rmdir(dir);
}

// A shim holds both ends of what it writes to, and the reading end of what it reads.
function isOpenElsewhere(path: string): boolean {
  try {
    using fd = tryOpenFifoForWriting(path);
    return fd !== undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "EINVAL")) return false;
    throw error;
  }
}
