// `hawser __complete -- <words>`, which the scripts of `hawser completion` call: what the last word may be, a line each, with what it
// means behind a tab. Nothing where there is nothing to say. It is no command of the table, because it knows the table.

import { Containers } from "../../../proto/gen/containers.ts";
import { NAME_LABEL } from "../../labels.ts";
import type { Cli } from "../cli.ts";
import { defineCommand } from "../command-definition.ts";
import { COMMAND_GROUPS } from "../command-entry.ts";
import { splitCommandLine } from "../command-words.ts";
import { COMMANDS } from "../commands/index.ts";
import { shortId } from "../container-text.ts";
import { findCommand, namesOf, pairsOf } from "../find-command.ts";
import { GLOBAL_FLAGS } from "../globals.ts";
import { imageNameParts } from "../image-row.ts";
import { FILES_MARK } from "./scripts.ts";
import { type CompletionKind, type Wanted, wantedAt } from "./wanted.ts";

/** Whoever has pressed a key waits. Milliseconds. */
const BUDGET_MS = 2_000;
/** As much as a terminal can show. */
const MAX_CANDIDATES = 1_000;

type Word = readonly [word: string, about: string];

/** Prints them. `words`: what stands behind `hawser`, the one that is to be completed last. Throws what went wrong, for nobody. */
export async function complete(words: readonly string[], cli: Cli): Promise<void> {
  const wanted = await wantedWords(words, cli);
  const current = words.at(-1) ?? "";
  const found = [...wanted.words, ...(await candidates(wanted.kinds, namespaceIn(words), cli))]
    .map(([word, about]): Word => [`${wanted.prefix}${word}`, about])
    .filter(([word]) => word.startsWith(current))
    .slice(0, MAX_CANDIDATES);
  await cli.out.write(found.map(([word, about]) => `${word}\t${about.replaceAll(/\s+/g, " ")}\n`).join(""));
  if (wanted.kinds.includes("file")) await cli.out.line(FILES_MARK);
}

async function wantedWords(words: readonly string[], cli: Cli): Promise<Wanted> {
  const before = words.slice(0, -1);
  const flag = GLOBAL_FLAGS.find(
    ({ long, short, value }) =>
      value !== undefined && [`--${long}`, `-${short}`].includes(before.at(-1) ?? ""),
  );
  // Behind the name of a command, a flag of this name may be the command's own.
  const isBeforeName = before.every((word, at) => word.startsWith("-") || before[at - 1]?.startsWith("-"));
  if (flag !== undefined && isBeforeName) {
    return { words: [], kinds: [flag.long === "namespace" ? "namespace" : "file"], prefix: "" };
  }
  const line = splitCommandLine(before, new Set(Object.keys(COMMAND_GROUPS)), pairsOf(COMMANDS));
  const [first] = line.words;
  const current = words.at(-1) ?? "";
  if (first === undefined || first === "help")
    return { words: current.startsWith("-") ? globalFlags() : topWords(), kinds: [], prefix: "" };
  if (line.words.length === 1 && Object.hasOwn(COMMAND_GROUPS, first))
    return { words: groupWords(first), kinds: [], prefix: "" };
  const found = findCommand(line.words, COMMANDS);
  const command = defineCommand(found, await found.entry.load(), cli, () => undefined);
  return wantedAt(command, [...line.rest, current]);
}

function globalFlags(): Word[] {
  return GLOBAL_FLAGS.map(({ long, about }) => [`--${long}`, about]);
}

function topWords(): Word[] {
  const commands = COMMANDS.filter(({ isHidden = false }) => !isHidden).flatMap((entry): Word[] =>
    namesOf(entry)
      .filter((name) => !name.includes(" "))
      .map((name) => [name, entry.summary]),
  );
  return [...commands, ...Object.entries(COMMAND_GROUPS), ["help", "what there is"]];
}

function groupWords(group: string): Word[] {
  return COMMANDS.flatMap((entry): Word[] =>
    namesOf(entry)
      .filter((name) => name.startsWith(`${group} `))
      .map((name) => [name.slice(group.length + 1), entry.summary]),
  );
}

// Flags of the daemon's place are not followed: then there are no names.
function namespaceIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === "-n" || word === "--namespace");
  if (at >= 0) return words[at + 1];
  return words.find((word) => word.startsWith("--namespace="))?.slice("--namespace=".length);
}

async function candidates(
  kinds: readonly CompletionKind[],
  namespace: string | undefined,
  cli: Cli,
): Promise<Word[]> {
  const asked = kinds.filter((kind) => kind !== "file");
  if (asked.length === 0) return [];
  const connected = await cli.client();
  const client = namespace === undefined ? connected : connected.within(namespace);
  const call = { timeoutMs: BUDGET_MS, signal: cli.signal };
  const found: Word[] = [];
  for (const kind of asked) {
    if (kind === "namespace")
      for (const { name } of await client.namespaces.list(call)) found.push([name, "namespace"]);
    if (kind === "image") {
      for (const image of await client.images.list({}, call)) {
        const { repository, tag } = imageNameParts(image.name);
        found.push([tag === "<none>" || tag === "latest" ? repository : `${repository}:${tag}`, "image"]);
      }
    }
    if (kind !== "container") continue;
    for await (const { container } of client.service(Containers).listStream({}, call)) {
      if (container === undefined) continue;
      found.push([container.labels[NAME_LABEL] ?? shortId(container.id), container.image]);
      if (found.length >= MAX_CANDIDATES) break;
    }
  }
  return found;
}
