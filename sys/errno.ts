// Error numbers of the kernel and the errors made from them: the same shape that Node gives its own ("ENOENT: no
// such file or directory, open '/x'", with `code`, `errno`, `syscall` and `path`), so that `isErrno` and people
// cannot tell which layer made a call. Knows numbers and names, nothing about what a failure means.
import { getSystemErrorMap } from "node:util";

// asm-generic/errno-base.h and errno.h, in order from 1; x86, arm64 and riscv share them. "-" was never assigned.
// 95 is EOPNOTSUPP in C; Node calls it ENOTSUP, and a caller must not have to ask for both.
const NAMES = (
  "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST " +
  "EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM " +
  "ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG " +
  "EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET " +
  "ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG " +
  "ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE " +
  "EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT ENOTSUP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE " +
  "EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN " +
  "ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL " +
  "EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD " +
  "ENOTRECOVERABLE ERFKILL EHWPOISON"
).split(" ");

// What Node has no sentence for and a container manager meets.
const SENTENCES: Readonly<Record<string, string>> = {
  ENOTBLK: "block device required",
  ECHILD: "no child processes",
  ESTALE: "stale file handle",
  EUCLEAN: "structure needs cleaning",
  EDQUOT: "disk quota exceeded",
  ENOMEDIUM: "no medium found",
};

/** The name of an error number (`2` → `"ENOENT"`); one the kernel does not define is `"E<number>"`. */
export function errnoName(errno: number): string {
  const name = NAMES[errno - 1];
  return name === undefined || name === "-" ? `E${errno}` : name;
}

/** What an error is about, besides its number. */
export interface SystemErrorContext {
  /** The call that failed, as in section 2 of the manual. */
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
  /** Replaces the kernel's sentence where we know more than the number says. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

/** A system error like Node's own. `errno` is the positive number; the property on the error is negative, as Node's. */
export function systemError(errno: number, context: SystemErrorContext): NodeJS.ErrnoException {
  const { syscall, path, dest, reason, cause } = context;
  const code = errnoName(errno);
  const sentence = reason ?? getSystemErrorMap().get(-errno)?.[1] ?? SENTENCES[code] ?? `error ${errno}`;
  let message = `${code}: ${sentence}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  const error: NodeJS.ErrnoException = new Error(message, cause === undefined ? undefined : { cause });
  error.errno = -errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) Object.assign(error, { dest });
  return error;
}

/** The errno name of a caught error itself (`"ENOENT"`), without looking at its causes. */
export function codeOfError(caught: unknown): string | undefined {
  return caught instanceof Error ? (caught as NodeJS.ErrnoException).code : undefined;
}
