// `hawser unpause`: thaws containers that were frozen.
import type { DefineCommand, Example } from "../cli.ts";
import { eachContainer } from "../each-container.ts";

export const examples: readonly Example[] = [["unpause web", "let it go on"]];

export const define: DefineCommand = (command, cli) => {
  command.argument("<container...>", "ids or names").action(async (references: string[]) => {
    const { signal } = cli;
    await eachContainer(cli, references, async (container) => {
      await using task = await container.task({ signal });
      await task.resume({ signal });
    });
  });
};
