// `hawser exec kill`: sends a signal to processes that `hawser exec` has started, SIGKILL unless another is named.
import type { DefineCommand, Example } from "../cli.ts";
import { findExec } from "../exec-id.ts";
import { Flags } from "../flags.ts";
import { parseSignal } from "../values/signal.ts";

export const examples: readonly Example[] = [
  ["exec kill web backup", "end it at once"],
  ["exec kill --signal INT web backup", "as ctrl-c would"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container>", "id or name")
    .argument("<exec...>", "their ids, or the beginnings of them")
    .option("-s, --signal <signal>", "name or number", "KILL")
    .action(async (reference: string, ids: string[], values: Record<string, unknown>) => {
      const number = new Flags(values).one("--signal", parseSignal);
      const container = await cli.container(reference);
      for (const id of ids) {
        const { execId } = await findExec(cli, container, id);
        await using exec = container.exec(execId);
        await exec.kill(number, { signal: cli.signal });
        await cli.out.line(execId);
      }
    });
};
