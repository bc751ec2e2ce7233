// Runs one command line: finds the command, loads its file, reads its flags, lets it act, and makes an exit status and one
// line of whatever goes wrong. commander reads flags and writes help; which command is meant is decided before it, so that
// only that one is loaded.
// Exit status: what the command says; 125 for a mistake of the command line and when hawserd cannot be reached; 128 + n when
// signal n ended it; 1, or what the table says, for everything else that goes wrong.
import { inspect } from "node:util";
import { CommanderError } from "commander";
import { HawserError } from "../../proto/errors.ts";
import { VERSION } from "../version.ts";
import { boldFor } from "./bold-text.ts";
import { defineCommand, usageMessage } from "./command-definition.ts";
import { COMMAND_GROUPS } from "./command-entry.ts";
import { splitCommandLine } from "./command-words.ts";
import { COMMANDS } from "./commands/index.ts";
import { messageLine } from "./display-text.ts";
import { EXIT_HAWSER, ExitStatus } from "./exit-status.ts";
import { type FoundCommand, findCommand, pairsOf } from "./find-command.ts";
import { groupHelp, overview } from "./help.ts";
import { Invocation, type InvocationOptions } from "./invocation.ts";

const groups = new Set(Object.keys(COMMAND_GROUPS));
const pairs = pairsOf(COMMANDS);

/** Runs it to its end; returns the exit status. Never throws. */
export async function runProgram(argv: readonly string[], options: InvocationOptions): Promise<number> {
  await using invocation = new Invocation(options);
  try {
    await run(argv, invocation);
    return 0;
  } catch (caught) {
    return await complain(caught, invocation);
  }
}

async function run(argv: readonly string[], invocation: Invocation): Promise<void> {
  const line = asUsage(() => splitCommandLine(argv, groups, pairs));
  if (line.wants === "version") return await invocation.out.line(`hawser ${VERSION}`);
  if (line.words[0] === "__complete") return await completeWords(line.rest, invocation);
  if (line.words[0] === "help") return await help(helpWords(line.rest), invocation);
  if (line.wants === "help") return await help(line.words, invocation);
  const [first, second] = line.words;
  if (first === undefined || (second === undefined && groups.has(first))) {
    await help(line.words, invocation);
    throw new ExitStatus(EXIT_HAWSER);
  }
  await act(
    asUsage(() => findCommand(line.words, COMMANDS)),
    [...line.globals, ...line.rest],
    invocation,
  );
}

function helpWords([first = "", second = "", ...others]: readonly string[]): readonly string[] {
  const words = [first, second, ...others];
  return words.slice(0, groups.has(first) || pairs.has(`${first} ${second}`) ? 2 : 1).filter(Boolean);
}

// What goes wrong is nothing for the line that somebody is typing: it is the status alone.
async function completeWords(words: readonly string[], invocation: Invocation): Promise<void> {
  const { complete } = await import("./completion/complete.ts");
  try {
    await complete(words[0] === "--" ? words.slice(1) : words, invocation);
  } catch (cause) {
    throw new ExitStatus(1, "", { cause });
  }
}

async function help(words: readonly string[], invocation: Invocation): Promise<void> {
  const [first, second] = words;
  const { out } = invocation;
  if (first === undefined || first === "help") return await out.write(overview(COMMANDS, boldFor(out)));
  if (second === undefined && groups.has(first))
    return await out.write(groupHelp(first, COMMANDS, boldFor(out)));
  const found = asUsage(() => findCommand(words, COMMANDS));
  let text = "";
  const print = (part: string) => {
    text += part;
  };
  defineCommand(found, await found.entry.load(), invocation, print).outputHelp();
  await out.write(text);
}

async function act(found: FoundCommand, argv: readonly string[], invocation: Invocation): Promise<void> {
  let hasBegun = false;
  let printed = "";
  const command = defineCommand(found, await found.entry.load(), invocation, (text) => {
    printed += text;
  });
  command.hook("preAction", () => {
    invocation.useFlags(command.opts());
    hasBegun = true;
  });
  try {
    await command.parseAsync([...argv], { from: "user" });
  } catch (caught) {
    if (caught instanceof CommanderError && caught.exitCode === 0) return await invocation.out.write(printed);
    if (!hasBegun) throw new ExitStatus(EXIT_HAWSER, usageMessage(command, caught), { cause: caught });
    if (caught instanceof ExitStatus) throw caught;
    const { message } = HawserError.from(caught);
    throw new ExitStatus(found.entry.failureStatus ?? 1, message, { cause: caught });
  }
}

/** Says what went wrong, in one line, and returns the exit status. */
async function complain(caught: unknown, { err, signal, isDebugging }: Invocation): Promise<number> {
  // What a call says that was ended by our signal is no news.
  const error = signal.aborted ? signal.reason : caught;
  const isSilent = error instanceof ExitStatus && error.message === "";
  if (!isSilent) await err.line(`hawser: ${messageLine(HawserError.from(error).message)}`);
  if (isDebugging) await err.line(inspect(caught));
  return error instanceof ExitStatus ? error.status : 1;
}

function asUsage<T>(body: () => T): T {
  try {
    return body();
  } catch (caught) {
    throw new ExitStatus(EXIT_HAWSER, HawserError.from(caught).message, { cause: caught });
  }
}
