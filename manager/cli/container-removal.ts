// Waiting for the end of a container that removes itself: hawserd does it, also when nobody waits.
import { isNotFound } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";

/** A removal takes milliseconds; one that takes longer goes on without us. */
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

async function isThere(client: Client, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.containers.get(id, { signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
