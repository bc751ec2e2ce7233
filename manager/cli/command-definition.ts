// A command as commander knows it: what its file says, with the flags of every command, examples and help around it. And the
// other way round: commander's complaints in our words.
import { Command, CommanderError, Help, type Option } from "commander";
import { HawserError } from "../../proto/errors.ts";
import { type Bold, boldFor } from "./bold-text.ts";
import type { Cli, CommandModule } from "./cli.ts";
import type { FoundCommand } from "./find-command.ts";
import { GLOBAL_FLAGS } from "./globals.ts";

/** Longer lines are hard to read. Characters. */
const MAX_HELP_WIDTH = 120;
/** For help that goes into a file or a pager. Characters. */
const HELP_WIDTH = 100;
const GLOBAL_HEADING = "Options of every command:";

/** Makes it, ready to be parsed. It throws CommanderError instead of ending the process, and prints to `print`. */
export function defineCommand(
  { name, entry }: FoundCommand,
  { define, examples }: CommandModule,
  cli: Cli,
  print: (text: string) => void,
): Command {
  const width = Number.isFinite(cli.out.columns) ? Math.min(cli.out.columns, MAX_HELP_WIDTH) : HELP_WIDTH;
  const { summary } = entry;
  const bold = boldFor(cli.out);
  const command = new Command(`hawser ${name}`)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .helpCommand(false)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ optionDescription, styleTitle: bold })
    .configureOutput({
      writeOut: print,
      writeErr: () => undefined,
      getOutHelpWidth: () => width,
      getOutHasColors: () => cli.out.hasColour,
    });
  define(command, cli);
  const taken = new Set(command.options.flatMap(({ short, long }) => [short, long]));
  command.helpOption(taken.has("-h") ? "--help" : "-h, --help", "print this");
  command.optionsGroup(GLOBAL_HEADING);
  for (const { long, short, value = "", about } of GLOBAL_FLAGS) {
    if (taken.has(`--${long}`)) continue;
    const isShort = short !== undefined && !taken.has(`-${short}`);
    command.option(`${isShort ? `-${short}, ` : ""}--${long} ${value}`.trimEnd(), about);
  }
  command.addHelpText("after", otherNames(name, [entry.name, ...(entry.aliases ?? [])], bold));
  if (examples.length > 0) command.addHelpText("after", exampleText(examples, bold));
  return command;
}

/** A mistake of the command line in one line, with the way to its help. */
export function usageMessage(command: Command, caught: unknown): string {
  const name = command.name().replace(/^hawser /, "");
  const { message } = HawserError.from(caught);
  // A value that a parser of ours refuses comes with advice of its own.
  if (!(caught instanceof CommanderError)) return `${name}: ${message}`;
  const [first = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const advice =
    suggestion?.replace(/^\(Did you mean (.*)\?\)$/, "did you mean $1?") ?? `see: hawser help ${name}`;
  return `${name}: ${first.replaceAll("'", '"')}; ${advice}`;
}

// That a flag is off when it is not written goes without saying.
function optionDescription(this: Help, option: Option): string {
  return option.defaultValue === false
    ? option.description
    : Help.prototype.optionDescription.call(this, option);
}

function otherNames(name: string, names: readonly string[], bold: Bold): string {
  const others = names.filter((other) => other !== name).map((other) => `hawser ${other}`);
  return others.length === 0 ? "" : `\n${bold("Also:")} ${others.join(", ")}`;
}

function exampleText(examples: CommandModule["examples"], bold: Bold): string {
  const lines = examples.flatMap(([words, about]) => [`  # ${about}`, `  hawser ${words}`]);
  return `\n${bold("Examples:")}\n${lines.join("\n")}`;
}
