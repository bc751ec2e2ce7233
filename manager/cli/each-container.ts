// What a command does to several containers: to all of them side by side, and to the others when one fails. Says each that worked
// as it was written, in the order in which they were written, and each error in a line of its own.
import { HawserError, isNotFound } from "../../proto/errors.ts";
import type { Container } from "../client/container.ts";
import type { Cli } from "./cli.ts";
import { messageLine } from "./display-text.ts";
import { ExitStatus } from "./exit-status.ts";

/** At most so many at a time; a machine that stops a thousand has other things to do as well. */
const AT_ONCE = 32;

/** How to do it. */
export interface EachOptions {
  /** A container that is not there is said, and no failure. */
  readonly isMissingFine?: boolean;
}

/** Does it. Throws ExitStatus 1, silently, when one failed. */
export async function eachContainer(
  cli: Cli,
  references: readonly string[],
  act: (container: Container) => Promise<void>,
  { isMissingFine = false }: EachOptions = {},
): Promise<void> {
  await cli.client();
  const results: Promise<string | HawserError>[] = [];
  const running = new Set<Promise<unknown>>();
  for (const reference of references) {
    while (running.size >= AT_ONCE) await Promise.race(running);
    const result = attempt(cli, reference, act);
    results.push(result);
    running.add(result);
    void result.then(() => running.delete(result));
  }
  let failures = 0;
  for (const result of results) {
    const said = await result;
    if (typeof said === "string") await cli.out.line(said);
    else {
      cli.signal.throwIfAborted();
      if (!isMissingFine || !isNotFound(said)) failures += 1;
      await cli.err.line(`hawser: ${messageLine(said.message)}`);
    }
  }
  if (failures > 0) throw new ExitStatus(1);
}

// Never rejects: a failure is one of the results.
async function attempt(
  cli: Cli,
  reference: string,
  act: (container: Container) => Promise<void>,
): Promise<string | HawserError> {
  try {
    const container = await cli.container(reference);
    await act(container);
    return reference;
  } catch (caught) {
    return HawserError.from(caught);
  }
}
