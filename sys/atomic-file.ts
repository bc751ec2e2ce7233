// Files that are there whole or not at all, also after a power cut: written beside, fsynced, renamed, and the
// directory fsynced. Names that begin with a dot are work in progress or rubbish: who lists a directory skips them.
// Synchronous where one small file is written: the order of an exit record and its event must not depend on a pool.
import {
  closeSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOfError } from "./errno.ts";

/** Mode and owner of a file, which it has before it has its name. */
export interface AtomicFileOptions {
  /** 0600 unless told; the umask takes its part. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

// Unique among live writers: the kernel makes the pid, O_EXCL the rest. A crashed writer of the same pid may have
// left its file, hence the counter goes on until a name is free.
let counter = 0;

function writeBeside(path: string, data: string | Uint8Array, options: AtomicFileOptions): string {
  const { mode = 0o600, uid, gid } = options;
  for (;;) {
    const beside = join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.${counter++}`);
    let fd: number;
    try {
      fd = openSync(beside, "wx", mode);
    } catch (error) {
      if (codeOfError(error) === "EEXIST") continue;
      throw error;
    }
    try {
      if (uid !== undefined || gid !== undefined) fchownSync(fd, uid ?? -1, gid ?? -1);
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
      return beside;
    } catch (error) {
      tryUnlink(beside);
      throw error;
    } finally {
      closeSync(fd);
    }
  }
}

// A failure here would replace the error that is the reason for it; and what stays has a dot-name.
function tryUnlink(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // A disk that fails may have become read-only by now.
  }
}

/** Makes renames, links and removals in a directory durable. */
export function syncDirectory(dir: string): void {
  syncFile(dir);
}

/** Makes durable what was written to a file, by whomever and through whichever descriptor. */
export function syncFile(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Puts `data` at `path`, in place of what is there. Durable when it returns; when it throws (ENOSPC, EDQUOT…) the
 * old content is untouched and nothing is left beside it.
 */
export function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: AtomicFileOptions = {},
): void {
  const beside = writeBeside(path, data, options);
  try {
    renameSync(beside, path);
  } catch (error) {
    tryUnlink(beside);
    throw error;
  }
  syncDirectory(dirname(path));
}

/** The same for a name that must be free: EEXIST when it is taken, also by a race; exactly one creator wins. */
export function createFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: AtomicFileOptions = {},
): void {
  const beside = writeBeside(path, data, options);
  try {
    linkSync(beside, path); // rename would replace, link never does
  } finally {
    tryUnlink(beside);
  }
  syncDirectory(dirname(path));
}

/**
 * Deletes a file or a tree: gone from its name at once and for good, then removed, however long that takes. What a
 * crash leaves is a dot-name. What is not there is no error. Never crosses into a mount: unmount first, or EBUSY.
 */
export async function removeAtomic(path: string): Promise<void> {
  const hidden = join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.${counter++}.removed`);
  try {
    await rename(path, hidden);
  } catch (error) {
    if (codeOfError(error) === "ENOENT") return;
    throw error;
  }
  syncDirectory(dirname(path));
  await rm(hidden, { recursive: true, force: true });
}
