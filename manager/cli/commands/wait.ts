// `hawser wait`: waits until containers have ended, and prints their exit statuses, in the order of the words. Of one that has
// ended already it prints what hawserd has recorded.
import { Code, HawserError, isNotFound } from "../../../proto/errors.ts";
import { Processes } from "../../../proto/gen/processes.ts";
import type { Client } from "../../client/client.ts";
import type { Container } from "../../client/container.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { findTask } from "../container-stop.ts";

export const examples: readonly Example[] = [["wait web", "print its exit status when it has ended"]];

export const define: DefineCommand = (command, cli) => {
  command.argument("<container...>", "ids or names").action(async (references: string[]) => {
    const client = await cli.client();
    const containers = await Promise.all(references.map((reference) => cli.container(reference)));
    const statuses = containers.map((container) => exitStatusOf(client, container, cli.signal));
    // All are waited for from now on; the first that fails is told in its turn.
    for (const status of statuses) status.catch(() => undefined);
    for (const status of statuses) await cli.out.line(String(await status));
  });
};

// The task first: asked the other way round, a container that ends in between would be in neither answer.
async function exitStatusOf(client: Client, container: Container, signal: AbortSignal): Promise<number> {
  await using task = await findTask(container, signal);
  if (task !== undefined) {
    try {
      return (await task.wait({ signal })).exitStatus;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  const { processes } = await client.service(Processes).list({ containerId: container.id }, { signal });
  const end = processes[0]?.end;
  if (end !== undefined) return end.exitStatus;
  const advice = "it was never started; start it first: hawser start";
  throw new HawserError(Code.FailedPrecondition, `wait for container "${container.id}": ${advice}`);
}
