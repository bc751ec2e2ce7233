// The door to the kernel for what Node does not offer: system calls by name, C functions where libc must see the
// call, and readiness of any descriptor on Node's own event loop. The only file that knows koffi, which is loaded
// at the first call and not before: a process that never needs it does not pay (2 ms, 0.4 MB private beside another that has it).
// Calls go through syscall(2) and its table of numbers, so that one declaration serves all of them, and a libc too
// old for a call does not matter. Owns nothing but the loaded library; keeps no descriptor and no pointer.
import { createRequire } from "node:module";
import { type SystemErrorContext, systemError } from "./errno.ts";

/** What a system call accepts. Strings become C strings, bytes are passed by address and must stay referenced. */
export type Arg = number | bigint | string | Uint8Array | null;

// [x86_64, asm-generic as on arm64 and riscv64]
const NUMBERS = {
  accept4: [288, 242],
  bind: [49, 200],
  chroot: [161, 51],
  close: [3, 57],
  close_range: [436, 436],
  connect: [42, 203],
  epoll_create1: [291, 20],
  epoll_ctl: [233, 21],
  eventfd2: [290, 19],
  fcntl: [72, 25],
  flock: [73, 32],
  fsetxattr: [190, 7],
  getsockopt: [55, 209],
  inotify_add_watch: [254, 27],
  inotify_init1: [294, 26],
  inotify_rm_watch: [255, 28],
  ioctl: [16, 29],
  kill: [62, 129],
  lgetxattr: [192, 9],
  listen: [50, 201],
  llistxattr: [195, 12],
  lsetxattr: [189, 6],
  mknodat: [259, 33],
  mount: [165, 40],
  openat2: [437, 437],
  pidfd_open: [434, 434],
  pidfd_send_signal: [424, 424],
  pipe2: [293, 59],
  prctl: [157, 167],
  read: [0, 63],
  recvmsg: [47, 212],
  sendmsg: [46, 211],
  sendto: [44, 206],
  socket: [41, 198],
  socketpair: [53, 199],
  statfs: [137, 43],
  syncfs: [306, 267],
  umount2: [166, 39],
  utimensat: [280, 88],
  waitid: [247, 95],
  write: [1, 64],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** A system call we have a number for on every architecture we run on. */
export type SyscallName = keyof typeof NUMBERS;

/** A C function made by {@link libcFunction}. */
export type NativeFunction = (...args: Arg[]) => number;

/** Readiness of a descriptor, reported on the event loop. The holder closes it. */
export interface FdPoll {
  /** Stops until started again, as often as liked. */
  stop(): void;
  start(): void;
  /** Stops for good; again does nothing. */
  close(): void;
  /** Lets the process end although the poll is active, and back. */
  unref(): void;
  ref(): void;
}

/** What to wait for, and what came. An error or hang-up counts as both readable and writable. */
export interface FdEvents {
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly disconnect?: boolean;
}

const F_DUPFD_CLOEXEC = 1030;
const O_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;

/** Told what came; `status` is 0 or a negative error number. */
export type OnFdEvents = (status: number, got: FdEvents) => void;

interface NativePoll {
  start(want: FdEvents, callback: OnFdEvents): void;
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

type Callback = (error: Error | null, result: number) => void;
type Native = NativeFunction & { async(...args: [...Arg[], Callback]): void };

interface Koffi {
  load(path: string | null): { func(name: string, result: string, args: string[]): Native };
  errno(value?: number): number;
  address(bytes: Uint8Array): bigint;
  // Its own typings leave out the status: 0, or a negative error number.
  node: { poll(fd: number, want: FdEvents, callback: OnFdEvents): NativePoll };
}

let loaded: { koffi: Koffi; func: ReturnType<Koffi["load"]>["func"]; syscall: Native } | undefined;

function native(): NonNullable<typeof loaded> {
  if (loaded) return loaded;
  const koffi = loadKoffi();
  const library = koffi.load(null);
  const pointer = "void *";
  const args = ["long", pointer, pointer, pointer, pointer, pointer, pointer];
  loaded = { koffi, func: library.func.bind(library), syscall: library.func("syscall", "long", args) };
  return loaded;
}

// koffi's own loader reads Node's ELF header and compiles 30 KB of JavaScript to find the one file we can name:
// 10 ms and 1.3 MB more. It stays the fallback, for musl and for package managers that nest differently.
function loadKoffi(): Koffi {
  // In the bundle (CommonJS) there is no import.meta, in the sources no __filename.
  const require = createRequire(typeof __filename === "string" ? __filename : import.meta.filename);
  const { arch } = process;
  try {
    return require(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`) as Koffi;
  } catch {
    return require("koffi") as Koffi;
  }
}

function numberOf(name: SyscallName): number {
  const [x64, generic] = NUMBERS[name];
  switch (process.arch) {
    case "x64":
      return x64;
    case "arm64":
    case "riscv64":
      return generic;
    default:
      throw systemError(38, { syscall: name, reason: `no system call numbers for ${process.arch}` });
  }
}

/**
 * Calls the kernel, on this thread, now: only for calls that cannot block for long. Returns the result, or the
 * negative error number as the kernel does. Pointers to bytes are valid for the duration of the call.
 */
export function trySyscall(name: SyscallName, ...args: Arg[]): number {
  const { syscall, koffi } = native();
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
  const result = syscall(numberOf(name), a, b, c, d, e, f);
  return result === -1 ? -koffi.errno() : result;
}

/** {@link trySyscall} that throws a system error named after the call, with `context` in it. */
export function syscall(name: SyscallName, args: Arg[], context?: Partial<SystemErrorContext>): number {
  const result = trySyscall(name, ...args);
  if (result < 0) throw systemError(-result, { syscall: name, ...context });
  return result;
}

/**
 * The same on a thread of Node's pool, for calls that can block: mount, umount2. Cannot be cancelled; a
 * call that never returns keeps one of the pool's threads. The arguments are kept alive until it has returned.
 */
export function syscallAsync(
  name: SyscallName,
  args: Arg[],
  context?: Partial<SystemErrorContext>,
): Promise<number> {
  const { syscall, koffi } = native();
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
  const number = numberOf(name);
  const held = [...args];
  return new Promise((resolve, reject) => {
    syscall.async(number, a, b, c, d, e, f, (error, result) => {
      held.length = 0; // referenced up to here: the kernel was writing through their addresses
      if (error) reject(error);
      // koffi carries the worker's errno over for the time of this callback, and only for that.
      else if (result === -1) reject(systemError(koffi.errno(), { syscall: name, ...context }));
      else resolve(result);
    });
  });
}

/**
 * A function of libc by name, for calls that libc itself must see (fork runs its atfork handlers). Types are
 * koffi's names. The caller keeps the function: each declaration costs a few KB for the life of the process.
 */
export function libcFunction(name: string, result: string, args: string[]): NativeFunction {
  return native().func(name, result, args);
}

/** errno after a function from {@link libcFunction} failed; read it before anything else runs. */
export function lastErrno(): number {
  return native().koffi.errno();
}

/** The address of `bytes`, for structures that hold pointers. Valid as long as the caller references `bytes`. */
export function addressOf(bytes: Uint8Array): bigint {
  return native().koffi.address(bytes);
}

// Node's handles stay alive while they are active; koffi's would be collected. Closing removes.
const polls = new Set<FdPoll>();

/**
 * Watches a descriptor that can be polled (pipe, socket, pty, eventfd, pidfd, inotify…; a regular file throws EPERM,
 * as epoll_ctl(2) does). Level-triggered: `onEvents` is called each turn of the loop until the cause is gone or the
 * poll is stopped or closed. Borrows `fd` for the call and watches a duplicate of its
 * own, so the same file may be watched twice, and stays open until the poll is closed.
 */
export function pollFd(
  fd: number,
  want: FdEvents,
  onEvents: (status: number, got: FdEvents) => void,
): FdPoll {
  const own = syscall("fcntl", [fd, F_DUPFD_CLOEXEC, 3]);
  let inner: NativePoll;
  try {
    checkPollable(own);
    inner = native().koffi.node.poll(own, want, onEvents);
  } catch (error) {
    trySyscall("close", own);
    throw error;
  }
  const poll: FdPoll = {
    stop: () => inner.stop(),
    start: () => inner.start(want, onEvents),
    close() {
      if (!polls.delete(poll)) return;
      inner.close();
      trySyscall("close", own);
    },
    unref: () => inner.unref(),
    ref: () => inner.ref(),
  };
  polls.add(poll);
  return poll;
}

// koffi 3.3.4 ends the whole process when libuv refuses a descriptor, so epoll itself is asked first
// ("pollFd() refuses what cannot be polled").
function checkPollable(fd: number): void {
  const epoll = syscall("epoll_create1", [O_CLOEXEC]);
  const result = trySyscall("epoll_ctl", epoll, EPOLL_CTL_ADD, fd, Buffer.alloc(16));
  trySyscall("close", epoll);
  if (result < 0) throw systemError(-result, { syscall: "epoll_ctl" });
}
