// `hawser pause`: freezes all processes of containers.
import type { DefineCommand, Example } from "../cli.ts";
import { eachContainer } from "../each-container.ts";

export const examples: readonly Example[] = [["pause web", "freeze it until: hawser unpause web"]];

export const define: DefineCommand = (command, cli) => {
  command.argument("<container...>", "ids or names").action(async (references: string[]) => {
    const { signal } = cli;
    await eachContainer(cli, references, async (container) => {
      await using task = await container.task({ signal });
      await task.pause({ signal });
    });
  });
};
