// The files of one call of an OCI runtime, in the bundle: where its complaints go, what it reads. All of them are gone
// after the call; names begin with a dot, so what a crash leaves is nobody's and goes with the bundle.
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { isErrno } from "../../proto/errors.ts";

/**
 * Opens a log for a runtime's stderr, which its own logger appends to as well. Undefined when it cannot be: then there
 * is no reason, and no other harm. The caller closes.
 */
export function openLog(path: string): number | undefined {
  try {
    return openSync(path, "a", 0o600);
  } catch {
    return undefined;
  }
}

/**
 * What a command reads from stdin, in a file that has lost its name. Not through Node's pipe, which is a socket: crun
 * opens /dev/stdin, and a socket cannot be opened (ENXIO). The caller closes. Throws the system's error.
 */
export function inputFile(path: string, input: Uint8Array): number {
  const fd = openSync(path, "wx+", 0o600);
  try {
    unlinkSync(path);
    for (let at = 0; at < input.length; ) at += writeSync(fd, input, at, input.length - at, at); // the offset stays 0
    return fd;
  } catch (caught) {
    closeSync(fd);
    throw caught;
  }
}

/** Removes a file; one that is not there is no error. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (caught) {
    if (!isErrno(caught, "ENOENT")) throw caught;
  }
}

/** Removes a file that does no harm where it is. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was not made, or goes with the bundle
  }
}
