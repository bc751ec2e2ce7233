// The socket file of a shim that is dead: a shim removes it when it ends in order, and nobody does when it is killed
// (the `delete` of Go's shim does not). Such a file is found dead, and then, in the same turn, found to be of no use to
// anybody: a shim that starts at the same address binds before it listens, and looks dead in between.
import { createHash } from "node:crypto";
import { lstatSync, unlinkSync } from "node:fs";
import { posix } from "node:path";
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

/**
 * Where Go's shim of containerd 2 listens for a debugger, beside its own `address`, when it was started with -debug: it leaves that
 * socket when it ends without the bundle that it was started in, as a shim of a group does. Both names are digests of the
 * manager's address, the namespace and an id; `ids` are those that it may be. Undefined when it is none of them. Pure.
 */
export function debugAddress(
  address: string,
  { grpcAddress, namespace }: { readonly grpcAddress: string; readonly namespace: string },
  ids: readonly string[],
): string | undefined {
  const [dir, name] = [posix.dirname(address), posix.basename(address)];
  const id = ids.find((one) => digest(posix.join(grpcAddress, namespace, one)) === name);
  return id && `${dir}/${digest(posix.join(grpcAddress, namespace, id, "debug"))}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
