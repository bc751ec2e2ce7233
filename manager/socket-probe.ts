// Whether anybody listens at a unix socket: asked by whoever finds a socket file and wonders if it may go.
import { connect } from "node:net";
import { isErrno } from "../proto/errors.ts";

/** Somebody who listens is there at once: the kernel answers for them. This bounds a machine that is on its knees. Milliseconds. */
const PROBE_TIMEOUT_MS = 1_000;

/**
 * Whether somebody listens at `path`; false when there is nothing, too. Rejects with the system's error where that cannot be
 * told: take it for yes.
 */
export async function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const probe = connect(path);
  probe.setTimeout(PROBE_TIMEOUT_MS, () => resolve(true));
  probe.once("connect", () => resolve(true));
  probe.once("error", (error) => {
    if (isErrno(error, "ECONNREFUSED") || isErrno(error, "ENOENT")) resolve(false);
    // EAGAIN: its queue is full, so there is one who has it.
    else if (isErrno(error, "EAGAIN")) resolve(true);
    else reject(error);
  });
  return await promise.finally(() => probe.destroy());
}
