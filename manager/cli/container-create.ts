// What `hawser run` and `hawser create` have in common: from a command line to a container that waits to be started.
import type { Client } from "../client/client.ts";
import type { Container } from "../client/container.ts";
import type { ContainerOptions } from "../client/container-options.ts";
import type { CidFile } from "./cid-file.ts";
import type { Cli } from "./cli.ts";
import { takeBack } from "./container-removal.ts";
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
  /** It is started at once, or not at all: hawserd removes it, should this command be killed in between. */
  readonly isStartedAtOnce?: boolean;
}

/** Longer than any start takes that comes to something. Milliseconds. */
const START_BUDGET_MS = 5 * 60 * 1000;

/**
 * Makes it. Flags are read before hawserd is asked, or started, so that a mistake in them costs nothing. A container whose id cannot
 * be written down is not left.
 */
export async function createContainer(
  cli: Cli,
  { image, words, flags, cidFile, more, isStartedAtOnce = false }: CreateRequest,
): Promise<{ client: Client; container: Container }> {
  const request = await containerRequest(flags, words, { cwd: process.cwd(), env: process.env });
  const client = await cli.client();
  const { signal } = cli;
  const found = await findRunImage(client, image, { err: cli.err, signal });
  const wish = { ...request.wish, ...more?.wish };
  const startBy = isStartedAtOnce ? new Date(Date.now() + START_BUDGET_MS) : undefined;
  const managed = { ...request.managed, startBy };
  const container = await client.containers.create({ ...request, wish, managed, image: found, signal });
  try {
    await cidFile?.fill(container.id);
  } catch (error) {
    await takeBack(container);
    throw error;
  }
  return { client, container };
}
