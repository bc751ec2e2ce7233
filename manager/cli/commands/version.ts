// `hawser version`: what the client and the daemon call themselves. Never starts hawserd; without one it tells of the client
// alone.
import { Client } from "../../client/client.ts";
import { REVISION, VERSION } from "../../version.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { printDocuments } from "../documents.ts";
import { type Format, parseFormat } from "../format.ts";
import { isListening } from "../hawserd-start.ts";

export const examples: readonly Example[] = [
  ["version", "for people"],
  ["version -f '{{.Server.Version}}'", "for programs"],
];

/** docker's names. */
interface Versions {
  readonly Client: {
    readonly Version: string;
    readonly GitCommit: string;
    readonly Node: string;
    readonly Os: string;
    readonly Arch: string;
  };
  /** Null when none listens. */
  readonly Server: { readonly Version: string; readonly GitCommit: string; readonly Address: string } | null;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description("Tells the versions of hawser and of the hawserd that listens. Does not start one.")
    .option("-f, --format <template>", "a Go template, or json", parseFormat)
    .action(async ({ format }: { format: Format | undefined }) => {
      const versions = await findVersions(cli);
      if (format === undefined) await cli.out.write(textOf(versions, cli.globals.address));
      else await printDocuments(cli.out, [versions], format);
    });
};

async function findVersions({ globals: { address }, signal }: Cli): Promise<Versions> {
  const { arch, platform, version: node } = process;
  const client = { Version: VERSION, GitCommit: REVISION, Node: node, Os: platform, Arch: arch };
  if (!(await isListening(address))) return { Client: client, Server: null };
  await using connected = await Client.connect({ address, signal });
  const { version, revision } = await connected.version({ signal });
  return { Client: client, Server: { Version: version, GitCommit: revision, Address: address } };
}

function textOf({ Client: client, Server: server }: Versions, address: string): string {
  const commit = (one: { readonly GitCommit: string }) => (one.GitCommit === "" ? "" : ` (${one.GitCommit})`);
  const lines = [
    `Client: hawser ${client.Version}${commit(client)}, Node ${client.Node}, ${client.Os}/${client.Arch}`,
    server === null
      ? `Server: none listens at ${address}`
      : `Server: hawserd ${server.Version}${commit(server)} at ${server.Address}`,
  ];
  return `${lines.join("\n")}\n`;
}
