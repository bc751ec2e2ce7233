import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cli } from "../../../../../manager/cli/cli.ts";
import { defineCommand } from "../../../../../manager/cli/command-definition.ts";
import { COMMAND_GROUPS } from "../../../../../manager/cli/command-entry.ts";
import { COMMANDS } from "../../../../../manager/cli/commands/index.ts";
import { findCommand, namesOf } from "../../../../../manager/cli/find-command.ts";
import { groupHelp, overview } from "../../../../../manager/cli/help.ts";
import { isNotFound } from "../../../../../proto/errors.ts";

const plain = (text: string) => text;
const cli = { out: { columns: 80, hasColour: false, isTerminal: false } } as unknown as Cli;

test("no two commands have the same name", () => {
  const names = COMMANDS.flatMap(namesOf);
  assert.deepEqual(names, [...new Set(names)]);
});

for (const entry of COMMANDS.filter(({ isHidden = false }) => !isHidden)) {
  test(`hawser ${entry.name} has a summary, help and examples that are its own`, async () => {
    assert.match(entry.summary, /^[a-z].*[^.]$/);
    const module = await entry.load();
    let text = "";
    const command = defineCommand({ name: entry.name, entry }, module, cli, (part) => {
      text += part;
    });
    command.outputHelp();
    assert.match(text, new RegExp(`^Usage: hawser ${entry.name}\\b`));
    assert.ok(module.examples.length > 0, "there is an example");
    for (const [words, about] of module.examples) {
      assert.ok(
        namesOf(entry).some((name) => words.startsWith(name)),
        words,
      );
      assert.ok(about.length > 0 && !about.endsWith("."), about);
    }
    for (const option of command.options.filter((one) => !one.hidden))
      assert.ok(option.description !== "", `${option.flags} is explained`);
    const longs = command.options.map(({ long }) => long);
    for (const global of ["--namespace", "--address", "--no-start", "--debug"]) {
      assert.ok(longs.filter((long) => long === global).length === 1, global);
    }
  });
}

test("the overview and the help of a group name what there is", () => {
  const text = overview(COMMANDS, plain);
  for (const { name, isHidden = false } of COMMANDS) {
    assert.equal(new RegExp(`^ {2}${name} `, "m").test(text), !isHidden, name);
  }
  for (const group of Object.keys(COMMAND_GROUPS)) {
    assert.match(groupHelp(group, COMMANDS, plain), new RegExp(`^ {2}${group} \\w+ `, "m"));
  }
});

const docker: readonly (readonly [words: string, name: string])[] = [
  ["container ls", "ps"],
  ["container rm", "rm"],
  ["container run", "run"],
  ["image ls", "images"],
  ["image rm", "rmi"],
  ["image load", "load"],
  ["system info", "info"],
];

for (const [words, name] of docker) {
  test(`docker's "${words}" is "${name}"`, () => {
    assert.equal(findCommand(words.split(" "), COMMANDS).entry.name, name);
  });
}

test("a command that there is not is told with one that was probably meant", () => {
  assert.throws(
    () => findCommand(["inspct"], COMMANDS),
    (error: Error) =>
      isNotFound(error) && error.message === 'there is no command "inspct"; did you mean "hawser inspect"?',
  );
});
