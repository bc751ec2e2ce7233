// The socket file of a shim that is dead: a shim removes it when it ends in order, and nobody does when it is killed
// (the `delete` of Go's shim does not). Such a file is found dead, and then, in the same turn, found to be of no use to
// anybody: a shim that starts at the same address binds before it listens, and looks dead in between.
import { lstatSync, unlinkSync } from "node:fs";
import { isErrno } from "../../proto/errors.ts";
import { isAnswered } from "../socket-probe.ts";

const SCHEME = "unix://";

/**
 * Removes the socket at an address if nobody listens there and `isNeeded` says no. Answers whether it did. Leaves what is not
 * a socket, and abstract addresses, which have no file. Throws the system's error.
 */
export async function removeDeadSocket(address: string, isNeeded: () => boolean): Promise<boolean> {
  if (!address.startsWith(`${SCHEME}/`)) return false;
  const path = address.slice(SCHEME.length);
  if (!isSocket(path) || (await isAnswered(path)) || isNeeded()) return false;
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
