// The end of a test's container, as its manager brings it about, and what must not be there afterwards.

import type { TaskClient } from "../../manager/runtime/shim.ts";
import { isDeadlineExceeded } from "../../proto/errors.ts";
import { readMachineState } from "./machine-state.ts";

const SIGKILL = 9;

/** Kills, deletes and shuts down, in whatever state the container is. Returns whether the shim answered every call. */
export async function endContainer(task: TaskClient, id: string): Promise<boolean> {
  const quick = { timeoutMs: 5_000 };
  let isHanging = false;
  const attempt = (call: Promise<unknown>) =>
    call.catch((error) => {
      isHanging ||= isDeadlineExceeded(error);
    });
  const exited = attempt(task.wait({ id }, quick));
  await attempt(task.resume({ id }, quick));
  await attempt(task.kill({ id, signal: SIGKILL, all: true }, quick));
  await exited;
  // One that hangs is not asked for more.
  if (!isHanging) await attempt(task.delete({ id }, { timeoutMs: 20_000 }));
  if (!isHanging) await attempt(task.shutdown({ id }, quick));
  return !isHanging;
}

/** What carries a container's id and should not outlive it: mounts, cgroups, the runtime's state. A line each. */
export function containerLeftovers(
  id: string,
  namespace: string,
  { dir, runtimeRoot }: { dir: string; runtimeRoot: string },
): string[] {
  const { mounts, cgroups, state } = readMachineState(id, [runtimeRoot]);
  // The directories that the test gave it stay as long as the test; of those in the runtime's root only the namespace's.
  const own = state.filter((line) => line.includes(runtimeRoot) || !line.includes(`${dir}/`));
  return [...mounts, ...cgroups, ...own.filter((line) => !line.endsWith(`/${namespace}`))];
}
