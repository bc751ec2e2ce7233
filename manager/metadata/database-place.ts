// The file of a database and the directory around it, before SQLite sees them: its own words for all that can be wrong with
// them are "unable to open database file".
import { accessSync, closeSync, constants, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Code, HawserError, messageOf } from "../../proto/errors.ts";
import { codeOfError } from "../../sys/errno.ts";

/**
 * Makes the file when there is none, for its mode, which the log and its index inherit; and sees to it that it can be
 * written. Throws FailedPrecondition, PermissionDenied or ResourceExhausted, naming the file and the way out.
 */
export function preparePlace(path: string): void {
  const dir = dirname(path);
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (caught) {
    if (codeOfError(caught) !== "EEXIST") throw placeError(path, dir, caught);
  }
  // An existing file is not opened: closing it again would drop the locks that this process has on it (fcntl(2)).
  if (statSync(path).isDirectory()) {
    throw new HawserError(
      Code.FailedPrecondition,
      `open database "${path}": it is a directory; move it away`,
    );
  }
  checkAccess(path, path, constants.R_OK | constants.W_OK);
  checkAccess(path, dir, constants.W_OK);
}

/** Throws what `preparePlace` throws when `place`, the file at `path` or its directory, cannot be used this way. */
export function checkAccess(path: string, place: string, mode: number): void {
  try {
    accessSync(place, mode);
  } catch (caught) {
    throw placeError(path, place, caught);
  }
}

function placeError(path: string, place: string, caught: unknown): HawserError {
  const where = `open database "${path}"`;
  const sentences: Record<string, [Code, string]> = {
    ENOENT: [Code.FailedPrecondition, `"${place}" does not exist`],
    ENOTDIR: [Code.FailedPrecondition, `something above it is not a directory`],
    EROFS: [Code.FailedPrecondition, `the file system of "${place}" is read-only; make it writable`],
    EACCES: [Code.PermissionDenied, `permission denied for "${place}"; run as its owner, or as root`],
    EPERM: [Code.PermissionDenied, `permission denied for "${place}"; run as its owner, or as root`],
    ENOSPC: [Code.ResourceExhausted, "the disk is full; make room and try again"],
    EDQUOT: [Code.ResourceExhausted, "the disk quota is used up; make room and try again"],
  };
  const [code, sentence] = sentences[codeOfError(caught) ?? ""] ?? [Code.Internal, messageOf(caught)];
  return new HawserError(code, `${where}: ${sentence}`, { cause: caught });
}
