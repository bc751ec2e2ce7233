// Named pipes, opened so that nothing waits inside open(2): a blocked open parks one of Node's four pool threads.
// What is opened here is non-blocking and goes to `FdReader` or `FdWriter`. See fifo(7).
import { chmodSync, chownSync, constants, fstatSync, unlinkSync } from "node:fs";
import { codeOfError, systemError } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { Change, Inotify } from "./inotify.ts";
import { syscall } from "./libc.ts";

const AT_FDCWD = -100;
const S_IFIFO = 0o010000;
const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** How often a reader that is itself stuck in open(2) is looked for: inotify tells only of opens that returned. */
const RETRY_MS = 20;

/** Creates a fifo with exactly this mode, whatever the umask. EEXIST when the name is taken. */
export function makeFifo(path: string, options: { mode?: number; uid?: number; gid?: number } = {}): void {
  const { mode = 0o600, uid, gid } = options;
  syscall("mknodat", [AT_FDCWD, path, S_IFIFO | mode, 0], { path });
  try {
    chmodSync(path, mode);
    if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? -1, gid ?? -1);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

function open(path: string, flags: number): OwnedFd {
  using fd = OwnedFd.open(path, flags | O_NONBLOCK);
  if (!fstatSync(fd.fd).isFIFO()) throw systemError(22, { syscall: "open", path, reason: "not a fifo" });
  return new OwnedFd(fd.release());
}

/** Whether an open descriptor is a pipe or a fifo. */
export function isFifo(fd: number): boolean {
  return fstatSync(fd).isFIFO();
}

/**
 * The reading end. Succeeds at once, writer or not; a `FdReader` then waits for the first writer, and sees the end
 * when the last one has gone.
 */
export function openFifoForReading(path: string): OwnedFd {
  return open(path, O_RDONLY);
}

/** Both ends in one: never waits, never sees the end, and keeps the other side from seeing it while it is open. */
export function openFifoForBoth(path: string): OwnedFd {
  return open(path, O_RDWR);
}

/** The writing end if somebody has the reading end, else undefined (ENXIO). */
export function tryOpenFifoForWriting(path: string): OwnedFd | undefined {
  try {
    return open(path, O_WRONLY);
  } catch (error) {
    if (codeOfError(error) === "ENXIO") return undefined;
    throw error;
  }
}

/**
 * The writing end, as soon as there is a reader. Told by inotify of readers that opened without blocking (or for
 * both); one that blocks in open is found within 20 ms. Rejects with the reason of `signal`, without which it may
 * wait for ever.
 */
export async function openFifoForWriting(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<OwnedFd> {
  const { signal } = options;
  signal?.throwIfAborted();
  const first = tryOpenFifoForWriting(path);
  if (first) return first;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let changes: Inotify | undefined;
    const end = () => {
      clearInterval(timer);
      changes?.[Symbol.dispose]();
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      end();
      reject(signal?.reason);
    };
    const attempt = () => {
      try {
        const fd = tryOpenFifoForWriting(path);
        if (!fd) return;
        end();
        resolve(fd);
      } catch (error) {
        end();
        reject(error);
      }
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    timer = setInterval(attempt, RETRY_MS);
    try {
      changes = new Inotify(attempt);
      changes.add(path, Change.open | Change.deleteSelf);
    } catch {
      // Out of inotify instances: the interval alone will do.
    }
    attempt();
  });
}
