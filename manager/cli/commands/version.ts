// `hawser version`: what the client and the daemon call themselves. Never starts hawserd; without one it tells of the client
// alone.
import { arch } from "node:process";
import { Client } from "../../client/client.ts";
import { REVISION, VERSION } from "../../version.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { isListening } from "../hawserd-start.ts";

export const examples: readonly Example[] = [["version", "both versions"]];

export const define: DefineCommand = (command, cli) => {
  command.action(async () => await printVersions(cli));
};

async function printVersions({ globals, out, signal }: Cli): Promise<void> {
  await out.line(
    `Client: hawser ${VERSION}${REVISION && ` (${REVISION})`}, Node ${process.version}, linux/${arch}`,
  );
  if (!(await isListening(globals.address))) {
    return await out.line(`Daemon: none listens at ${globals.address}`);
  }
  await using client = await Client.connect({ address: globals.address, signal });
  const { version, revision } = await client.version({ signal });
  await out.line(`Daemon: hawserd ${version}${revision && ` (${revision})`} at ${globals.address}`);
}
