// A directory that lives as long as a test. It lies at a short path, because the path of a unix socket has room for 107 bytes.

import { mkdtempSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh directory, removed with everything in it when it is disposed of. */
export class TemporaryDirectory implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes one, mode 0700. `prefix` may be the id of a suite, so that a leak names it; without a dash after it, because with a
   * short name in it a hawserd just finds room for the sockets of its shims.
   */
  static async create(prefix = "hawser-test-"): Promise<TemporaryDirectory> {
    return new TemporaryDirectory(await mkdtemp(join(tmpdir(), prefix)));
  }

  /** The path of a name in it. */
  join(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Removes it. Fails when something is still mounted below: that is a leak, and not to be deleted through. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** A new directory, mode 0700, that is removed with everything in it when the scope ends. */
export function temporaryDir(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "hw-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
