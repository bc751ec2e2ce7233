// `hawser stop`: asks containers to end, and kills those that do not in time.
import type { DefineCommand, Example } from "../cli.ts";
import { stopContainer } from "../container-stop.ts";
import { eachContainer } from "../each-container.ts";
import { defineStopFlags, stopOptions } from "../stop-flags.ts";

export const examples: readonly Example[] = [
  ["stop web", "end it with its stop signal, and with SIGKILL after 10 seconds"],
  ["stop --timeout 60 web db", "give both a minute"],
];

export const define: DefineCommand = (command, cli) => {
  defineStopFlags(command.argument("<container...>", "ids or names"));
  command.action(async (references: string[], values: Record<string, unknown>) => {
    const options = stopOptions(values);
    const { signal } = cli;
    await eachContainer(cli, references, async (container) => {
      await stopContainer(container, { ...options, signal });
    });
  });
};
