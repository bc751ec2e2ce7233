// The one place where the statuses of gRPC become errors: code and sentence as the daemon said them. A call that its own
// caller ended is told by the caller's reason, so that a timeout is DeadlineExceeded and an abort is Canceled.
import type { ServiceError } from "@grpc/grpc-js";
import { codeOf, HawserError } from "../../proto/errors.ts";

/** The error of a call that failed. */
export function callError(caught: unknown, signal: AbortSignal | undefined): HawserError {
  if (signal?.aborted) return HawserError.from(signal.reason);
  if (!isServiceError(caught)) return HawserError.from(caught);
  return new HawserError(codeOf(caught.code), caught.details || caught.message, { cause: caught });
}

function isServiceError(caught: unknown): caught is ServiceError {
  return (
    caught instanceof Error && "code" in caught && typeof caught.code === "number" && "details" in caught
  );
}
