// `hawser restart`: ends containers and starts them again. Their logs go on.
import type { DefineCommand, Example } from "../cli.ts";
import { startContainer } from "../container-start.ts";
import { stopContainer } from "../container-stop.ts";
import { eachContainer } from "../each-container.ts";
import { defineStopFlags, stopOptions } from "../stop-flags.ts";

export const examples: readonly Example[] = [["restart web", "end it and start it again"]];

export const define: DefineCommand = (command, cli) => {
  defineStopFlags(command.argument("<container...>", "ids or names"));
  command.action(async (references: string[], values: Record<string, unknown>) => {
    const options = stopOptions(values);
    const { signal } = cli;
    await eachContainer(cli, references, async (container) => {
      await stopContainer(container, { ...options, signal });
      await startContainer(container, { signal });
    });
  });
};
