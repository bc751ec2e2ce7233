// Being told about changes of files, on the event loop: inotify(7). Owns its descriptor; watches end with it.
// Knows nothing about what a change means. Events of one instance come in the order they happened.
import { OwnedFd } from "./fd.ts";
import { tryRead } from "./fd-io.ts";
import { type FdPoll, pollFd, syscall, trySyscall } from "./libc.ts";

const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;

/** Bits of an event's mask. `overflow`: the kernel's queue was full, events are missing; look at everything. */
export const Change = {
  modify: 0x2,
  attributes: 0x4,
  closeWrite: 0x8,
  open: 0x20,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  deleteSelf: 0x400,
  /** What is watched has another name now. */
  moveSelf: 0x800,
  overflow: 0x4000,
  /** The watch is gone: by remove(), or because the file is. */
  ignored: 0x8000,
} as const;

/** Bits for `add`, beside those of {@link Change}. */
export const WatchOption = {
  /** ENOTDIR for anything but a directory. */
  onlyDirectory: 0x0100_0000,
  /** The watch goes with its first event. */
  once: 0x8000_0000,
} as const;

/** One thing that happened. */
export interface FileChange {
  /** The watch it happened to, −1 for an overflow. */
  readonly watch: number;
  readonly mask: number;
  /** The name inside a watched directory, or "". */
  readonly name: string;
}

/** Takes apart what one read of an inotify descriptor returned (always whole events). */
export function parseFileChanges(bytes: Buffer): FileChange[] {
  const changes: FileChange[] = [];
  for (let at = 0; at + 16 <= bytes.length; ) {
    const nameEnd = at + 16 + bytes.readUInt32LE(at + 12);
    const name = bytes.toString("utf8", at + 16, nameEnd);
    const nul = name.indexOf("\0");
    changes.push({
      watch: bytes.readInt32LE(at),
      mask: bytes.readUInt32LE(at + 4),
      name: nul < 0 ? name : name.slice(0, nul),
    });
    at = nameEnd;
  }
  return changes;
}

/** A set of watches with one listener. */
export class Inotify implements Disposable {
  readonly #fd: OwnedFd;
  readonly #poll: FdPoll;

  /** `onChange` is called on the event loop, never from inside a method. Throws EMFILE (user's limit of instances). */
  constructor(onChange: (change: FileChange) => void) {
    this.#fd = new OwnedFd(syscall("inotify_init1", [IN_NONBLOCK | IN_CLOEXEC]));
    try {
      this.#poll = pollFd(this.#fd.fd, { readable: true }, () => {
        const bytes = this.#fd.isOpen ? tryRead(this.#fd.fd) : undefined;
        for (const change of bytes ? parseFileChanges(bytes) : []) if (this.#fd.isOpen) onChange(change);
      });
    } catch (error) {
      this.#fd[Symbol.dispose]();
      throw error;
    }
  }

  /** Watches a file or directory; the same one again replaces its mask and returns the same number. */
  add(path: string, mask: number): number {
    return syscall("inotify_add_watch", [this.#fd.fd, path, mask], { path });
  }

  /** Ends a watch; one that is gone already is no error. */
  remove(watch: number): void {
    trySyscall("inotify_rm_watch", this.#fd.fd, watch);
  }

  /** Lets the process end although watches exist. */
  unref(): void {
    this.#poll.unref();
  }

  [Symbol.dispose](): void {
    this.#poll.close();
    this.#fd[Symbol.dispose]();
  }
}
