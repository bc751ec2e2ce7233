// Running a program to its end, within limits: never through a shell, with exactly the environment, directory and
// descriptors it was given, in a session of its own so that all of it can be killed. For OCI runtimes and helpers;
// what they leave behind on purpose (a container) has left their process group.
// Two ways to start one, with one contract: `spawn.ts`, and child_process where that cannot be used.
// A program that must die with us has to ask for that itself (`setParentDeathSignal`): Node offers no place between
// fork and exec, and the signal would follow the *thread* that forked.
import { spawn } from "node:child_process";
import { constants as fsConstants } from "node:fs";
import { constants } from "node:os";
import type { Writable } from "node:stream";
import { systemError } from "./errno.ts";
import { OwnedFd, pipe, setNonBlocking } from "./fd.ts";
import { tryRead } from "./fd-io.ts";
import { type FdPoll, pollFd } from "./libc.ts";
import { killGroup } from "./signal.ts";
import { canSpawn, SpawnedChild } from "./spawn.ts";

const SIGKILL = 9;
/** Reads of 64 KiB in one turn of the event loop. */
const BURST = 16;
/** Enough for all that a pipe of the usual largest size (1 MiB) holds, even in pieces of a page. */
const PIPE_READS = 256;
const NOTHING = Buffer.alloc(0);

export interface ChildOptions {
  readonly args?: readonly string[];
  /** The whole environment; nothing is inherited. Empty unless given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to standard input, which then ends. A descriptor is given as it is. /dev/null unless given. */
  readonly stdin?: string | Uint8Array | OwnedFd;
  /** Given to the program instead of being collected. */
  readonly stdout?: OwnedFd;
  readonly stderr?: OwnedFd;
  /** Descriptors 3, 4, … of the program. */
  readonly extraFds?: readonly OwnedFd[];
  /** At most this many bytes of each output are kept: the first ones of stdout, the last ones of stderr. 1 MiB. */
  readonly maxOutputBytes?: number;
  /** After this the whole process group gets SIGKILL. Without it only `signal` bounds the run. */
  readonly timeoutMs?: number;
  /** Kills the group as well; the promise then rejects with its reason, when the program is gone. */
  readonly signal?: AbortSignal;
  /** Called at once with the pid, before the program can have ended. */
  readonly onSpawn?: (pid: number) => void;
}

/** How a program ended. */
export interface ChildResult {
  readonly pid: number;
  /** Exactly one of `code` and `signal` (a number) is there. */
  readonly code?: number;
  readonly signal?: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Whether output was dropped because of `maxOutputBytes`. */
  readonly truncated: boolean;
  readonly timedOut: boolean;
}

/**
 * Runs `file` (an absolute path, or a name for the PATH in `env`) and waits for its exit; for the end of its output
 * only as far as it is there by then, since a process it left behind may hold the pipe for ever. A status other than
 * 0 is a result, not an error. Rejects with a system error (ENOENT, EACCES, EAGAIN…) when it could not be started.
 *
 * Takes every descriptor in the options: our copies are closed when this returns its promise, also on failure.
 */
export async function runChild(file: string, options: ChildOptions = {}): Promise<ChildResult> {
  const { stdin, stdout, stderr, extraFds = [], signal } = options;
  const maxBytes = options.maxOutputBytes ?? 1024 * 1024;
  const input = typeof stdin === "string" || stdin instanceof Uint8Array ? stdin : undefined;
  const stdinFd = typeof stdin === "string" || stdin instanceof Uint8Array ? undefined : stdin;
  using collected = new DisposableStack();
  const given: (OwnedFd | undefined)[] = [stdinFd, stdout, stderr, ...extraFds];
  let output: Collected | undefined;
  let errors: Collected | undefined;
  let child: Running;
  try {
    signal?.throwIfAborted();
    output = stdout ? undefined : collected.use(new Collected(maxBytes, "first"));
    errors = stderr ? undefined : collected.use(new Collected(maxBytes, "last"));
    given[1] ??= output?.write;
    given[2] ??= errors?.write;
    if (input === undefined && canSpawn()) {
      given[0] ??= OwnedFd.open("/dev/null", fsConstants.O_RDWR);
      child = new Spawned(file, options, given);
    } else {
      child = new Forked(file, options, given);
    }
  } finally {
    for (const fd of given) fd?.[Symbol.dispose]();
  }
  const kill = () => {
    // Only while it was not reaped: after that its number may be another's group.
    if (child.pid !== undefined && !child.hasEnded) killGroup(child.pid, SIGKILL);
  };
  let timedOut = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          kill();
        }, options.timeoutMs);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const ending = child.ended();
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    if (child.stdin) {
      // A program that does not read its input closes it: EPIPE is its right, and its status tells the rest.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
    }
    const how = await ending;
    signal?.throwIfAborted();
    // What the program wrote is in the pipe when it ends; take what is there and wait for nobody else.
    const result = { stdout: output?.finish() ?? NOTHING, stderr: errors?.finish() ?? NOTHING };
    const truncated = (output?.truncated ?? false) || (errors?.truncated ?? false);
    return { ...how, ...result, truncated, timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
    child.stdin?.destroy();
  }
}

