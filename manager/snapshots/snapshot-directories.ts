// The directories of one snapshotter: `<dir>/<number>/fs` holds a snapshot's files, `work` beside it is the kernel's. Made under a
// dot-name and renamed when the record is there; taken off its name at once and removed by a worker. Numbers are the records'.
// Always true: a number without a record, and a dot-name that nobody is working on, are rubbish.
import { randomBytes } from "node:crypto";
import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { makeDirectories } from "../../sys/directory.ts";
import { codeOfError } from "../../sys/errno.ts";
import type { Log } from "../log.ts";
import type { WorkerPool } from "../trees/worker-pool.ts";

const DIRECTORY_MODE = 0o700;
const ROOT_MODE = 0o755;
const PERMISSIONS = 0o7777;

/** A directory that has no number yet. */
export interface StagedSnapshot {
  /** Where its files go. */
  readonly fsDir: string;
  readonly name: string;
}

/** Makes, names and removes directories of snapshots. */
export class SnapshotDirectories implements AsyncDisposable {
  readonly dir: string;
  readonly #pool: WorkerPool;
  readonly #log: Log;
  /** Dot-names that somebody is working on. */
  readonly #busy = new Set<string>();
  readonly #removals = new Set<Promise<void>>();
  readonly #end = new AbortController();
  // A pid would do for a name of our own, but not beside what an earlier process with the same pid has left.
  readonly #token = randomBytes(4).toString("hex");
  #counter = 0;

  /** Makes `dir`. Throws system errors. */
  constructor(dir: string, pool: WorkerPool, log: Log) {
    this.dir = dir;
    this.#pool = pool;
    this.#log = log;
    makeDirectories(dir, DIRECTORY_MODE);
  }

  /** Where the files of a snapshot are. */
  fsDir(storageId: number): string {
    return join(this.dir, String(storageId), "fs");
  }

  /** Where the kernel works for it, when it is an overlay's upper directory. */
  workDir(storageId: number): string {
    return join(this.dir, String(storageId), "work");
  }

  /** Makes a directory without a number; its top has owner and mode of `like`, or root's and 0755. Adopt or discard it. */
  stage(like: string | undefined): StagedSnapshot {
    const name = `.new-${this.#token}-${this.#counter++}`;
    this.#busy.add(name);
    try {
      const fsDir = this.#make(name, like);
      return { fsDir, name };
    } catch (error) {
      this.discard(name);
      throw error;
    }
  }

  /**
   * Gives a staged directory its number. Synchronous, inside the transaction that records it. What is there under a number that
   * is only now being recorded is left from a transaction that failed.
   */
  adopt(staged: StagedSnapshot, storageId: number): void {
    this.discard(String(storageId));
    renameSync(join(this.dir, staged.name), join(this.dir, String(storageId)));
    this.#busy.delete(staged.name);
  }

  /** Takes a directory off its name and has it removed; one that is not there is no error. */
  discard(name: string): void {
    const hidden = name.startsWith(".") ? name : `.${name}-${this.#token}-${this.#counter++}.removed`;
    if (hidden !== name) {
      try {
        renameSync(join(this.dir, name), join(this.dir, hidden));
      } catch (error) {
        if (codeOfError(error) === "ENOENT") return;
        throw error;
      }
    }
    this.#busy.add(hidden);
    const removal = this.#remove(hidden).finally(() => {
      this.#busy.delete(hidden);
      this.#removals.delete(removal);
    });
    this.#removals.add(removal);
  }

  /** Discards what is not known and waits for all removals. `known` tells the numbers that have a record. */
  async sweep(known: () => ReadonlySet<number>): Promise<number> {
    const names = readdirSync(this.dir);
    // Read after the names: whatever has got its number in between has its record, too.
    const ids = known();
    let count = 0;
    for (const name of names) {
      const isRubbish = name.startsWith(".")
        ? !this.#busy.has(name)
        : /^\d+$/.test(name) && !ids.has(Number(name));
      if (!isRubbish) continue;
      this.discard(name);
      count += 1;
    }
    await this.settled();
    return count;
  }

  /** Waits until nothing is being removed any more. */
  async settled(): Promise<void> {
    while (this.#removals.size > 0) await Promise.all(this.#removals);
  }

  /** Gives removals up that are under way: the next sweep takes what is left of them. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error("the manager is stopping"));
    return this.settled();
  }

  #make(name: string, like: string | undefined): string {
    const fsDir = join(this.dir, name, "fs");
    mkdirSync(join(this.dir, name), { mode: DIRECTORY_MODE });
    mkdirSync(fsDir, { mode: ROOT_MODE });
    mkdirSync(join(this.dir, name, "work"), { mode: DIRECTORY_MODE });
    const stats = like === undefined ? undefined : lstatSync(like);
    if (stats !== undefined) lchownSync(fsDir, stats.uid, stats.gid);
    // The umask has had its say in mkdir.
    chmodSync(fsDir, stats === undefined ? ROOT_MODE : stats.mode & PERMISSIONS);
    return fsDir;
  }

  // Nobody waits for it, and nothing depends on it: what stays has a dot-name, and the next sweep takes it.
  async #remove(name: string): Promise<void> {
    try {
      await this.#pool.run("removeTree", { dir: join(this.dir, name) }, { signal: this.#end.signal });
    } catch (error) {
      if (this.#end.signal.aborted) return;
      this.#log.warn("remove a snapshot's directory: ignoring", { dir: join(this.dir, name), error });
    }
  }
}
