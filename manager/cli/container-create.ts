// What `hawser run` and `hawser create` have in common: from a command line to a container that waits to be started.
import type { Client } from "../client/client.ts";
import type { Container } from "../client/container.ts";
import type { ContainerOptions } from "../client/container-options.ts";
import type { CidFile } from "./cid-file.ts";
import type { Cli } from "./cli.ts";
import { containerRequest } from "./container-request.ts";
import type { Flags } from "./flags.ts";
import { findRunImage } from "./run-image.ts";

/** What is to be made. */
export interface CreateRequest {
  readonly image: string;
  /** Words behind the image. */
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly cidFile: CidFile | undefined;
  /** What the command itself says. */
  readonly more?: Pick<ContainerOptions, "wish">;
}

/** Makes it. Flags are read before hawserd is asked, or started, so that a mistake in them costs nothing. */
export async function createContainer(
  cli: Cli,
  { image, words, flags, cidFile, more }: CreateRequest,
): Promise<{ client: Client; container: Container }> {
  const request = await containerRequest(flags, words, { cwd: process.cwd(), env: process.env });
  const client = await cli.client();
  const { signal } = cli;
  const found = await findRunImage(client, image, { err: cli.err, signal });
  const wish = { ...request.wish, ...more?.wish };
  const container = await client.containers.create({ ...request, wish, image: found, signal });
  await cidFile?.fill(container.id);
  return { client, container };
}
