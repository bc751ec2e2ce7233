// A unix stream socket that has its name and does not listen yet: between the two, its file can be made fit for who may
// connect. Node binds and listens in one step, with what the umask leaves, and the umask is the whole process's.
// See unix(7); that the file gets the mode of the socket is in net/unix/af_unix.c of Linux.
import { fchmodSync } from "node:fs";
import { unixAddress } from "./datagram.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/**
 * Makes a socket file that has `mode`, less the umask, from its first moment. Nobody can connect until somebody listens on the
 * descriptor, which is the caller's, as the file is. Throws the system's error: EADDRINUSE when the name is taken.
 */
export function bindUnixSocket(path: string, mode: number): OwnedFd {
  using socket = new OwnedFd(syscall("socket", [AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0]));
  fchmodSync(socket.fd, mode);
  const address = unixAddress(path, "bind");
  syscall("bind", [socket.fd, address, address.length], { path });
  return new OwnedFd(socket.release());
}
