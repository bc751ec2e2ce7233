// `hawser commit`: an image of what a container has become.
import { normalizeName } from "../../images/image-name.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { parseImageChange } from "../values/image-change.ts";

export const examples: readonly Example[] = [
  ["commit web web:patched", "name an image of what web is now"],
  [`commit -c 'CMD ["httpd", "-f"]' -m "with a server" web web:2`, "and say what it runs"],
];

interface Flags {
  readonly author?: string;
  readonly message?: string;
  readonly change: readonly string[];
  readonly pause: boolean;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description("Make an image of what a container has become, and print its digest.")
    .argument("<container>", "id or name")
    .argument("<image>", "what to call it")
    .option("-a, --author <name>", "who made it")
    .option("-m, --message <text>", "for its history")
    .option(
      "-c, --change <instruction>",
      "what a Dockerfile would say: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR; can be given again",
      (text: string, earlier: readonly string[]) => [...earlier, text],
      [],
    )
    .option("-p, --pause", "freeze its processes meanwhile", true)
    .option("--no-pause", "leave them running")
    .action(async (reference: string, image: string, flags: Flags) => {
      const name = normalizeName(image);
      const changes = flags.change.map(parseImageChange);
      const container = await cli.container(reference);
      const client = await cli.client();
      const { target } = await client.images.commit(container, name, {
        author: flags.author,
        message: flags.message,
        pause: flags.pause,
        configure: (config) => {
          for (const change of changes) change(config);
        },
        signal: cli.signal,
      });
      await cli.out.line(target.digest);
    });
};
