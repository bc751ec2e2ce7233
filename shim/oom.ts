// Notices that the kernel killed a process of a container for want of memory, and where the limit was. One watch per
// container, from Create to the exit of init.
// Version 1: an eventfd registered with cgroup.event_control for memory.oom_control, polled on the event loop (sys/
// libc's poll; no thread, no timer while nothing happens: two descriptors and a few hundred bytes per container). It
// wakes us *before* the kill, also when only a group above is out of memory, and once more when the group is removed.
// Version 2: inotify on memory.events. In both, `oom_kill` counts the victims, and the kernel raises it before it sends
// the signal (mm/oom_kill.c: "Raise event before sending signal: task reaper must see this"): so whoever reaps a victim
// and then calls `settle` has told of the OOM before the exit ("the OOM event precedes the exit").
// Always true: an OOM is told once, however it was noticed. A version 1 group does not count the victims of the groups
// below it, and hears nothing of an OOM of the whole machine until the next `settle`.
import { closeSync, constants, openSync, readSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readCgroupFile } from "../sys/cgroup.ts";
import { eventFd, type OwnedFd } from "../sys/fd.ts";
import { Change, Inotify } from "../sys/inotify.ts";
import { type FdPoll, pollFd } from "../sys/libc.ts";
import { fieldsOf, numberIn, numberOf } from "./cgroup-text.ts";

const O_CLOEXEC = 0o2000000;

/** After a wake of version 1 without a kill of ours: when to look again, in milliseconds since the look before. */
const LOOK_AGAIN_MS = [20, 200, 1_000];

/** What the kernel asks for at a time (MEMCG_CHARGE_BATCH, 64 pages): a full group may be short of its limit by it. */
const CHARGE_BATCH_BYTES = 64n * 4096n;

/** Groups above a container that are looked at for the one whose limit it was. */
const MAX_LEVELS = 16;

/** Where the memory ended. */
export interface OomLimit {
  /**
   * `container`: its own limit. `above`: that of a group around it, such as a pod. `below`: that of a group which
   * processes of the container made. `machine`: no group's; also said where nobody can tell.
   */
  readonly where: "container" | "above" | "below" | "machine";
  /** The directory of the group whose limit it was; absent for `below` and `machine`. */
  readonly dir?: string | undefined;
}

/** What was noticed. */
export interface OomNotice {
  readonly limit: OomLimit;
  /** Processes of the container that the kernel killed since the watch began; may be behind by the one just coming. */
  readonly kills: bigint;
}

/** Told of an OOM. Must not throw. */
export type OnOom = (notice: OomNotice) => void;

/** The memory group of a container. */
export interface OomTarget {
  readonly version: "v1" | "v2";
  /** The container's directory in the hierarchy of the memory controller. */
  readonly dir: string;
}

/** Watches one container. Close it at the exit of init, after the last `settle`. */
export class OomWatch implements Disposable {
  readonly #target: OomTarget;
  readonly #onOom: OnOom;
  readonly #levels: Level[];
  readonly #counterFd: number;
  readonly #first: bigint;
  #eventFd: OwnedFd | undefined;
  #poll: FdPoll | undefined;
  #inotify: Inotify | undefined;
  #kills: bigint;
  /** Of late: wakes because of our own limit, kills, and how many OOMs were told of. */
  #wakes = 0n;
  #victims = 0n;
  #told = 0n;
  #timer: NodeJS.Timeout | undefined;
  #looksLeft = 0;
  #isOpen = true;

  /** Throws the system's error when the group is not there (ENOENT) or nothing more can be watched (EMFILE). */
  static start(target: OomTarget, onOom: OnOom): OomWatch {
    const watch = new OomWatch(target, onOom);
    try {
      watch.#listen();
      return watch;
    } catch (error) {
      watch.close();
      throw error;
    }
  }

  private constructor(target: OomTarget, onOom: OnOom) {
    this.#target = target;
    this.#onOom = onOom;
    const file = `${target.dir}/${target.version === "v1" ? "memory.oom_control" : "memory.events"}`;
    // What can throw comes before what would then stay open.
    this.#levels = levelsOf(target);
    this.#counterFd = openSync(file, constants.O_RDONLY | O_CLOEXEC);
    this.#first = this.#readKills() ?? 0n;
    this.#kills = this.#first;
  }

  /** Processes of the container that the kernel killed since the watch began, as far as it has looked. */
  get kills(): bigint {
    return this.#kills - this.#first;
  }