interface Ending {
  readonly pid: number;
  readonly code?: number;
  readonly signal?: number;
}

/** A program that was told to start. */
interface Running {
  /** Undefined when it could not be started: then `ended` says why. */
  readonly pid: number | undefined;
  /** Whether its pid is free again. */
  readonly hasEnded: boolean;
  /** Where its input goes, when it is ours to write. */
  readonly stdin: Writable | null;
  /** Once, and at once. */
  ended(): Promise<Ending>;
}

/** By posix_spawn(3). Throws when it could not be started. */
class Spawned implements Running {
  readonly stdin = null;
  readonly #child: SpawnedChild;

  constructor(file: string, { args = [], env = {}, cwd }: ChildOptions, given: (OwnedFd | undefined)[]) {
    const fds = given.flatMap((end) => (end === undefined ? [] : [end.fd]));
    this.#child = new SpawnedChild({ file, args, env, cwd, fds });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.hasEnded;
  }

  async ended(): Promise<Ending> {
    const { pid, code, signal } = await this.#child.ended();
    return signal === undefined ? { pid, code: code ?? 255 } : { pid, signal };
  }
}

/** By libuv, which forks: for input that is to be written, and for a libc that cannot do the other. */
class Forked implements Running {
  readonly #file: string;
  readonly #child: ReturnType<typeof spawn>;

  constructor(file: string, options: ChildOptions, given: (OwnedFd | undefined)[]) {
    const [stdin, ...others] = given;
    this.#file = file;
    this.#child = spawn(file, options.args ?? [], {
      env: { ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: true, // setsid: a process group of its own
      stdio: [
        stdin?.fd ?? (options.stdin === undefined ? "ignore" : "pipe"),
        ...others.map((end) => end?.fd ?? "ignore"),
      ],
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get stdin(): Writable | null {
    return this.#child.stdin;
  }

  ended(): Promise<Ending> {
    return new Promise((resolve, reject) => {
      this.#child.once("error", (error: NodeJS.ErrnoException) => {
        reject(systemError(-(error.errno ?? -5), { syscall: "spawn", path: this.#file }));
      });
      this.#child.once("exit", (code, name) => {
        const pid = this.#child.pid ?? 0;
        resolve(name === null ? { pid, code: code ?? 255 } : { pid, signal: constants.signals[name] });
      });
    });
  }
}

/**
 * One output of a program through a pipe of ours, kept up to a limit and always drained. Reads where it is told, not
 * in a promise's turn: bytes on their way through a promise would be missed by who asks at the exit.
 */
class Collected implements Disposable {
  /** The program's end; ours is closed once it was given away. */
  readonly write: OwnedFd;
  readonly #read: OwnedFd;
  readonly #poll: FdPoll;
  readonly #maxBytes: number;
  readonly #keep: "first" | "last";
  #chunks: Buffer[] = [];
  #length = 0;
  truncated = false;

  constructor(maxBytes: number, keep: "first" | "last") {
    const { read, write } = pipe();
    this.write = write;
    this.#read = read;
    this.#maxBytes = maxBytes;
    this.#keep = keep;
    setNonBlocking(read.fd, true);
    this.#poll = pollFd(read.fd, { readable: true }, () => this.#take(BURST));
  }

  /** Takes what is in the pipe now (not what is still being written by someone left behind) and waits for nobody. */
  finish(): Buffer {
    this.#take(PIPE_READS);
    return Buffer.concat(this.#chunks);
  }

  #take(maxReads: number): void {
    for (let count = 0; count < maxReads && this.#read.isOpen; count++) {
      const bytes = tryRead(this.#read.fd);
      if (bytes?.length === 0) this.#poll.stop();
      if (!bytes?.length) return;
      this.#add(bytes);
    }
  }

  #add(chunk: Buffer): void {
    if (this.#length >= this.#maxBytes && this.#keep === "first") {
      this.truncated = true;
      return;
    }
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length <= this.#maxBytes) return;
    this.truncated = true;
    const all = Buffer.concat(this.#chunks);
    const start = this.#keep === "first" ? 0 : all.length - this.#maxBytes;
    this.#chunks = [Buffer.from(all.subarray(start, start + this.#maxBytes))];
    this.#length = this.#maxBytes;
  }

  [Symbol.dispose](): void {
    this.#poll.close();
    this.write[Symbol.dispose]();
    this.#read[Symbol.dispose]();
  }
}
