// `--rm=false`: docker's switches take a word behind "=", commander's take none. Such words are replaced before commander sees
// them: a switch that is on stays, one that is off goes.
import type { Command, Option } from "commander";
import { refusal } from "../oci/refusal.ts";

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  "1": true,
  false: false,
  f: false,
  "0": false,
};

/** Has a command understand them. */
export function takeSwitchValues(command: Command): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (args) => parse(withoutSwitchValues(args, command.options));
}

/** The words without such values. Stops at the first word that is no flag: what follows may belong to somebody else. */
export function withoutSwitchValues(args: readonly string[], options: readonly Option[]): string[] {
  const kept: string[] = [];
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--" || word === "-" || !word.startsWith("-")) break;
    const [name = "", ...rest] = word.split("=");
    const option = options.find(({ long, short }) => name === long || name === short);
    if (option !== undefined && !takesValue(option) && rest.length > 0) {
      if (truth(name, rest.join("="))) kept.push(name);
      continue;
    }
    kept.push(word);
    if (rest.length === 0 && wantsNext(word, options)) {
      const value = args[++at];
      if (value !== undefined) kept.push(value);
    }
  }
  return [...kept, ...args.slice(at)];
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

// Whether the value of the flag is the next word: of `-ite` it is, of `-eA=1` it is not.
function wantsNext(word: string, options: readonly Option[]): boolean {
  if (word.startsWith("--")) return options.some((option) => option.long === word && takesValue(option));
  for (let at = 1; at < word.length; at++) {
    const option = options.find(({ short }) => short === `-${word[at]}`);
    if (option === undefined) return false;
    if (takesValue(option)) return at === word.length - 1;
  }
  return false;
}

function truth(flag: string, value: string): boolean {
  const is = WORDS[value.toLowerCase()];
  if (is !== undefined) return is;
  throw refusal({ flag, value }, "it is on or off", "write true or false, or nothing");
}
