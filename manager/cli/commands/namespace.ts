// `hawser namespace ls | create | rm | inspect`: tenants. One comes into being with the first thing that is stored in it, so that
// `create` is for those that are to have labels, or are to be seen before.
import { HawserError } from "../../../proto/errors.ts";
import { Containers } from "../../../proto/gen/containers.ts";
import { type Cli, type CommandModule, ExitStatus } from "../cli.ts";
import { labelsText } from "../container-text.ts";
import { printDocuments } from "../documents.ts";
import { collect } from "../filter-words.ts";
import { type Field, FORMAT_HELP, type Format, parseFormat, printRows } from "../format.ts";
import { parseLabel } from "../values/label.ts";

type Row = { readonly name: string; readonly labels: Readonly<Record<string, string>> };

const fields: readonly Field<Row>[] = [
  { name: "Name", title: "NAME", of: ({ name }) => name },
  { name: "Labels", title: "LABELS", of: ({ labels }) => labelsText(labels), isElastic: true },
];

/** `hawser namespace ls`. */
export const list: CommandModule = {
  examples: [["namespace ls", "all of them"]],
  define(command, cli) {
    command
      .option("-q, --quiet", "names alone", false)
      .option("--format <format>", FORMAT_HELP, parseFormat)
      .action(async ({ quiet, format }: { quiet: boolean; format: Format | undefined }) => {
        const rows = await (await cli.client()).namespaces.list({ signal: cli.signal });
        const chosen = quiet ? parseFormat("{{.Name}}") : format;
        await printRows(cli.out, rows, { fields, columns: ["Name", "Labels"], format: chosen });
      });
  },
};

/** `hawser namespace create`. */
export const create: CommandModule = {
  examples: [["namespace create --label team=ci build", "one with a label"]],
  define(command, cli) {
    command
      .argument("<namespace>", "letters, digits, dots, dashes and underscores")
      .option("-l, --label <name=value>", "can be given again", collect, [])
      .action(async (name: string, { label }: { label: readonly string[] }) => {
        const labels = Object.fromEntries(label.map((text) => parseLabel("--label", text)));
        await (await cli.client()).namespaces.create(name, { labels, signal: cli.signal });
        await cli.out.line(name);
      });
  },
};

/** `hawser namespace rm`. */
export const remove: CommandModule = {
  examples: [["namespace rm build", "only when nothing is in it"]],
  define(command, cli) {
    command
      .description(
        "Removes namespaces. One in which there is anything is not removed: see hawser -n <namespace> system prune.",
      )
      .argument("<namespace...>", "names")
      .action(async (names: string[]) => {
        const client = await cli.client();
        const hasFailed = await each(names, cli, async (name) => {
          await client.namespaces.delete(name, { signal: cli.signal });
          await cli.out.line(name);
        });
        if (hasFailed) throw new ExitStatus(1);
      });
  },
};

/** `hawser namespace inspect`. */
export const inspect: CommandModule = {
  examples: [["namespace inspect build", "its labels, and how much is in it"]],
  define(command, cli) {
    command
      .argument("<namespace...>", "names")
      .option("-f, --format <template>", "a Go template, or json", parseFormat)
      .action(async (names: string[], { format }: { format: Format | undefined }) => {
        const documents: object[] = [];
        const hasFailed = await each(
          names,
          cli,
          async (name) => void documents.push(await describe(name, cli)),
        );
        await printDocuments(cli.out, documents, format);
        if (hasFailed) throw new ExitStatus(1);
      });
  },
};

async function describe(name: string, cli: Cli): Promise<object> {
  const { signal } = cli;
  const client = (await cli.client()).within(name);
  const { labels } = await client.namespaces.get(name, { signal });
  let containers = 0;
  for await (const _ of client.service(Containers).listStream({}, { signal })) containers += 1;
  const images = (await client.images.list({}, { signal })).length;
  return { Name: name, Labels: labels, Containers: containers, Images: images };
}

// One that fails does not keep the others from being done. Whether one has failed.
async function each(
  names: readonly string[],
  cli: Cli,
  body: (name: string) => Promise<void>,
): Promise<boolean> {
  let hasFailed = false;
  for (const name of names) {
    try {
      await body(name);
    } catch (caught) {
      cli.signal.throwIfAborted();
      hasFailed = true;
      await cli.err.line(`hawser: ${HawserError.from(caught).message}`);
    }
  }
  return hasFailed;
}
