// What became of a change that an OCI runtime was asked for. One that fails, hangs or is killed may have done it all the
// same; then it is asked what is true, because a container that runs or is frozen against our word could never be
// brought back: neither would Resume be allowed, nor would another Pause succeed.
import { Code, hasCode, isDeadlineExceeded } from "../proto/errors.ts";
import type { ContainerHost } from "./host.ts";
import type { OciRuntime } from "./oci/driver.ts";

/** A change of one container's status. */
export interface StatusChange {
  readonly id: string;
  readonly runtime: OciRuntime;
  /** In the runtime's own words: `running`, `paused`. */
  readonly status: string;
  readonly change: () => Promise<void>;
  readonly host: ContainerHost;
}

/** Resolves when the container has the status. Throws the runtime's reason when it has not, or when nobody can tell. */
export async function changeStatus({ id, runtime, status, change, host }: StatusChange): Promise<void> {
  try {
    await change();
  } catch (error) {
    // Unknown: it gave a reason of its own, or ended without one.
    if (!isDeadlineExceeded(error) && !hasCode(error, Code.Unknown)) throw error;
    const found = await runtime.state(id).catch(() => undefined);
    if (found?.status !== status) throw error;
    host.log.warn(`the OCI runtime failed, but the container is ${status}: continuing`, {
      container: id,
      error,
    });
  }
}
