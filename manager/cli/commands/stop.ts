// `hawser stop`: asks containers to end, and kills those that do not in time.
import type { DefineCommand, Example } from "../cli.ts";
import { parseStopTimeout } from "../container-request.ts";
import { stopContainer } from "../container-stop.ts";
import { eachContainer } from "../each-container.ts";
import { Flags } from "../flags.ts";
import { parseSignal } from "../values/signal.ts";

export const examples: readonly Example[] = [
  ["stop web", "end it with its stop signal, and with SIGKILL after 10 seconds"],
  ["stop --timeout 60 web db", "give both a minute"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container...>", "ids or names")
    .option(
      "-t, --timeout <seconds>",
      "before it is killed; -1 is never; default: what the container says, else 10",
    )
    .option("--time <seconds>", "another word for --timeout")
    .option("-s, --signal <signal>", "what asks it to end; default: what the container says, else TERM")
    .action(async (references: string[], values: Record<string, unknown>) => {
      const flags = new Flags(values);
      const timeoutSeconds =
        flags.one("--timeout", parseStopTimeout) ?? flags.one("--time", parseStopTimeout);
      const stopSignal = flags.one("--signal", (flag, value) => String(parseSignal(flag, value)));
      const { signal } = cli;
      await eachContainer(cli, references, async (container) => {
        await stopContainer(container, { stopSignal, timeoutSeconds, signal });
      });
    });
};