  /**
   * To be called when a process of the container was reaped, before its exit is published: tells of an OOM that was
   * not told of yet. Synchronous, one or two reads of a kernel file. After `close`, and when the group is gone, nothing.
   */
  settle(): void {
    if (!this.#isOpen) return;
    this.#drain();
    this.#look();
  }

  /** Stops watching; again does nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#poll?.close();
    this.#inotify?.[Symbol.dispose]();
    this.#eventFd?.[Symbol.dispose]();
    closeSync(this.#counterFd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #listen(): void {
    const { version, dir } = this.#target;
    if (version === "v2") {
      this.#inotify = new Inotify(() => this.#look());
      this.#inotify.add(`${dir}/memory.events`, Change.modify);
      return;
    }
    this.#eventFd = eventFd();
    // cgroup-v1/memory.rst, section 10: "<event_fd> <fd of memory.oom_control>".
    writeFileSync(`${dir}/cgroup.event_control`, `${this.#eventFd.fd} ${this.#counterFd}`);
    this.#poll = pollFd(this.#eventFd.fd, { readable: true }, () => this.#drain());
  }

  /** Takes the wakes of version 1. */
  #drain(): void {
    if (this.#eventFd?.isOpen !== true) return;
    const count = Buffer.alloc(8);
    try {
      readSync(this.#eventFd.fd, count);
    } catch {
      return; // EAGAIN: nobody woke us
    }
    // The removal of the group wakes as well.
    if (this.#readKills() === undefined) {
      this.#poll?.close();
      return;
    }
    this.#count();
    // Nothing may be counted yet, since the wake precedes the kill. Our own limit makes it ours, whoever the victim
    // is; a limit above may take somebody else, so that one waits for the counter.
    const limit = this.#limit();
    if (limit.where === "container") this.#wakes += count.readBigUInt64LE();
    this.#tell(limit);
    this.#looksLeft = LOOK_AGAIN_MS.length;
    this.#lookAgain();
  }

  /** Reads the counter and tells of what was not told of. */
  #look(): void {
    if (this.#isOpen && this.#count()) this.#tell(this.#limit());
  }

  /** Whether the counter has grown. */
  #count(): boolean {
    const kills = this.#readKills();
    if (kills === undefined || kills <= this.#kills) return false;
    this.#victims += kills - this.#kills;
    this.#kills = kills;
    return true;
  }

  // Bounded, and only after a wake: the victim of a limit above us may be a process whose end nobody here sees; and
  // a wake that no kill followed must not swallow a later kill.
  #lookAgain(): void {
    clearTimeout(this.#timer);
    const delayMs = LOOK_AGAIN_MS[LOOK_AGAIN_MS.length - this.#looksLeft--];
    if (delayMs === undefined) {
      this.#wakes = this.#victims = this.#told = 0n;
      return;
    }
    this.#timer = setTimeout(() => {
      this.#look();
      this.#lookAgain();
    }, delayMs);
    this.#timer.unref();
  }

  /** An OOM is a wake and a kill, in any order; whichever is ahead is the number of OOMs. */
  #tell(limit: OomLimit): void {
    if (this.#wakes <= this.#told && this.#victims <= this.#told) return;
    this.#told = this.#victims;
    if (this.#wakes > this.#told) this.#told = this.#wakes;
    this.#onOom({ limit, kills: this.kills });
  }

  /** The `oom_kill` counter; undefined when the group is gone. */
  #readKills(): bigint | undefined {
    const bytes = Buffer.alloc(512);
    try {
      const size = readSync(this.#counterFd, bytes, 0, bytes.length, 0);
      return fieldsOf(bytes.toString("latin1", 0, size)).get("oom_kill") ?? 0n;
    } catch {
      return undefined; // ENODEV
    }
  }

  /** The nearest group whose limit was met. */
  #limit(): OomLimit {
    const { version } = this.#target;
    const met = version === "v1" ? fullLevel(this.#levels) : hitLevel(this.#levels);
    const own = this.#levels[0];
    let isBelow = false;
    if (version === "v2" && own !== undefined) {
      const oom = numberIn(readCgroupFile(own.dir, "memory.events"), "oom");
      isBelow = oom > own.oom;
      own.oom = oom;
    }
    if (met !== undefined) return { where: met === own ? "container" : "above", dir: met.dir };
    return { where: isBelow ? "below" : "machine" };
  }
}

/** A group and what version 2 had counted when we looked last. */
interface Level {
  readonly dir: string;
  /** How often it came to the killer because of this group's limit. */
  hits: bigint;
  /** The same with the groups below it. */
  oom: bigint;
}

/** The container's group and those above it, up to the root of the hierarchy. */
function levelsOf({ version, dir: own }: OomTarget): Level[] {
  const marker = version === "v1" ? "memory.limit_in_bytes" : "memory.events";
  const levels: Level[] = [];
  let dir = own;
  while (levels.length < MAX_LEVELS) {
    const text = readCgroupFile(dir, marker);
    if (text === undefined) break;
    levels.push({ dir, hits: hitsOf(dir), oom: numberIn(text, "oom") });
    dir = dirname(dir);
  }
  return levels;
}

/** Version 2: the nearest group that counted something since the last question. */
function hitLevel(levels: readonly Level[]): Level | undefined {
  let found: Level | undefined;
  for (const level of levels) {
    const hits = hitsOf(level.dir);
    if (hits > level.hits) found ??= level;
    level.hits = hits;
  }
  return found;
}

function hitsOf(dir: string): bigint {
  return numberIn(readCgroupFile(dir, "memory.events.local"), "oom");
}

// Version 1 does not count it (memory.failcnt stays 0 on Linux 6.18). What it has is usage, which is at the limit until
// the victim is gone, and the highest usage ever, which may be from an earlier and harmless time: hence in that order.
function fullLevel(levels: readonly Level[]): Level | undefined {
  const isFull = (dir: string, kind: string, prefix: string): boolean => {
    const limit = numberOf(readCgroupFile(dir, `${prefix}.limit_in_bytes`));
    const usage = numberOf(readCgroupFile(dir, `${prefix}.${kind}_in_bytes`));
    return limit !== undefined && usage !== undefined && limit - usage <= CHARGE_BATCH_BYTES;
  };
  for (const kind of ["usage", "max_usage"]) {
    const full = levels.find(({ dir }) => isFull(dir, kind, "memory") || isFull(dir, kind, "memory.memsw"));
    if (full !== undefined) return full;
  }
  return undefined;
}
