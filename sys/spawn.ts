// Starting a program without copying ourselves: posix_spawn(3), which shares our memory with the child until it has
// become the program. libuv forks instead, and a fork of Node copies page tables, makes both sides fault their pages in
// again, and is paid by every exec of a container (docs/shim-cost.md has the numbers).
// Always true: the child leads a session of its own, has default signals, exactly the descriptors it was given and
// nothing else; its exit is taken by us and no Reaper.
// Knows only descriptors, never pipes or output: that is `child.ts`. Not for a libc without posix_spawn's additions of
// glibc 2.34 (musl), which `canSpawn` tells; who asks falls back to child_process.
import { statSync } from "node:fs";
import { systemError } from "./errno.ts";
import { duplicate, type OwnedFd } from "./fd.ts";
import { addressOf, libcFunction, type NativeFunction, trySyscall } from "./libc.ts";
import { PidFd } from "./pidfd.ts";
import { announceChild, type ChildExit, reap } from "./wait.ts";

const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
// glibc on 64 bits: posix_spawnattr_t is 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128. Rounded up.
const ATTRIBUTES_BYTES = 512;
const FILE_ACTIONS_BYTES = 128;
const SIGSET_BYTES = 128;
const POINTER_BYTES = 8;

const SIGKILL = 9;
const P_PID = 1;
const WEXITED = 4;
const ENOENT = 2;
const ECHILD = 10;
const EACCES = 13;
const ENOTDIR = 20;
const EINVAL = 22;

/** What to start. */
export interface SpawnRequest {
  /** An absolute path, or a name for the PATH in `env`. */
  readonly file: string;
  /** Without the name of the program itself. */
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** Borrowed; they become 0, 1, 2, … and all others are closed. */
  readonly fds: readonly number[];
}

interface Native {
  readonly spawn: NativeFunction;
  readonly initActions: NativeFunction;
  readonly destroyActions: NativeFunction;
  readonly addDup: NativeFunction;
  readonly addChdir: NativeFunction;
  readonly addCloseFrom: NativeFunction;
  readonly attributes: Buffer;
}

// Made at the first use, and kept: the functions are declared once, and the attributes are the same for every child.
let native: Native | undefined;
let isMissing = false;

/** Whether this libc has all that a spawn takes. */
export function canSpawn(): boolean {
  if (native === undefined && !isMissing) {
    try {
      native = declare();
    } catch {
      isMissing = true; // koffi: "Cannot find function 'posix_spawn_file_actions_addclosefrom_np'"
    }
  }
  return native !== undefined;
}

/** A program that was started. Nobody else may wait for its pid. */
export class SpawnedChild {
  readonly pid: number;
  // What Reapers look at. It has the shape of a ChildProcess: who takes a child's status is asked the same way for both.
  readonly #announced: { readonly pid: number; exitCode: number | null; signalCode: string | null };

  /**
   * Starts it; returns when the program has been loaded. Throws a system error (ENOENT, EACCES, E2BIG, EAGAIN…) when it
   * could not be. Call {@link ended} at once, but after closing what the child was given: that needs three descriptors,
   * and so there are as many.
   */
  constructor(request: SpawnRequest) {
    this.pid = startProcess(request);
    this.#announced = { pid: this.pid, exitCode: null, signalCode: null };
    announceChild(this.#announced);
  }

  /** Whether its status has been taken. Until then its pid is its own. */
  get hasEnded(): boolean {
    return this.#announced.exitCode !== null;
  }

  /**
   * Resolves when it has ended and was reaped. Rejects when it cannot be waited for: for want of descriptors, and then
   * it was killed with its group; or because a stranger took its status (ECHILD). Once only.
   */
  async ended(): Promise<ChildExit> {
    try {
      using held = PidFd.open(this.pid);
      await held.ended();
      const exit = reap(this.pid);
      if (exit === undefined) throw systemError(ECHILD, { syscall: "waitid" });
      return exit;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECHILD") endNow(this.pid);
      throw error;
    } finally {
      this.#announced.exitCode = 0; // not the status: only that it has been taken
    }
  }
}

function startProcess({ file, args, env, cwd, fds }: SpawnRequest): number {
  if (!canSpawn() || native === undefined) throw systemError(38, { syscall: "posix_spawn", path: file });
  const vectors = layOut([file, ...args], environmentStrings(env));
  const actions = Buffer.alloc(FILE_ACTIONS_BYTES);
  // A descriptor below the last target could be overwritten before it is its turn: those move up first.
  const moved: OwnedFd[] = [];
  check(native.initActions(actions), file);
  try {
    fds.forEach((fd, target) => {
      let source = fd;
      if (fd < fds.length) {
        const copy = duplicate(fd, fds.length);
        moved.push(copy);
        source = copy.fd;
      }
      check(native?.addDup(actions, source, target) ?? 0, file);
    });
    check(native.addCloseFrom(actions, fds.length), file);
    if (cwd !== undefined) check(native.addChdir(actions, cwd), file);
    const pid = Buffer.alloc(4);
    const { spawn, attributes } = native;
    const { block, environmentAt } = vectors;
    const start = (path: string): number =>
      spawn(pid, path, actions, attributes, block, addressOf(block) + BigInt(environmentAt));
    check(startFirst(file, env["PATH"], start), file);
    return pid.readInt32LE(0);
  } finally {
    native.destroyActions(actions);
    for (const fd of moved) fd[Symbol.dispose]();
  }
}

/**
 * As execvp(3) does it, with the PATH of the child: the first that can be run; EACCES when one was there and could not.
 * Looks before it tries: each try is a process, and a PATH of ten directories would be nine too many.
 */
function startFirst(file: string, path: string | undefined, start: (path: string) => number): number {
  if (file.includes("/")) return start(file);
  let result = ENOENT;
  for (const dir of (path ?? "").split(":")) {
    const candidate = `${dir === "" ? "." : dir}/${file}`;
    if (!isThere(candidate)) continue;
    const errno = start(candidate);
    if (errno !== ENOENT && errno !== EACCES && errno !== ENOTDIR) return errno;
    if (errno === EACCES) result = EACCES;
  }
  return result;
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true; // whatever it is (ENOTDIR, EACCES, ELOOP), the try will say so
  }
}

