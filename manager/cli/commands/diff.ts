// `hawser diff`: what a container has changed in its file system, as docker shows it: A added, C changed, D deleted.
import { Code, HawserError } from "../../../proto/errors.ts";
import type { FileChange } from "../../client/changes.ts";
import type { DefineCommand, Example } from "../cli.ts";

export const examples: readonly Example[] = [["diff web", "what web has changed since it was created"]];

const LETTERS: Readonly<Record<FileChange["kind"], string>> = { added: "A", changed: "C", deleted: "D" };

export const define: DefineCommand = (command, cli) => {
  command
    .description("Show what a container has changed in its file system: A added, C changed, D deleted.")
    .argument("<container>", "id or name")
    .action(async (reference: string) => {
      const { signal } = cli;
      const container = await cli.container(reference);
      const { snapshotter, snapshotKey, spec } = await container.info({ signal });
      if (snapshotKey === "") {
        const reason = "it was not made from an image, so there is nothing to compare with";
        throw new HawserError(Code.FailedPrecondition, `diff "${reference}": ${reason}`);
      }
      const client = await cli.client();
      // Places that something is mounted on are made when they are missing, by whoever mounts.
      const mounted = new Set((spec.mounts ?? []).map(({ destination }) => destination));
      for (const { kind, path } of await client.snapshots(snapshotter).changes(snapshotKey, { signal })) {
        if (kind !== "added" || !mounted.has(path)) await cli.out.line(`${LETTERS[kind]} ${path}`);
      }
    });
};
