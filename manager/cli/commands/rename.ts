// `hawser rename`: gives a container another name. hawserd sees to it that nobody else has it.
import { NAME_LABEL } from "../../labels.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { parseContainerName } from "../values/container-name.ts";

export const examples: readonly Example[] = [["rename web old-web", "call it something else"]];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container>", "id or name")
    .argument("<name>", "its new name")
    .action(async (reference: string, name: string) => {
      const newName = parseContainerName("name", name);
      const container = await cli.container(reference);
      await container.label({ [NAME_LABEL]: newName }, { signal: cli.signal });
    });
};
