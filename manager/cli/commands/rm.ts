// `hawser rm`: removes containers that do not run; with --force those that do, too.
import { Code, HawserError, isNotFound } from "../../../proto/errors.ts";
import type { Container } from "../../client/container.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { findTask, markStopped, taskStatus } from "../container-stop.ts";
import { eachContainer } from "../each-container.ts";
import { Flags } from "../flags.ts";

export const examples: readonly Example[] = [
  ["rm web", "remove it, with its log and what it has written"],
  ["rm --force web db", "kill them first if they run"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container...>", "ids or names")
    .option("-f, --force", "kill it first if it runs; one that is not there is no error")
    .option(
      "-v, --volumes",
      "docker's word for its volumes; hawser keeps none, so there is nothing more to remove",
    )
    .action(async (references: string[], values: Record<string, unknown>) => {
      const isForced = new Flags(values).isOn("--force");
      const { signal } = cli;
      await eachContainer(
        cli,
        references,
        async (container) => {
          if (!isForced) await clearTask(container, signal);
          try {
            await markStopped(container, (await container.info({ signal })).labels, signal);
          } catch (error) {
            // Its own --rm was quicker.
            if (!isNotFound(error)) throw error;
          }
          await container.delete({ force: isForced, signal });
        },
        { isMissingFine: isForced },
      );
    });
};

// What has ended, or never begun, is no reason to keep it; what lives is.
async function clearTask(container: Container, signal: AbortSignal): Promise<void> {
  const status = await taskStatus(container, signal);
  if (status === undefined) return;
  if (status !== "created" && status !== "stopped") {
    const text = `remove container "${container.id}": it is ${status}; stop it first, or use --force`;
    throw new HawserError(Code.FailedPrecondition, text);
  }
  try {
    await using task = await findTask(container, signal);
    await task?.delete({ signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
