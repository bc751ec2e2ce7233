// What a job on a tree of files throws, as an error with a code: what the disk says is about the disk, whatever file it was.
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";

const CODES: readonly (readonly [string, Code, string])[] = [
  ["ENOSPC", Code.ResourceExhausted, "make room on that filesystem and try again"],
  ["EDQUOT", Code.ResourceExhausted, "raise the quota or make room, and try again"],
  ["EROFS", Code.FailedPrecondition, "the filesystem is read-only"],
  ["EIO", Code.DataLoss, "the disk fails"],
  ["EPERM", Code.PermissionDenied, "hawserd must run as root with all capabilities"],
  ["EACCES", Code.PermissionDenied, "hawserd must run as root with all capabilities"],
  ["EMFILE", Code.ResourceExhausted, "raise the limit of open files"],
  ["ERR_WORKER_OUT_OF_MEMORY", Code.ResourceExhausted, "it has more files than a worker can keep in mind"],
  ["ENFILE", Code.ResourceExhausted, "raise the limit of open files"],
];

/** The HawserError of something a job threw. */
export function jobError(caught: unknown): HawserError {
  if (caught instanceof HawserError) return caught;
  for (const [errno, code, wayOut] of CODES) {
    if (isErrno(caught, errno))
      return new HawserError(code, `${messageOf(caught)}; ${wayOut}`, { cause: caught });
  }
  return HawserError.from(caught);
}
