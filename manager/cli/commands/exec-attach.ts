// `hawser exec attach`: be in a process again that `hawser exec` has started.
import { attachTo, defineAttachFlags } from "../attach-flags.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { findExec } from "../exec-id.ts";

export const examples: readonly Example[] = [
  ["exec attach web backup", "be in it; ctrl-p ctrl-q leaves it running"],
  ["exec attach --replay all web backup", "the same, beginning with what is kept of its output"],
];

export const define: DefineCommand = (command, cli) => {
  command.argument("<container>", "id or name").argument("<exec>", "its id, or the beginning of it");
  defineAttachFlags(command);
  command.action(async (reference: string, id: string, values: Record<string, unknown>) => {
    const container = await cli.container(reference);
    const { execId } = await findExec(cli, container, id);
    await attachTo(cli, container, values, execId);
  });
};