function environmentStrings(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

/**
 * argv, envp and their strings in one block, so that whoever holds the block holds all of it: pointers, 0, pointers, 0,
 * strings. argv is at its beginning.
 */
function layOut(
  argv: readonly string[],
  environment: readonly string[],
): { block: Buffer; environmentAt: number } {
  const texts = [...argv, ...environment];
  if (texts.some((text) => text.includes("\0"))) {
    throw systemError(EINVAL, { syscall: "spawn", reason: "a string for a program holds a NUL" });
  }
  const environmentAt = (argv.length + 1) * POINTER_BYTES;
  const textsAt = environmentAt + (environment.length + 1) * POINTER_BYTES;
  const textBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  const block = Buffer.alloc(textsAt + textBytes);
  const base = addressOf(block);
  let at = textsAt;
  texts.forEach((text, index) => {
    const slot = index < argv.length ? index : index + 1; // past argv's 0
    block.writeBigUInt64LE(base + BigInt(at), slot * POINTER_BYTES);
    at += block.write(text, at, "utf8") + 1;
  });
  return { block, environmentAt };
}

function declare(): Native {
  const pointer = "void *";
  const actions = "posix_spawn_file_actions";
  const functions = {
    spawn: libcFunction("posix_spawn", "int", [pointer, pointer, pointer, pointer, pointer, pointer]),
    initActions: libcFunction(`${actions}_init`, "int", [pointer]),
    destroyActions: libcFunction(`${actions}_destroy`, "int", [pointer]),
    addDup: libcFunction(`${actions}_adddup2`, "int", [pointer, "int", "int"]),
    addChdir: libcFunction(`${actions}_addchdir_np`, "int", [pointer, pointer]),
    addCloseFrom: libcFunction(`${actions}_addclosefrom_np`, "int", [pointer, "int"]),
  };
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES);
  const set = Buffer.alloc(SIGSET_BYTES);
  libcFunction("posix_spawnattr_init", "int", [pointer])(attributes);
  libcFunction("posix_spawnattr_setsigmask", "int", [pointer, pointer])(attributes, set);
  // Ignored signals are inherited, and Node ignores SIGPIPE.
  libcFunction("posix_spawnattr_setsigdefault", "int", [pointer, pointer])(attributes, set.fill(0xff));
  libcFunction("posix_spawnattr_setflags", "int", [pointer, "short"])(
    attributes,
    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID,
  );
  return { ...functions, attributes };
}

/** These functions return their error number. */
function check(errno: number, path: string): void {
  if (errno !== 0) throw systemError(errno, { syscall: "spawn", path });
}

/** The end of a child that nobody can wait for on the event loop. It has just begun: it ends at once. */
function endNow(pid: number): void {
  trySyscall("kill", -pid, SIGKILL);
  trySyscall("waitid", P_PID, pid, null, WEXITED, null);
}
