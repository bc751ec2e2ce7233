// `hawser inspect`: everything that is known of containers and images. Answers from the manager's own record: a shim that hangs
// delays nobody.
import { Option } from "commander";
import { Code, HawserError, isNotFound } from "../../../proto/errors.ts";
import { Containers } from "../../../proto/gen/containers.ts";
import type { Client } from "../../client/client.ts";
import { Layout } from "../../layout.ts";
import { type Cli, type DefineCommand, type Example, ExitStatus } from "../cli.ts";
import { containerDocument } from "../container-document.ts";
import { rowOf } from "../container-row.ts";
import { printDocuments } from "../documents.ts";
import { type Format, parseFormat } from "../format.ts";
import { imageDocument } from "../image-document.ts";
import { findImage } from "../image-reference.ts";
import { snapshotSizesOf } from "../snapshot-size.ts";

export const examples: readonly Example[] = [
  ["inspect web", "all about it, in JSON"],
  ["inspect -f '{{.State.Status}} {{.State.ExitCode}}' web db", "what is asked, a line each"],
  ["inspect --type image busybox", "an image, even if a container is called so, too"],
];

const TYPES = ["container", "image"] as const;

type Type = (typeof TYPES)[number];

interface Flags {
  readonly format: Format | undefined;
  readonly type?: Type | undefined;
  readonly size?: boolean;
}

export const define: DefineCommand = (command, cli) => {
  const only = TYPES.find((type) => command.name().includes(` ${type} `));
  const abouts = { container: "ids or names", image: "names, or beginnings of ids" };
  if (only === undefined) {
    command
      .argument("<object...>", "names and ids of containers; names and beginnings of ids of images")
      .addOption(new Option("--type <type>", "only these").choices(TYPES));
  } else command.argument(`<${only}...>`, abouts[only]);
  if (only !== "image") command.option("-s, --size", "how much room containers take", false);
  command
    .option("-f, --format <template>", "a Go template, or json", parseFormat)
    .action(
      async (references: string[], flags: Flags) => await inspect(references, { type: only, ...flags }, cli),
    );
};

async function inspect(
  references: readonly string[],
  { format, type, size = false }: Flags,
  cli: Cli,
): Promise<void> {
  const client = await cli.client();
  const documents: object[] = [];
  const complaints: string[] = [];
  for (const reference of references) {
    try {
      documents.push(await documentOf(reference, type, size, client, cli));
    } catch (caught) {
      cli.signal.throwIfAborted();
      complaints.push(HawserError.from(caught).message);
    }
  }
  // What is there is told, whatever else was asked for.
  await printDocuments(cli.out, documents, format);
  for (const complaint of complaints) await cli.err.line(`hawser: ${complaint}`);
  if (complaints.length > 0) throw new ExitStatus(1);
}

async function documentOf(
  reference: string,
  type: Type | undefined,
  withSize: boolean,
  client: Client,
  cli: Cli,
): Promise<object> {
  if (type === "image") return await imageOf(reference, client, cli.signal);
  try {
    return await containerOf(reference, withSize, client, cli);
  } catch (notContainer) {
    if (type === "container") throw notContainer;
    try {
      return await imageOf(reference, client, cli.signal);
    } catch (notImage) {
      if (!isNotFound(notContainer) || !isNotFound(notImage))
        throw isNotFound(notImage) ? notContainer : notImage;
      const reason = "there is no container and no image of this name; see: hawser ps --all, hawser images";
      throw new HawserError(Code.NotFound, `inspect ${JSON.stringify(reference)}: ${reason}`);
    }
  }
}

async function imageOf(reference: string, client: Client, signal: AbortSignal): Promise<object> {
  const found = await findImage(client, reference, signal);
  const filters = [`target.digest==${JSON.stringify(found.target.digest)}`];
  const names = (await client.images.list({ filters }, { signal })).map(({ name }) => name);
  return await imageDocument(client, found, names, signal);
}

async function containerOf(reference: string, withSize: boolean, client: Client, cli: Cli): Promise<object> {
  const { signal } = cli;
  const { id } = await cli.container(reference);
  const { container: record } = await client.service(Containers).get({ id }, { signal });
  const processes = await client.processes({ containerId: id, withExecs: true, signal });
  if (record === undefined)
    throw new HawserError(Code.DataLoss, `inspect container "${id}": the answer is empty`);
  const row = rowOf(
    record,
    processes.find(({ execId }) => execId === undefined),
    true,
  );
  const sizes = withSize ? await snapshotSizesOf(client, [row], signal) : undefined;
  const { rootDir, stateDir, address } = await cli.daemon();
  return containerDocument({
    namespace: client.namespace,
    row,
    processes,
    image: await targetOf(row.image, client, signal),
    containerDir: new Layout({ root: rootDir, state: stateDir, address }).containerDir(client.namespace, id),
    size: sizes?.get(row.snapshotKey),
  });
}

async function targetOf(name: string, client: Client, signal: AbortSignal) {
  if (name === "") return undefined;
  try {
    return (await client.images.get(name, { signal })).target;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
