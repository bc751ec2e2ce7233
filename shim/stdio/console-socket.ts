// The socket on which an OCI runtime hands over a terminal, and what such a terminal takes for the end of its input. Owns the
// socket until a terminal has come; the terminal is the caller's.
import { tmpdir } from "node:os";
import { Code, HawserError } from "../../proto/errors.ts";
import type { OwnedFd } from "../../sys/fd.ts";
import { FdSocket } from "../../sys/fd-passing.ts";
import { syscall } from "../../sys/libc.ts";
import { isTerminal } from "../../sys/tty.ts";
import { openError } from "./open-error.ts";
import { withinMs } from "./within.ts";

/** How long the terminal may take to arrive after the runtime has succeeded; it was sent before that. */
const ARRIVAL_LIMIT_MS = 10_000;
/** What a socket in a bundle directory must fit into, with the name that FdSocket gives it. */
const MAX_BASE_DIR_BYTES = 107 - "/console-XXXXXX/s".length;
const TCGETS = 0x5401;
const ICANON = 0o2;

/** For the runtime's --console-socket. */
export class ConsoleSocket implements Disposable {
  readonly #socket: FdSocket;

  /** Listens. Throws a HawserError. */
  constructor(bundleDir: string) {
    this.#socket = openSocket(bundleDir);
  }

  get path(): string {
    return this.#socket.path;
  }

  /** The master of the terminal; the caller's. Once: closes the socket. Rejects with a HawserError. */
  async receive(signal: AbortSignal): Promise<OwnedFd> {
    let fd: OwnedFd | undefined;
    try {
      fd = await this.#socket.receive({ signal });
      if (!isTerminal(fd.fd)) {
        throw new HawserError(Code.FailedPrecondition, "the runtime sent a descriptor that is none");
      }
      return fd;
    } catch (error) {
      fd?.[Symbol.dispose]();
      throw HawserError.from(error).wrap("receive terminal");
    } finally {
      this[Symbol.dispose]();
    }
  }

  /** The runtime has succeeded: waits for what comes of {@link receive}. DeadlineExceeded after 10 s. */
  async arrived(arrival: Promise<void>): Promise<void> {
    const hasArrived = await withinMs(
      arrival.then(() => true),
      ARRIVAL_LIMIT_MS,
    );
    if (hasArrived) return;
    const message = `receive terminal: the runtime has sent none within ${ARRIVAL_LIMIT_MS / 1000} s`;
    throw new HawserError(Code.DeadlineExceeded, message);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

// In the bundle, which goes away with the container whatever happens to us, if its name is short enough.
function openSocket(bundleDir: string): FdSocket {
  const runtimeDir = process.env["XDG_RUNTIME_DIR"];
  const dirs = [runtimeDir, tmpdir()].filter((dir) => dir !== undefined);
  if (Buffer.byteLength(bundleDir) <= MAX_BASE_DIR_BYTES) dirs.unshift(bundleDir);
  let cause: unknown;
  for (const dir of dirs) {
    try {
      return new FdSocket(dir);
    } catch (error) {
      cause ??= error;
    }
  }
  throw openError("open console socket in", dirs[0] ?? "", cause);
}

/**
 * What ends the input of a terminal behind the byte `last`. One VEOF ends it in canonical mode at the start of a line; behind an
 * unfinished line the first hands over what is there and the second is the end. A terminal whose VEOF is off (0) is left alone.
 */
export function endOfInput(fd: number, last: number | undefined): Uint8Array {
  const termios = Buffer.alloc(64);
  syscall("ioctl", [fd, TCGETS, termios]);
  const veof = termios[17 + 4] ?? 0;
  if (veof === 0) return Buffer.alloc(0);
  const isCanonical = (termios.readUInt32LE(12) & ICANON) !== 0;
  const isAtLineStart = last === undefined || last === 0x0a || last === 0x0d || last === veof;
  return Buffer.alloc(isCanonical && !isAtLineStart ? 2 : 1, veof);
}
