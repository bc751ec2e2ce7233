// Terminals: window size, raw mode and back, a pty of our own, and a pty master on the event loop. A master is what
// a runtime hands over on the console socket. Owns what it opens, borrows what is passed as a number.
// See ioctl_tty(2), termios(3), pty(7).
import { constants } from "node:fs";
import { OwnedFd } from "./fd.ts";
import { FdReader, FdWriter } from "./fd-io.ts";
import { syscall, trySyscall } from "./libc.ts";

const TCGETS = 0x5401;
const TCSETSW = 0x5403;
const TIOCGWINSZ = 0x5413;
const TIOCSWINSZ = 0x5414;
const TIOCGPTN = 0x8004_5430;
const TIOCSPTLCK = 0x4004_5431;

/** In characters, 0 to 65535; 0 means unknown. */
export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

/** The size of a terminal. Throws ENOTTY for what is none. */
export function windowSize(fd: number): WindowSize {
  const size = Buffer.alloc(8);
  syscall("ioctl", [fd, TIOCGWINSZ, size]);
  return { rows: size.readUInt16LE(0), columns: size.readUInt16LE(2) };
}

/** Sets the size, by master or slave; a change raises SIGWINCH on the other side. Larger numbers are cut to 65535. */
export function setWindowSize(fd: number, { columns, rows }: WindowSize): void {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(Math.min(Math.max(rows, 0), 0xffff), 0);
  size.writeUInt16LE(Math.min(Math.max(columns, 0), 0xffff), 2);
  syscall("ioctl", [fd, TIOCSWINSZ, size]);
}

/** Whether a descriptor is a terminal (a pty master is one). */
export function isTerminal(fd: number): boolean {
  return trySyscall("ioctl", fd, TCGETS, Buffer.alloc(64)) >= 0;
}

// struct termios of the kernel: c_iflag 0, c_oflag 4, c_cflag 8, c_lflag 12, c_line 16, c_cc from 17 (19 of them;
// VTIME is [5], VMIN [6]). 36 bytes; room for more.
const VTIME_AT = 17 + 5;
const VMIN_AT = 17 + 6;
const RAW_INPUT_OFF = 0o1 | 0o2 | 0o10 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000; // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
const RAW_OUTPUT_OFF = 0o1; // OPOST
const RAW_LOCAL_OFF = 0o1 | 0o2 | 0o10 | 0o100 | 0o100000; // ISIG ICANON ECHO ECHONL IEXTEN
const SIZE_AND_PARITY = 0o60 | 0o400; // CSIZE PARENB
const EIGHT_BITS = 0o60; // CS8

/**
 * Puts a terminal into raw mode, as cfmakeraw(3): every byte passes as it is, at once, without echo or signals.
 * Returns what puts it back as it was; that never throws (the terminal may be gone) and can be called again.
 */
export function makeRaw(fd: number): () => void {
  const before = Buffer.alloc(64);
  syscall("ioctl", [fd, TCGETS, before]);
  const raw = Buffer.from(before);
  const clear = (at: number, bits: number) => raw.writeUInt32LE((raw.readUInt32LE(at) & ~bits) >>> 0, at);
  clear(0, RAW_INPUT_OFF);
  clear(4, RAW_OUTPUT_OFF);
  clear(8, SIZE_AND_PARITY);
  raw.writeUInt32LE((raw.readUInt32LE(8) | EIGHT_BITS) >>> 0, 8);
  clear(12, RAW_LOCAL_OFF);
  raw[VTIME_AT] = 0;
  raw[VMIN_AT] = 1;
  syscall("ioctl", [fd, TCSETSW, raw]);
  return () => {
    trySyscall("ioctl", fd, TCSETSW, before);
  };
}

/** A new pty: its master, and the path under which the slave is opened. */
export function openPty(): { master: OwnedFd; slavePath: string } {
  using master = OwnedFd.open("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY);
  syscall("ioctl", [master.fd, TIOCSPTLCK, Buffer.alloc(4)]);
  const number = Buffer.alloc(4);
  syscall("ioctl", [master.fd, TIOCGPTN, number]);
  return { slavePath: `/dev/pts/${number.readUInt32LE(0)}`, master: new OwnedFd(master.release()) };
}

/**
 * A pty master on the event loop. The end comes when the last slave is closed (the kernel says EIO) and everything
 * written before was read. Backpressure is the kernel's: what is not read fills the terminal and stops its writer.
 */
export class PtyMaster implements Disposable {
  readonly output: FdReader;
  readonly input: FdWriter;
  readonly #fd: OwnedFd;

  /** Takes the master, also when it throws: EMFILE without two descriptors more. */
  constructor(master: OwnedFd) {
    using taken = new DisposableStack();
    this.#fd = taken.use(master);
    this.output = taken.use(new FdReader(master.dup(), { hangUpIsEnd: true }));
    this.input = taken.use(new FdWriter(master.dup()));
    taken.move();
  }

  /** The master, borrowed: to pass on a duplicate. */
  get fd(): number {
    return this.#fd.fd;
  }

  resize(size: WindowSize): void {
    setWindowSize(this.fd, size);
  }

  /** Hangs up: with the last descriptor of the master gone, the processes on the terminal get SIGHUP. */
  [Symbol.dispose](): void {
    this.output[Symbol.dispose]();
    this.input[Symbol.dispose]();
    this.#fd[Symbol.dispose]();
  }
}
