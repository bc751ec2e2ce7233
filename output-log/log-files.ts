// Which files a log has: `<place of the first byte, 20 digits>.hlog` in its directory, so that names sort as the output came.
// Anything else in the directory is none of ours and is left alone.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../proto/errors.ts";

const NAME = /^(\d{20})\.hlog$/;

/** The name of the file whose first byte has this place. */
export function logFileName(first: bigint): string {
  return `${first.toString().padStart(20, "0")}.hlog`;
}

/** A file of a log. */
export interface LogFile {
  /** Place of its first byte. */
  readonly first: bigint;
  readonly path: string;
}

/** Those of `names` that are files of a log, the oldest first. */
export function logFilesOf(dir: string, names: readonly string[]): LogFile[] {
  const files: LogFile[] = [];
  for (const name of names.toSorted()) {
    const digits = NAME.exec(name)?.[1];
    if (digits !== undefined) files.push({ first: BigInt(digits), path: join(dir, name) });
  }
  return files;
}

/** Those in a directory, the oldest first; none when it is missing. Rejects with the system's error. */
export async function listLogFiles(dir: string): Promise<LogFile[]> {
  try {
    return logFilesOf(dir, await readdir(dir));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
