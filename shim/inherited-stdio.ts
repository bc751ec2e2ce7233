// Giving up what a process was born with, without any help but Node's: the manager waits for the end of file on the pipe
// that is our stdout and stderr, so every copy of it has to go, and nothing that we write later may land in it.
// All synchronous, before anything else opens descriptors: the lowest free number is what open(2) answers.
import { closeSync, constants, fstatSync, openSync, readdirSync, readlinkSync } from "node:fs";

const { O_RDONLY, O_RDWR, O_WRONLY, O_NONBLOCK } = constants;

/** A descriptor of ours and what it is, as /proc tells. */
export interface OpenDescriptor {
  readonly fd: number;
  /** `pipe:[123]`, `socket:[456]`, `/path`, `anon_inode:[eventpoll]`. */
  readonly target: string;
}

/**
 * Which descriptors came from outside; pure. Node's own at its start are event queues, /dev/null and pairs of pipe ends;
 * a pipe with both ends here is such a pair, provided that there are just two of them. Everything else above stderr was
 * inherited.
 */
export function inheritedAmong(open: readonly OpenDescriptor[]): number[] {
  const ends = new Map<string, number>();
  for (const { target } of open) ends.set(target, (ends.get(target) ?? 0) + 1);
  return open
    .filter(({ fd, target }) => {
      if (fd <= 2 || target.startsWith("anon_inode:") || target === "/dev/null") return false;
      return !target.startsWith("pipe:") || ends.get(target) !== 2;
    })
    .map(({ fd }) => fd);
}

/** Closes what was inherited above stderr. To be called first of all, when only Node itself has opened anything. */
export function closeInherited(): void {
  const open: OpenDescriptor[] = [];
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      open.push({ fd: Number(name), target: readlinkSync(`/proc/self/fd/${name}`) });
    } catch {
      // the one that the listing itself was read through
    }
  }
  for (const fd of inheritedAmong(open)) closeQuietly(fd);
}

/**
 * Replaces stdin and stdout by /dev/null, and stderr by the fifo at `logPath` when there is one that is read: written
 * without blocking, because a manager that is away must not stall us. After this the caller of ours sees end of file.
 */
export function replaceStdio(logPath: string): void {
  reopen(0, "/dev/null", O_RDONLY);
  reopen(1, "/dev/null", O_WRONLY);
  closeQuietly(2);
  try {
    const fd = openSync(logPath, O_WRONLY | O_NONBLOCK);
    if (fd === 2 && fstatSync(fd).isFIFO()) return;
    closeQuietly(fd);
  } catch {
    // no fifo, or nobody reads it: the log goes nowhere
  }
  openSync("/dev/null", O_RDWR);
}

function reopen(fd: number, path: string, flags: number): void {
  closeQuietly(fd);
  const got = openSync(path, flags);
  if (got !== fd) throw new Error(`replace descriptor ${fd}: got ${got}`);
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // it was closed before us
  }
}
