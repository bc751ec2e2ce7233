// One message to a unix datagram socket, which Node cannot send: how a service talks to its init system (sd_notify(3)).
// Paths and abstract names. Nothing is kept open and nothing waits.
import { systemError } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** Length of sun_path, which a path must leave one byte of for its NUL. */
const SUN_PATH_BYTES = 108;
const FAMILY_BYTES = 2;

/** A new datagram socket, non-blocking; the caller owns it. */
export function datagramSocket(): OwnedFd {
  return new OwnedFd(syscall("socket", [AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0]));
}

/**
 * The sockaddr_un of a path, or of an abstract name that is written with "@" in front, for the system call `call`. Throws
 * ENAMETOOLONG, EINVAL.
 */
export function unixAddress(name: string, call = "sendto"): Buffer {
  const isAbstract = name.startsWith("@");
  const bytes = Buffer.from(isAbstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (bytes.length > SUN_PATH_BYTES) throw systemError(36, { syscall: call, path: name });
  if (!isAbstract && !name.startsWith("/")) throw systemError(22, { syscall: call, path: name });
  const address = Buffer.alloc(FAMILY_BYTES + bytes.length);
  address.writeUInt16LE(AF_UNIX);
  bytes.copy(address, FAMILY_BYTES);
  return address;
}

/** Sends `text` as one datagram. Throws the system's error: ENOENT, ECONNREFUSED; EAGAIN when the receiver is full. */
export function sendDatagram(name: string, text: string): void {
  const address = unixAddress(name);
  const payload = Buffer.from(text);
  using socket = datagramSocket();
  syscall("sendto", [socket.fd, payload, payload.length, MSG_NOSIGNAL, address, address.length], {
    path: name,
  });
}
