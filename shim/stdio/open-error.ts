// What it means for a request that something it names cannot be opened. A missing file is never NotFound: that would
// claim that the container is missing, and whoever cleans up would believe it.
import { getSystemErrorMessage } from "node:util";
import { Code, HawserError } from "../../proto/errors.ts";
import { codeOfError } from "../../sys/errno.ts";

const CODES: Readonly<Record<string, Code>> = {
  EACCES: Code.PermissionDenied,
  EPERM: Code.PermissionDenied,
  EMFILE: Code.ResourceExhausted,
  ENFILE: Code.ResourceExhausted,
  ENOMEM: Code.ResourceExhausted,
  ENOSPC: Code.ResourceExhausted,
  EDQUOT: Code.ResourceExhausted,
};

/** `open stdout "/x": no such file or directory`. A HawserError comes back as it is. */
export function openError(action: string, path: string, caught: unknown): HawserError {
  if (caught instanceof HawserError) return caught;
  const errno = caught instanceof Error ? (caught as NodeJS.ErrnoException).errno : undefined;
  const sentence = errno === undefined ? String(caught) : getSystemErrorMessage(errno);
  const code = CODES[codeOfError(caught) ?? ""] ?? Code.FailedPrecondition;
  return new HawserError(code, `${action} "${path}": ${sentence}`, { cause: caught });
}
