// What is left of a container when its init has ended: frozen processes, processes in a pid namespace that is not the
// container's own, execs that run or are being started. Ends all of it, on budgets, so that the exits of execs come
// before that of init; a runtime that does nothing of what it is asked, or hangs, delays that exit and cannot stop it.
import { isNotFound } from "../proto/errors.ts";
import { attempt } from "./ending.ts";
import type { ContainerHost } from "./host.ts";
import type { OciRuntime } from "./oci/driver.ts";
import type { Process } from "./process.ts";

/** Time for each of the steps, and for processes to end in general. Milliseconds. */
export const KILL_BUDGET_MS = 10_000;

const SIGKILL = 9;

/** The container whose init has ended. */
export interface Leftovers {
  readonly id: string;
  readonly runtime: OciRuntime;
  readonly host: ContainerHost;
  readonly isFrozen: boolean;
  readonly hasOwnPidNamespace: boolean;
  /** Execs that run or are being started; asked after the rest was killed. */
  readonly busy: () => readonly Process[];
}

/** Ends what is left; resolves when the exits of all execs are told, or the budget is used up. Never rejects. */
export async function endLeftovers(left: Leftovers): Promise<void> {
  const { id, runtime, host } = left;
  if (left.isFrozen) await attempt(host, "thaw what is left", KILL_BUDGET_MS, runtime.resume(id));
  if (!left.hasOwnPidNamespace) {
    const killed = runtime.kill(id, SIGKILL, { all: true }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    await attempt(host, "kill what is left", KILL_BUDGET_MS, killed);
  }
  const busy = left.busy();
  if (busy.length === 0) return;
  // The kernel ends them with the namespace, or the runtime just has; this is for a runtime that has not.
  for (const process of busy) process.forceEnd();
  const ended = Promise.all(busy.map((process) => process.exited));
  await attempt(host, "wait for execs to end", KILL_BUDGET_MS, ended);
}
