import assert from "node:assert/strict";
import { test } from "node:test";
import { Command, Option } from "commander";
import { type CompletionKind, wantedAt } from "../../../../../manager/cli/completion/wanted.ts";

const command = new Command("x")
  .argument("<container>")
  .argument("[file...]")
  .option("-a, --all", "everything")
  .option("-n, --namespace <name>", "where")
  .option("-i, --interactive", "type")
  .option("-o, --output <file>", "into")
  .option("-f, --filter <key=value>", "those that match: id, name")
  .option("--format <format>", "how")
  .addOption(new Option("--type <type>", "which").choices(["container", "image"]));

interface Row {
  readonly line: string;
  readonly words?: readonly string[];
  readonly kinds?: readonly CompletionKind[];
  readonly prefix?: string;
}

const rows: readonly Row[] = [
  { line: "", kinds: ["container"] },
  { line: "we", kinds: ["container"] },
  { line: "web ", kinds: ["file"] },
  { line: "web a b ", kinds: ["file"] },
  { line: "--all ", kinds: ["container"] },
  { line: "--output ", kinds: ["file"] },
  { line: "--output=", kinds: ["file"], prefix: "--output=" },
  { line: "-ao ", kinds: ["file"] },
  { line: "--output x ", kinds: ["container"] },
  { line: "-n ", kinds: ["namespace"] },
  { line: "--type ", words: ["container", "image"] },
  { line: "--type=im", words: ["container", "image"], prefix: "--type=" },
  { line: "--filter ", words: ["id=", "name="] },
  { line: "--format ", words: ["json"] },
  { line: "-- -", kinds: ["container"] },
  { line: "- ", kinds: ["file"] },
];

for (const { line, words = [], kinds = [], prefix = "" } of rows) {
  test(`at the end of "${line}", ${[...words, ...kinds].join(", ")} is wanted`, () => {
    const wanted = wantedAt(command, line.split(" "));
    assert.deepEqual(
      [wanted.words.map(([word]) => word), wanted.kinds, wanted.prefix],
      [words, kinds, prefix],
    );
  });
}

test("a dash asks for the flags", () => {
  const flags = wantedAt(command, ["-"]).words.map(([word]) => word);
  assert.deepEqual(flags, [
    "--all",
    "--namespace",
    "--interactive",
    "--output",
    "--filter",
    "--format",
    "--type",
    "--help",
  ]);
});
