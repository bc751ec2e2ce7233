// `hawser create`: makes a container and starts nothing. Prints its id.
import { CidFile } from "../cid-file.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { createContainer } from "../container-create.ts";
import { defineContainerFlags } from "../container-flags.ts";
import { Flags } from "../flags.ts";

export const examples: readonly Example[] = [
  [
    "create --name web -v ./site:/www busybox httpd -f -h /www",
    "make a container, and start it later: hawser start web",
  ],
];

export const define: DefineCommand = (command, cli) => {
  command.argument("<image>", "image that it is made from").argument("[command...]", "program and its words");
  defineContainerFlags(command);
  command.action(async (image: string, words: string[], values: Record<string, unknown>) => {
    const flags = new Flags(values);
    const path = flags.text("--cidfile");
    await using cidFile = path === undefined ? undefined : await CidFile.make(path);
    const { container } = await createContainer(cli, { image, words, flags, cidFile });
    await cli.out.line(container.id);
  });
};
