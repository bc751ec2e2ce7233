// `hawser attach`: this terminal, or these pipes, and a container that runs. Any number may attach; leaving disturbs nobody.
import { attachTo, defineAttachFlags } from "../attach-flags.ts";
import type { DefineCommand, Example } from "../cli.ts";

export const examples: readonly Example[] = [
  ["attach web", "be in it; ctrl-p ctrl-q leaves it running"],
  ["attach --replay 64k web", "the same, beginning with the last 64 KiB that it printed"],
  ["attach --read-only --no-stdin web", "only look"],
  ["attach --exec 4f2a90c1b7e3 web", "be in a process that hawser exec has started"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container>", "id or name")
    .option("--exec <id>", "to this exec in it, instead of its own process");
  defineAttachFlags(command);
  command.action(async (reference: string, values: Record<string, unknown>) => {
    const { exec } = values;
    const container = await cli.container(reference);
    await attachTo(cli, container, values, typeof exec === "string" ? exec : undefined);
  });
};
