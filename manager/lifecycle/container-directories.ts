// The directories of containers, <root>/containers/<namespace>/<id>: the log of what they print, their files for /etc. Made by
// who makes the container, and removed here: with its record, and at the start those that no record names.
// Always true: a directory has lost its name before who deleted the record is answered, so that the next container of the id
// finds none; how long the removal takes then is nobody's business. What a crash leaves has a dot-name, and goes at the start.
import { randomBytes } from "node:crypto";
import { readdirSync, renameSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../../proto/errors.ts";
import type { Layout } from "../layout.ts";
import type { Log } from "../log.ts";

/** A directory without a record that is younger may be of a container that is being made. Milliseconds. */
export const IN_THE_MAKING_MS = 60 * 60 * 1000;

/** Removes them. */
export class ContainerDirectories implements AsyncDisposable {
  readonly #layout: Layout;
  readonly #log: Log;
  readonly #removals = new Set<Promise<void>>();

  constructor(layout: Layout, log: Log) {
    this.#layout = layout;
    this.#log = log;
  }

  /** Takes the directory of a container away. One that is not there is no error; none is thrown. */
  remove(namespace: string, id: string): void {
    const dir = this.#layout.containerDir(namespace, id);
    const hidden = join(dir, "..", `.${id}.${randomBytes(6).toString("hex")}.removed`);
    try {
      renameSync(dir, hidden);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) this.#log.warn("remove the directory of a container", { dir, error });
      return;
    }
    this.#removeHidden(hidden);
  }

  /** Takes away what no record names, and what was being removed. `hasRecord` is asked once for each. */
  sweep(hasRecord: (namespace: string, id: string) => boolean, now = Date.now()): void {
    const { containersDir } = this.#layout;
    for (const namespace of namesIn(containersDir)) {
      for (const name of namesIn(join(containersDir, namespace))) {
        const path = join(containersDir, namespace, name);
        if (name.startsWith(".")) this.#removeHidden(path);
        else if (!hasRecord(namespace, name) && isOlder(path, now - IN_THE_MAKING_MS)) {
          this.#log.info("remove the directory of a container that is not there", { dir: path });
          this.remove(namespace, name);
        }
      }
    }
  }

  /** Waits for the removals that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#removals);
  }

  #removeHidden(path: string): void {
    const removal = rm(path, { recursive: true, force: true }).catch((error: unknown) => {
      this.#log.warn("remove the directory of a container: leaving it to the next start", { path, error });
    });
    this.#removals.add(removal);
    void removal.finally(() => this.#removals.delete(removal));
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    // Not there, or no directory.
    return [];
  }
}

function isOlder(path: string, thanMs: number): boolean {
  try {
    return statSync(path).mtimeMs < thanMs;
  } catch {
    return false;
  }
}
