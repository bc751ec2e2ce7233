// The help that is not one command's: all commands by what they are for, or those of one group (`hawser container`). Pure.
import type { Bold } from "./bold-text.ts";
import { COMMAND_GROUPS, type CommandEntry, GROUPS } from "./command-entry.ts";
import { namesOf } from "./find-command.ts";
import { GLOBAL_FLAGS } from "./globals.ts";

const INDENT = "  ";

/** What `hawser help` prints. */
export function overview(entries: readonly CommandEntry[], bold: Bold): string {
  const visible = entries.filter(({ isHidden = false }) => !isHidden);
  const width = widthOf(visible.map(({ name }) => name));
  const sections = GROUPS.map(([group, title]) => {
    const lines = visible
      .filter((entry) => entry.group === group)
      .map((entry) => lineOf(entry.name, entry.summary, width));
    return lines.length === 0 ? "" : `\n${bold(`${title}:`)}\n${lines.join("")}`;
  });
  return `${bold("Usage:")} hawser [options] <command> [arguments]

Runs Linux containers so that nothing about them is lost.
${sections.join("")}
${bold("Options, before or behind the command:")}
${globalFlagLines()}
hawser help <command> tells the rest; docker's long forms (hawser container ls, hawser image rm) work, too.
`;
}

/** What `hawser container` prints. */
export function groupHelp(group: string, entries: readonly CommandEntry[], bold: Bold): string {
  const rows = entries
    .filter(({ isHidden = false }) => !isHidden)
    .flatMap((entry) => {
      const name = namesOf(entry).find((one) => one.startsWith(`${group} `));
      return name === undefined ? [] : [[name, entry.summary] as const];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const width = widthOf(rows.map(([name]) => name));
  const lines = rows.map(([name, summary]) => lineOf(name, summary, width)).join("");
  return `${bold("Usage:")} hawser ${group} <command> [arguments]\n\n${COMMAND_GROUPS[group] ?? ""}\n\n${bold("Commands:")}\n${lines}
hawser help ${group} <command> tells the rest.
`;
}

function globalFlagLines(): string {
  const rows = GLOBAL_FLAGS.map(({ long, short, value = "", about }) => {
    const flag = `${short === undefined ? "    " : `-${short}, `}--${long} ${value}`.trimEnd();
    return [flag, about] as const;
  });
  const all = [...rows, ["-v, --version", "print the version"], ["-h, --help", "print this"]] as const;
  const width = widthOf(all.map(([flag]) => flag));
  return all.map(([flag, about]) => lineOf(flag, about, width)).join("");
}

function widthOf(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => name.length));
}

function lineOf(name: string, about: string, width: number): string {
  return `${INDENT}${name.padEnd(width)}${INDENT}${about}\n`;
}
