// Mounts made for the time of one use, on a directory of their own. Disposing unmounts and removes the directory, on its own
// clock, whatever became of the use.
import { mkdtemp, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Init } from "../../proto/codec.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { makeDirectories } from "../../sys/directory.ts";
import { mountAll, unmountAll } from "../../sys/mount.ts";
import { Scope } from "../../sys/scope.ts";
import type { Log } from "../log.ts";

/** Where temporary mounts are made, and who hears of one that could not be undone. */
export interface TemporaryMountOptions {
  readonly dir: string;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** Mounts in a directory. */
export class TemporaryMount implements AsyncDisposable {
  readonly dir: string;
  readonly #scope: Scope;

  private constructor(dir: string, scope: Scope) {
    this.dir = dir;
    this.#scope = scope;
  }

  /** Mounts a list. Throws system errors, with nothing left mounted. */
  static async make(mounts: readonly Init<Mount>[], options: TemporaryMountOptions): Promise<TemporaryMount> {
    await using scope = new Scope((what, error) => options.log.warn(`${what}: ignoring`, { error }));
    makeDirectories(options.dir, 0o700);
    const dir = await mkdtemp(join(options.dir, "mount-"));
    scope.defer(`remove "${dir}"`, () => rmdir(dir));
    const list = mounts.map(({ type = "", source = "", target = "", options: words = [] }) => ({
      type,
      source,
      target,
      options: words,
    }));
    await mountAll(list, dir, options.signal === undefined ? {} : { signal: options.signal });
    scope.defer(`unmount "${dir}"`, () => unmountAll(dir));
    return new TemporaryMount(dir, scope.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}
