// Which exec of a container somebody means: by its id, or the beginning of it when no other begins so.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Container } from "../client/container.ts";
import type { ListedProcess } from "../client/processes.ts";
import type { Cli } from "./cli.ts";

/** An exec as hawserd knows it. */
export type ListedExec = ListedProcess & { readonly execId: string };

/** The execs of a container, by their start. */
export async function listExecs(cli: Cli, container: Container): Promise<ListedExec[]> {
  const client = await cli.client();
  const options = { containerId: container.id, withExecs: true, signal: cli.signal };
  return (await client.processes(options)).filter((one): one is ListedExec => one.execId !== undefined);
}

/** The one that is meant. Throws NotFound when there is none, InvalidArgument when several begin so. */
export async function findExec(cli: Cli, container: Container, reference: string): Promise<ListedExec> {
  return chooseExec(reference, await listExecs(cli, container));
}

/** The decision. Pure. */
export function chooseExec<Exec extends { readonly execId: string }>(
  reference: string,
  execs: readonly Exec[],
): Exec {
  const exact = execs.find(({ execId }) => execId === reference);
  if (exact !== undefined) return exact;
  const [first, ...others] = execs.filter(({ execId }) => reference !== "" && execId.startsWith(reference));
  const what = `find exec ${JSON.stringify(reference)}`;
  if (first === undefined) {
    throw new HawserError(Code.NotFound, `${what}: the container has none of that id; see: hawser exec ls`);
  }
  if (others.length === 0) return first;
  const advice = `${others.length + 1} ids begin so; write more of it`;
  throw new HawserError(Code.InvalidArgument, `${what}: ${advice}`);
}
