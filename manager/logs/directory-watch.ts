// Being told when something changes in a directory, once: who waits arms it, looks, and then waits. Owns one inotify instance and
// the watches of those who wait now; who does something else meanwhile costs nothing, however much happens there.
// Always true: a change after `arm` ends the wait. Where the kernel gives no watch (its limits are per user: max_user_watches),
// waiting becomes looking once a second.
import { codeOfError } from "../../sys/errno.ts";
import { Change, Inotify, WatchOption } from "../../sys/inotify.ts";

const CHANGES =
  Change.modify | Change.create | Change.delete | Change.movedTo | Change.deleteSelf | Change.moveSelf;
const MASK = (CHANGES | WatchOption.onlyDirectory | WatchOption.once) >>> 0;

/** What no watch can be had for: it is not there (yet), or the kernel has no more. */
const UNWATCHABLE = new Set(["ENOENT", "ENOTDIR", "EACCES", "ENOSPC", "EMFILE", "ENFILE", "ENOMEM"]);

/** How often is looked where nothing tells. */
const LOOK_MS = 1000;

/** A wait that is armed. */
export interface ArmedWait extends Disposable {
  /** Resolves with the first change since it was armed, or when it is disposed of. */
  readonly changed: Promise<void>;
}

interface Watched {
  readonly number: number;
  readonly waits: Set<() => void>;
}

/** Watches directories for any number of waits. */
export class DirectoryWatch implements Disposable {
  #inotify: Inotify | undefined;
  readonly #byDir = new Map<string, Watched>();
  readonly #dirs = new Map<number, string>();

  /** Tells the next change in a directory. It need not be there: then its coming is found out by looking. */
  arm(dir: string): ArmedWait {
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const watched = this.#watch(dir);
    if (watched === undefined) {
      const timer = setTimeout(resolve, LOOK_MS).unref();
      return {
        changed,
        [Symbol.dispose]: () => {
          clearTimeout(timer);
          resolve();
        },
      };
    }
    watched.waits.add(resolve);
    return {
      changed,
      [Symbol.dispose]: () => {
        resolve();
        watched.waits.delete(resolve);
        if (watched.waits.size === 0) this.#forget(dir, watched);
      },
    };
  }

  #watch(dir: string): Watched | undefined {
    const known = this.#byDir.get(dir);
    if (known !== undefined) return known;
    let number: number;
    try {
      this.#inotify ??= new Inotify(({ watch }) => this.#onChange(watch));
      number = this.#inotify.add(dir, MASK);
    } catch (error) {
      if (UNWATCHABLE.has(codeOfError(error) ?? "")) return undefined;
      throw error;
    }
    const watched = { number, waits: new Set<() => void>() };
    this.#byDir.set(dir, watched);
    this.#dirs.set(number, dir);
    return watched;
  }

  // An event for a watch that was forgotten meanwhile, and the kernel's word that a watch is gone, find nobody.
  #onChange(number: number): void {
    const dirs = number === -1 ? [...this.#dirs.values()] : [this.#dirs.get(number) ?? ""];
    for (const dir of dirs) {
      const watched = this.#byDir.get(dir);
      if (watched === undefined) continue;
      this.#forget(dir, watched);
      for (const wake of watched.waits) wake();
    }
  }

  #forget(dir: string, watched: Watched): void {
    if (this.#byDir.get(dir) !== watched) return;
    this.#byDir.delete(dir);
    this.#dirs.delete(watched.number);
    this.#inotify?.remove(watched.number);
  }

  /** Ends every wait. */
  [Symbol.dispose](): void {
    for (const { waits } of this.#byDir.values()) for (const wake of waits) wake();
    this.#byDir.clear();
    this.#dirs.clear();
    this.#inotify?.[Symbol.dispose]();
    this.#inotify = undefined;
  }
}
