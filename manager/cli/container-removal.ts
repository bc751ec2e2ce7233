// The end of containers that nobody removes by name: waiting for one that removes itself, which hawserd does also when nobody
// waits, and taking back one that came to nothing.
import { isNotFound } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import type { Container } from "../client/container.ts";

/** A removal takes milliseconds; one that takes longer goes on without us. Milliseconds. */
const BUDGET_MS = 30_000;

/** Resolves when there is no such container any more: true; false when that took too long, or the signal fired. */
export async function untilRemoved(client: Client, id: string, signal: AbortSignal): Promise<boolean> {
  const filters = [`topic=="/containers/delete",event.id==${JSON.stringify(id)}`];
  const budget = AbortSignal.any([signal, AbortSignal.timeout(BUDGET_MS)]);
  try {
    for await (const event of client.followEvents({ filters, signal: budget })) {
      // A position, at first: from here on no deletion is missed, so that now is the time to look.
      if (event.kind === "event" || !(await isThere(client, id, budget))) return true;
    }
  } catch (error) {
    if (!budget.aborted) throw error;
  }
  return false;
}

/**
 * Removes a container that was made for something that has failed. On its own clock, also when the user has given up; never throws:
 * the error that it failed with is the one to tell.
 */
export async function takeBack(container: Container): Promise<void> {
  try {
    await container.delete({ force: true, timeoutMs: BUDGET_MS });
  } catch {
    // hawserd has gone, or the kernel is in the middle of something: hawser ps --all shows it, and hawser rm removes it.
  }
}

async function isThere(client: Client, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.containers.get(id, { signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
