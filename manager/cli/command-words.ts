// Which words of a command line name the command: `hawser -n build container ls --all` is the command "container ls" with
// `-n build` and `--all`. Flags of every command may come before its name; all others come behind it. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import { GLOBAL_FLAGS, type GlobalFlag } from "./globals.ts";

/** A command line, taken apart. */
export interface CommandWords {
  /** What was written for the command: no word, one, or two when the first is the name of a group, or both are a pair. */
  readonly words: readonly string[];
  /** Flags of every command that came before the last of these words, in their long forms. */
  readonly globals: readonly string[];
  /** Everything behind the words, as it is. */
  readonly rest: readonly string[];
  /** What was asked for instead of a command, before its name. */
  readonly wants: "help" | "version" | undefined;
}

/**
 * Takes it apart. Throws InvalidArgument for a flag before the name that not every command has. `pairs`: names of two words whose
 * first is a command by itself, such as `exec ls`; they count when the second word follows at once.
 */
export function splitCommandLine(
  argv: readonly string[],
  groups: ReadonlySet<string>,
  pairs: ReadonlySet<string> = new Set(),
): CommandWords {
  const words: string[] = [];
  const globals: string[] = [];
  let wants: CommandWords["wants"];
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      if (words.length === 1 && groups.has(word)) continue;
      if (words.length === 1 && pairs.has(`${word} ${argv[at + 1]}`)) words.push(argv[++at] ?? "");
      at++;
      break;
    }
    if (word === "--help" || word === "-h") wants ??= "help";
    else if ((word === "--version" || word === "-v") && words.length === 0) wants ??= "version";
    else at = takeFlag(argv, at, globals);
  }
  return { words, globals, rest: argv.slice(at), wants };
}

// Returns the place of the last word that belongs to the flag.
function takeFlag(argv: readonly string[], at: number, globals: string[]): number {
  const word = argv[at] ?? "";
  const found = findFlag(word);
  if (found === undefined) {
    const advice = `flags of a command come behind its name; see: hawser help`;
    throw new HawserError(
      Code.InvalidArgument,
      `there is no flag "${word}" that every command has: ${advice}`,
    );
  }
  const [{ long, value }, attached] = found;
  if (value === undefined) {
    if (attached !== undefined) throw new HawserError(Code.InvalidArgument, `--${long}: it takes no value`);
    globals.push(`--${long}`);
    return at;
  }
  const text = attached ?? argv[at + 1];
  if (text === undefined) throw new HawserError(Code.InvalidArgument, `--${long}: its ${value} is missing`);
  globals.push(`--${long}=${text}`);
  return attached === undefined ? at + 1 : at;
}

function findFlag(word: string): [flag: GlobalFlag, attached: string | undefined] | undefined {
  for (const flag of GLOBAL_FLAGS) {
    const long = `--${flag.long}`;
    if (word === long) return [flag, undefined];
    if (word.startsWith(`${long}=`)) return [flag, word.slice(long.length + 1)];
    if (flag.short === undefined || !word.startsWith(`-${flag.short}`) || word.startsWith("--")) continue;
    return [flag, word.length === 2 ? undefined : word.slice(word[2] === "=" ? 3 : 2)];
  }
  return undefined;
}
