// `hawser exec rm`: forgets processes that `hawser exec` has started, and how they ended; with --force, ends them first.
import type { DefineCommand, Example } from "../cli.ts";
import { findExec } from "../exec-id.ts";
import { Flags } from "../flags.ts";

export const examples: readonly Example[] = [
  ["exec rm web backup", "forget one that has ended"],
  ["exec rm --force web backup", "kill it first"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container>", "id or name")
    .argument("<exec...>", "their ids, or the beginnings of them")
    .option("-f, --force", "kill those that run")
    .action(async (reference: string, ids: string[], values: Record<string, unknown>) => {
      const force = new Flags(values).isOn("--force");
      const container = await cli.container(reference);
      for (const id of ids) {
        const { execId } = await findExec(cli, container, id);
        await using exec = container.exec(execId);
        await exec.delete({ force, signal: cli.signal });
        await cli.out.line(execId);
      }
    });
};
