// A question before something that cannot be undone. Whoever is not there to answer must have said --force.
import { createInterface } from "node:readline/promises";
import { Code, HawserError } from "../../proto/errors.ts";
import { type Cli, ExitStatus } from "./cli.ts";

/** Asks; goes on only after "y". Throws InvalidArgument when nobody can be asked, ExitStatus 1 for every other answer. */
export async function confirm({ err, signal }: Cli, warning: string): Promise<void> {
  if (!process.stdin.isTTY) {
    const reason = "nobody is there to be asked, because standard input is no terminal; use --force";
    throw new HawserError(Code.InvalidArgument, `${warning}: ${reason}`);
  }
  await err.line(`This will ${warning}.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("Are you sure you want to continue? [y/N] ", { signal });
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new ExitStatus(1);
  } finally {
    terminal.close();
  }
}
