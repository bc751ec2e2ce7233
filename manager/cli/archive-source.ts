// Where an archive comes from: a file, or standard input when nobody is typing there.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";

/** The bytes of an archive. */
export interface ArchiveSource {
  readonly bytes: AsyncIterable<Buffer>;
  /** If that is known. */
  readonly sizeBytes: number | undefined;
}

/**
 * Opens a file, or standard input for undefined and "-". `advice`: how else to say where it is. `signal` ends the reading. Throws
 * InvalidArgument.
 */
export async function openArchive(
  path: string | undefined,
  advice: string,
  signal: AbortSignal,
): Promise<ArchiveSource> {
  if (path === undefined || path === "-") {
    if (process.stdin.isTTY) {
      throw new HawserError(Code.InvalidArgument, `read archive: standard input is a terminal; ${advice}`);
    }
    // Whoever writes there may sleep, and Ctrl-C must not wait for that.
    return { bytes: addAbortSignal(signal, process.stdin), sizeBytes: undefined };
  }
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new HawserError(Code.InvalidArgument, "it is a directory, not an archive");
    return { bytes: createReadStream(path, { signal }), sizeBytes: facts.isFile() ? facts.size : undefined };
  } catch (error) {
    const reason = isErrno(error, "ENOENT") ? "there is no such file" : messageOf(error);
    throw new HawserError(Code.InvalidArgument, `read archive "${path}": ${reason}`, { cause: error });
  }
}
