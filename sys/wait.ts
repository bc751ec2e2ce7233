// Reaping beside libuv: which children of ours have ended, and taking the status of one. libuv waits for each of its
// own children by pid, so a wait for "any" would steal from it. What is safe: look without taking (WNOWAIT), take by
// pid what is surely not libuv's.
// Knows no policy: who a pid belongs to, and what an exit means, is for the caller. See waitid(2), proc(5).
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { systemError } from "./errno.ts";
import { trySyscall } from "./libc.ts";

/** A child whose status is taken by who started it. A ChildProcess is one; without a pid it never was. */
export interface OthersChild {
  readonly pid?: number | undefined;
  /** One of both is not null once the status has been taken. */
  readonly exitCode: number | null;
  readonly signalCode: string | null;
}

/** How a process ended: exactly one of `code` (0–255) and `signal` (a number) is there. */
export interface ChildExit {
  readonly pid: number;
  readonly code?: number;
  readonly signal?: number;
  readonly dumpedCore: boolean;
}

const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
// Any child, also of a thread that is not ours and of clone() without SIGCHLD: orphans can be made by anyone.
const WALL = 0x4000_0000;
const ECHILD = 10;
const NODES_CHANNEL = "child_process";
const OUR_CHANNEL = "hawser.child";
const CLD_EXITED = 1;
const CLD_DUMPED = 3;

// siginfo_t for SIGCHLD, the same on 64-bit x86 and arm: si_signo 0, si_errno 4, si_code 8, si_pid 16, si_uid 20,
// si_status 24; 128 bytes in all.
function wait(kind: number, id: number, options: number): ChildExit | undefined {
  const info = Buffer.alloc(128);
  const result = trySyscall("waitid", kind, id, info, WNOHANG | WEXITED | WALL | options, null);
  if (result === -ECHILD) return undefined;
  if (result < 0) throw systemError(-result, { syscall: "waitid" });
  const pid = info.readInt32LE(16);
  if (pid === 0) return undefined;
  const how = info.readInt32LE(8);
  const status = info.readInt32LE(24);
  if (how === CLD_EXITED) return { pid, code: status, dumpedCore: false };
  return { pid, signal: status, dumpedCore: how === CLD_DUMPED };
}

/** A child that has ended and was not reaped, left as it is; always the same one until somebody reaps it. */
export function peekExit(): ChildExit | undefined {
  return wait(P_ALL, 0, WNOWAIT);
}

/** Whether and how this child has ended, left as it is. Undefined also for what is no child of ours. */
export function peekExitOf(pid: number): ChildExit | undefined {
  return wait(P_PID, pid, WNOWAIT);
}

/** Takes the status of a child that has ended; its pid is free from then on. Never for a child of `child_process`. */
export function reap(pid: number): ChildExit | undefined {
  return wait(P_PID, pid, 0);
}

/** A wait status as wait(2), /proc/<pid>/stat and PIDFD_GET_INFO encode it, taken apart. */
export function decodeWaitStatus(pid: number, status: number): ChildExit {
  const signal = status & 0x7f;
  if (signal === 0) return { pid, code: (status >> 8) & 0xff, dumpedCore: false };
  return { pid, signal, dumpedCore: (status & 0x80) !== 0 };
}

/** The status a shell would show: the code, or 128 + the signal. */
export function exitStatus(exit: ChildExit): number {
  return exit.signal === undefined ? (exit.code ?? 255) : 128 + exit.signal;
}

/** Tells all Reapers to leave a child alone, as Node does with its own. Call it before anything else can run. */
export function announceChild(process: OthersChild): void {
  channel(OUR_CHANNEL).publish({ process });
}

export interface ReaperOptions {
  /** Called for every reaped child, in the order the kernel shows them. A throw is an uncaught exception. */
  readonly onExit: (exit: ChildExit) => void;
  /** Whether a pid is known not to be libuv's (a container's init, say). Such are reaped at first sight. */
  readonly isOurs?: (pid: number) => boolean;
}

/**
 * Reaps, driven by SIGCHLD, every child that neither libuv nor `spawn.ts` started. Start it before the first child is spawned:
 * each is announced on a diagnostics channel, and those that have not ended yet are left to who started them. For
 * what was spawned before, there is a second fence: a pid nobody vouched for is taken only when libuv has had a whole
 * turn of the event loop since it was first seen, and left it. ("Reaper leaves the children of child_process alone")
 * Not for a process whose worker threads spawn.
 */
export class Reaper implements Disposable {
  readonly #options: ReaperOptions;
  readonly #spawned = new Set<OthersChild>();
  readonly #onSigchld = () => this.#lookSoon();
  readonly #onSpawn = (message: unknown) => this.#spawned.add((message as { process: OthersChild }).process);
  #seen = 0;
  #seenInImmediate = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #isActive = false;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** Starts, with a first look at what ended before. */
  start(): void {
    if (this.#isActive) return;
    this.#isActive = true;
    for (const name of [NODES_CHANNEL, OUR_CHANNEL]) subscribe(name, this.#onSpawn);
    process.on("SIGCHLD", this.#onSigchld);
    this.#lookSoon();
  }

  /** Looks now instead of after the next SIGCHLD; takes only what {@link ReaperOptions.isOurs} vouches for. */
  look(): void {
    this.#look(0);
  }

  [Symbol.dispose](): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    for (const name of [NODES_CHANNEL, OUR_CHANNEL]) unsubscribe(name, this.#onSpawn);
    process.off("SIGCHLD", this.#onSigchld);
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#spawned.clear();
  }

  // The kernel shows one ended child at a time, so one that is libuv's hides the others until libuv took it.
  #look(seenBefore: number): void {
    while (this.#isActive) {
      const exit = peekExit();
      if (!exit) return;
      if (exit.pid !== seenBefore && !this.#options.isOurs?.(exit.pid)) {
        this.#seen = exit.pid;
        this.#lookSoon();
        return;
      }
      if (this.#isOthers(exit.pid)) {
        this.#lookSoon();
        return;
      }
      const reaped = reap(exit.pid);
      if (reaped) this.#options.onExit(reaped);
    }
  }

  #isOthers(pid: number): boolean {
    for (const child of this.#spawned) {
      // The constructor announces, spawn() follows at once: without a pid by now it failed.
      const isOver = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
      if (isOver) this.#spawned.delete(child);
      else if (child.pid === pid) return true;
    }
    return false;
  }

  // Immediates run after the poll phase, in which libuv reaps. What was seen in one is taken in a later one at the
  // earliest, and an immediate made by an immediate runs in the next turn: a poll phase always lies between.
  #lookSoon(): void {
    if (!this.#isActive || this.#scheduled) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      const seenBefore = this.#seenInImmediate;
      this.#seenInImmediate = 0;
      this.#look(seenBefore);
      this.#seenInImmediate = this.#seen;
      this.#seen = 0;
    });
  }
}
