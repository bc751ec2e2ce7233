// What a disk's refusal means for whoever writes content: a code, the directory, and the way out. Pure.
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";

/** Turns what a system call threw into the error of `action` on `dir`. A HawserError stays what it is. */
export function storageError(action: string, dir: string, caught: unknown): HawserError {
  if (caught instanceof HawserError) return caught;
  const [code, wayOut] = meaning(caught);
  const tail = wayOut === "" ? "" : `; ${wayOut}`;
  return new HawserError(code, `${action} in "${dir}": ${messageOf(caught)}${tail}`, { cause: caught });
}

function meaning(caught: unknown): [Code, string] {
  if (isErrno(caught, "ENOSPC")) return [Code.ResourceExhausted, "make room on that disk and try again"];
  if (isErrno(caught, "EDQUOT"))
    return [Code.ResourceExhausted, "raise the quota of that disk and try again"];
  if (isErrno(caught, "EMFILE") || isErrno(caught, "ENFILE")) {
    return [Code.ResourceExhausted, "raise the limit of open files"];
  }
  if (isErrno(caught, "EROFS")) return [Code.FailedPrecondition, "mount that disk writable"];
  if (isErrno(caught, "EACCES") || isErrno(caught, "EPERM")) return [Code.PermissionDenied, ""];
  if (isErrno(caught, "EIO")) return [Code.DataLoss, "check that disk"];
  return [Code.Internal, ""];
}
