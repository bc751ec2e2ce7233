// What a person who presses the tab key wants to see: decided from the words that stand there, without asking anybody. Pure.
import type { Command, Option } from "commander";

/** Things that are asked of the daemon or of the shell. */
export type CompletionKind = "container" | "image" | "namespace" | "file";

/** Candidates, or where they come from. */
export interface Wanted {
  /** Words with what they mean. */
  readonly words: readonly (readonly [word: string, about: string])[];
  readonly kinds: readonly CompletionKind[];
  /** What stands before a candidate, as `--format=`. */
  readonly prefix: string;
}

/** What an argument is, by the name that its command gives it. */
const ARGUMENT_KINDS: Readonly<Record<string, readonly CompletionKind[]>> = {
  container: ["container"],
  containers: ["container"],
  image: ["image"],
  pattern: ["image"],
  object: ["container", "image"],
  namespace: ["namespace"],
  file: ["file"],
  source: ["container", "file"],
  destination: ["container", "file"],
  command: ["file"],
};

/** What the value of a flag is, by the name that its command gives it. */
const VALUE_KINDS: Readonly<Record<string, CompletionKind>> = {
  file: "file",
  dir: "file",
  path: "file",
  container: "container",
  image: "image",
};

const NOTHING: Wanted = { words: [], kinds: [], prefix: "" };

/** What is wanted as the last of these words, which stand behind the name of the command. */
export function wantedAt(command: Command, words: readonly string[]): Wanted {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  let operands = 0;
  let isLiteral = false;
  for (let at = 0; at < before.length; at++) {
    const word = before[at] ?? "";
    if (isLiteral || word === "-" || !word.startsWith("-")) {
      operands += 1;
      continue;
    }
    if (word === "--") isLiteral = true;
    else if (takesNext(command, word)) {
      if (at === before.length - 1) return optionValue(findOption(command, word), "");
      at += 1;
    }
  }
  if (!isLiteral && current.startsWith("-")) {
    const equals = current.indexOf("=");
    if (equals > 0)
      return optionValue(findOption(command, current.slice(0, equals)), current.slice(0, equals + 1));
    return { ...NOTHING, words: flagsOf(command) };
  }
  return argumentAt(command, operands);
}

function argumentAt(command: Command, operands: number): Wanted {
  const declared = command.registeredArguments;
  const last = declared.at(-1);
  const argument = declared[operands] ?? (last?.variadic === true ? last : undefined);
  if (argument === undefined) return NOTHING;
  if (argument.argChoices !== undefined)
    return { ...NOTHING, words: argument.argChoices.map((word) => [word, ""] as const) };
  return { ...NOTHING, kinds: ARGUMENT_KINDS[argument.name()] ?? [] };
}

function optionValue(option: Option | undefined, prefix: string): Wanted {
  if (option === undefined) return NOTHING;
  if (option.argChoices !== undefined)
    return { words: option.argChoices.map((word) => [word, ""] as const), kinds: [], prefix };
  if (option.long === "--namespace") return { words: [], kinds: ["namespace"], prefix };
  const name = /<([^>]+)>/.exec(option.flags)?.[1] ?? "";
  const kind = VALUE_KINDS[name];
  if (kind !== undefined) return { words: [], kinds: [kind], prefix };
  // "those that match: id, name": the keys are in the help, and nowhere else that could differ.
  const keys = name.startsWith("key=")
    ? (/: ([\w, ]+)$/.exec(option.description)?.[1]?.split(", ") ?? [])
    : [];
  if (keys.length > 0) return { words: keys.map((key) => [`${key}=`, ""] as const), kinds: [], prefix };
  if (option.long !== "--format") return NOTHING;
  return { words: [["json", "an object a line"]], kinds: [], prefix };
}

function takesNext(command: Command, word: string): boolean {
  return !word.includes("=") && findOption(command, word)?.required === true;
}

// Of switches in one word, as "-it", the last may take a value.
function findOption(command: Command, word: string): Option | undefined {
  const short = word.startsWith("--") ? undefined : `-${word.at(-1)}`;
  return command.options.find(
    (option) => option.long === word || (short !== undefined && option.short === short),
  );
}

function flagsOf(command: Command): (readonly [string, string])[] {
  const options = command.options.filter(({ hidden }) => !hidden);
  return [
    ...options.map(({ long, short, description }) => [long ?? short ?? "", description] as const),
    ["--help", "print the help"],
  ];
}
