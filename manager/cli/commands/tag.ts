// `hawser tag`: one more name for an image.
import { normalizeName } from "../../images/image-name.ts";
import { refusal } from "../../oci/refusal.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { findImage } from "../image-reference.ts";

export const examples: readonly Example[] = [["tag busybox shell:1", "busybox is shell:1, too"]];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<image>", "name, or the beginning of its id")
    .argument("<name>", "one that another image has goes over to this one")
    .action(async (reference: string, name: string) => {
      const target = normalizeName(name);
      if (target.includes("@"))
        throw refusal({ flag: "name", value: name }, "a name with a digest belongs to that digest alone");
      const client = await cli.client();
      const { signal } = cli;
      const image = await findImage(client, reference, signal);
      await client.images.tag(image.name, target, { signal });
    });
};
