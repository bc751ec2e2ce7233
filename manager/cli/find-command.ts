// Which entry of the table some words mean, and what to say when they mean none. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import { nearestWord } from "../edit-distance.ts";
import { COMMAND_GROUPS, type CommandEntry } from "./command-entry.ts";

/** A command, under the name by which it was asked for. */
export interface FoundCommand {
  readonly name: string;
  readonly entry: CommandEntry;
}

/** All names of a command. */
export function namesOf({ name, aliases = [] }: CommandEntry): string[] {
  return [name, ...aliases];
}

/** Names of two words whose first is a command, too: `exec ls`. */
export function pairsOf(entries: readonly CommandEntry[]): ReadonlySet<string> {
  const isPair = (name: string) =>
    name.includes(" ") && !Object.hasOwn(COMMAND_GROUPS, name.split(" ")[0] ?? "");
  return new Set(entries.map(({ name }) => name).filter(isPair));
}

/** The command of one word, or of two in a group. Throws NotFound that says what was probably meant. */
export function findCommand(words: readonly string[], entries: readonly CommandEntry[]): FoundCommand {
  const name = words.join(" ");
  const entry = entries.find((one) => namesOf(one).includes(name));
  if (entry !== undefined) return { name, entry };
  const visible = entries.filter(({ isHidden = false }) => !isHidden).flatMap(namesOf);
  const near = nearestWord(name, [...visible, ...Object.keys(COMMAND_GROUPS)]);
  const advice = near === undefined ? "see: hawser help" : `did you mean "hawser ${near}"?`;
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  throw new HawserError(Code.NotFound, `there is no command "${shown}"; ${advice}`);
}
