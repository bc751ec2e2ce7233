// The bytes of blobs on disk: `<dir>/<algorithm>/<hex>`, mode 0444 in directories of mode 0700, each written once and never
// changed. Names that begin with a dot are on their way out.
// Knows files and digests; which blobs anybody still wants is the content store's business.
import { renameSync, statSync } from "node:fs";
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOfError } from "../../sys/errno.ts";
import { DIGEST_ALGORITHMS, parseDigest } from "./digest.ts";

/** Where blobs lie. */
export class BlobDirectory {
  readonly dir: string;
  #hidden = 0;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Makes the directories, where they are missing. */
  async prepare(): Promise<void> {
    for (const algorithm of Object.keys(DIGEST_ALGORITHMS)) {
      await mkdir(join(this.dir, algorithm), { recursive: true, mode: 0o700 });
    }
  }

  /** The path of a blob, there or not. Throws InvalidArgument for what is no digest. */
  pathOf(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.dir, algorithm, hex);
  }

  /** The size of a blob's file; undefined when there is none that the disk can find. Synchronous, for decisions that nothing may come between. */
  sizeOf(digest: string): number | undefined {
    try {
      const stats = statSync(this.pathOf(digest), { throwIfNoEntry: false });
      return stats?.isFile() ? stats.size : undefined;
    } catch (error) {
      if (codeOfError(error) === "EIO") return undefined;
      throw error;
    }
  }

  /** Opens a blob for reading. Throws system errors. */
  open(digest: string): Promise<FileHandle> {
    return open(this.pathOf(digest), "r");
  }

  /** Makes the file at `path`, whose bytes are durable, the blob. Durable when it returns; equal bytes are replaced. */
  async adopt(path: string, digest: string): Promise<void> {
    await chmod(path, 0o444);
    await rename(path, this.pathOf(digest));
    const dir = await open(join(this.pathOf(digest), ".."), "r");
    try {
      await dir.sync();
    } finally {
      await dir.close();
    }
  }

  /**
   * Takes a blob off its name at once; what is returned removes the bytes, however long that takes. Undefined when there
   * is no such blob.
   */
  hide(digest: string): (() => Promise<void>) | undefined {
    const { algorithm, hex } = parseDigest(digest);
    const hidden = join(this.dir, algorithm, `.${hex}.${process.pid}.${this.#hidden++}.removed`);
    try {
      renameSync(join(this.dir, algorithm, hex), hidden);
    } catch (error) {
      if (codeOfError(error) === "ENOENT") return undefined;
      throw error;
    }
    return () => rm(hidden, { force: true });
  }

  /** The digests of all blobs that have a file. */
  async *digests(): AsyncGenerator<string, void, undefined> {
    for (const algorithm of Object.keys(DIGEST_ALGORITHMS)) {
      for (const name of await this.#list(algorithm)) if (isHex(name)) yield `${algorithm}:${name}`;
    }
  }

  /** Removes what is no blob: files that were on their way out, and strangers. Returns how many. */
  async removeRubbish(): Promise<number> {
    let count = 0;
    for (const algorithm of Object.keys(DIGEST_ALGORITHMS)) {
      for (const name of await this.#list(algorithm)) {
        if (isHex(name)) continue;
        await rm(join(this.dir, algorithm, name), { recursive: true, force: true });
        count += 1;
      }
    }
    return count;
  }

  async #list(algorithm: string): Promise<string[]> {
    try {
      return await readdir(join(this.dir, algorithm));
    } catch (error) {
      if (codeOfError(error) === "ENOENT") return [];
      throw error;
    }
  }
}

function isHex(name: string): boolean {
  return /^[0-9a-f]{64,128}$/.test(name);
}
