// Who is at the other end of a unix socket, as the kernel recorded it when the connection was made (unix(7),
// SO_PEERCRED). True of that moment: the peer may have exec'ed, changed its user, or passed the socket on, and its
// pid may be someone else's by now. Borrows the descriptor.
import type { Socket } from "node:net";
import { systemError } from "./errno.ts";
import { syscall } from "./libc.ts";

/** Process, user and group ids in our own namespaces; a peer outside of our pid namespace has pid 0. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
/** NGROUPS_MAX of limits.h, four bytes each. */
const MAX_GROUPS_BYTES = 65_536 * 4;

/**
 * The credentials of the peer of a connected unix socket. Throws ENOTSOCK for what is no socket. A socket that is
 * not a unix socket, or not connected, has no peer: it throws ENOTCONN, where the kernel would answer uid −1.
 */
export function peerCredentials(fd: number): PeerCredentials {
  const ucred = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(ucred.length);
  syscall("getsockopt", [fd, SOL_SOCKET, SO_PEERCRED, ucred, length]);
  const uid = ucred.readUInt32LE(4);
  if (uid === 0xffff_ffff) throw systemError(107, { syscall: "getsockopt" });
  return { pid: ucred.readInt32LE(0), uid, gid: ucred.readUInt32LE(8) };
}

/** The supplementary groups that the peer of a connected unix socket had when it connected (kernel 4.13). */
export function peerGroups(fd: number): number[] {
  const groups = Buffer.alloc(MAX_GROUPS_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(groups.length);
  syscall("getsockopt", [fd, SOL_SOCKET, SO_PEERGROUPS, groups, length]);
  return Array.from({ length: length.readUInt32LE() / 4 }, (_, index) => groups.readUInt32LE(index * 4));
}

/** The credentials of the peer of a connected `net.Socket`. Throws EBADF when it is closed already. */
export function peerCredentialsOf(socket: Socket): PeerCredentials {
  return peerCredentials(fdOfSocket(socket));
}

/**
 * The descriptor under a `net.Socket` or `net.Server`, borrowed: valid until it is closed, which Node may do at any
 * turn of the loop. Node has no public way to ask. Throws EBADF when there is none (any more).
 */
export function fdOfSocket(socket: object): number {
  const fd = (socket as { _handle?: { fd?: number } | null })._handle?.fd;
  if (fd === undefined || fd < 0) throw systemError(9, { syscall: "getsockname" });
  return fd;
}
