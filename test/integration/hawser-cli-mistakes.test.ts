// Mistakes on the command line of `hawser`: each is one line on standard error that says what is the matter and what to do, nothing
// on standard output, and a status that says whose mistake it was. None of them starts hawserd.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { HawserPlace } from "../support/hawser-place.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { useSuite } from "../support/suite.ts";

const suite = useSuite();
before(() => buildHawserShim());

let made: HawserPlace | undefined;
function thePlace(): HawserPlace {
  if (made !== undefined) return made;
  mkdirSync(join(suite.dir, "p"));
  made = new HawserPlace(join(suite.dir, "p"));
  return made;
}

const mistakes: readonly (readonly [line: string, said: string | RegExp])[] = [
  ["pss", 'there is no command "pss"; did you mean "hawser ps"?'],
  ["imagges", 'there is no command "imagges"; did you mean "hawser images"?'],
  ["container lss", 'there is no command "container lss"; did you mean "hawser container ls"?'],
  ["something-else-entirely", 'there is no command "something-else-entirely"; see: hawser help'],
  [
    "--all ps",
    'there is no flag "--all" that every command has: flags of a command come behind its name; see: hawser help',
  ],
  ["ps --al", 'ps: unknown option "--al"; did you mean --all?'],
  ["ps --zzz", 'ps: unknown option "--zzz"; see: hawser help ps'],
  ["ps --format", /^ps: option "--format <format>" argument missing; see: hawser help ps$/],
  ["ps extra", /^ps: too many arguments\. Expected 0 arguments but got 1.*; see: hawser help ps$/],
  ["inspect", /^inspect: missing required argument "object"; see: hawser help inspect$/],
  [
    "inspect --type volume x",
    /^inspect: option "--type <type>" argument "volume" is invalid\. Allowed choices are container, image/,
  ],
  ["ps --format {{.ID", 'ps: read template, column 1: "{{" has no "}}"'],
  ["ps --format {{uper}}", 'ps: read template, column 3: there is no function "uper"; did you mean "upper"?'],
  ["ps --last many", 'ps: --last "many": no number; write how many'],
  ["-n a/b ps", /^ps: check namespace id "a\/b": it contains "\/"; /],
  ["ps --root relative", /^ps: --root: root: expected an absolute path, not "relative"$/],
  ["--address relative ps", /^ps: --address: address: expected an absolute path/],
  ["--address unix://@x ps", /^ps: --address: address: expected an absolute path/],
  ["ps --config /nowhere.toml", /^ps: read configuration "\/nowhere\.toml": /],
  [
    "completion tcsh",
    /^completion: command-argument value "tcsh" is invalid for argument "shell"\. Allowed choices are bash, zsh, fish\.; see: hawser help completion$/,
  ],
  ["help nothing", 'there is no command "nothing"; see: hawser help'],
];

for (const [line, said] of mistakes) {
  test(`hawser ${line}: one line, and 125`, async () => {
    const { status, stdout, stderr } = await thePlace().hawser(line.split(" "));
    const [first = "", rest] = stderr.split("\n");
    assert.equal(rest, "", stderr);
    assert.ok(first.startsWith("hawser: "), stderr);
    const text = first.slice("hawser: ".length);
    if (typeof said === "string") assert.equal(text, said);
    else assert.match(text, said);
    assert.deepEqual([status, stdout], [125, ""]);
    assert.ok(!existsSync(thePlace().stateDir), "nothing was started");
  });
}

for (const words of [[], ["container"], ["image"], ["namespace"], ["system"]]) {
  test(`hawser ${words.join(" ")} alone shows what there is, and ends with 125`, async () => {
    const { status, stdout, stderr } = await thePlace().hawser(words);
    assert.match(stdout, /^Usage: hawser /);
    assert.deepEqual([status, stderr], [125, ""]);
    const help = await thePlace().hawser([...words, "--help"]);
    assert.deepEqual([help.status, help.stdout], [0, stdout]);
  });
}

test("with --debug, the error comes with where it was made", async () => {
  const { stderr } = await thePlace().hawser(["--debug", "--no-start", "ps"]);
  assert.match(stderr, /^hawser: connect to .*\n.*ExitStatus: connect to [\s\S]*\n {4}at /);
});
