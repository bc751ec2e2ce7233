// `hawser rm`: removes containers that do not run; with --force those that do, too.
import { isNotFound } from "../../../proto/errors.ts";
import { clearTask } from "../clear-task.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { markStopped } from "../container-stop.ts";
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
