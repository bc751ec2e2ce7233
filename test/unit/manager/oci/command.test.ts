import assert from "node:assert/strict";
import { test } from "node:test";
import { type CommandSources, commandOf, workingDirOf } from "../../../../manager/oci/command.ts";
import { refuses } from "./support.ts";

const image = { imageEntrypoint: ["ep"], imageCommand: ["cmd", "1"] };
const rows: [sources: CommandSources, expected: string[], why: string][] = [
  [image, ["ep", "cmd", "1"], "the image's entrypoint and command"],
  [{ imageCommand: ["cmd"] }, ["cmd"], "the image's command alone"],
  [{ imageEntrypoint: ["ep"] }, ["ep"], "the image's entrypoint alone"],
  [{ ...image, command: ["x"] }, ["ep", "x"], "a command takes the place of the image's"],
  [{ ...image, entrypoint: ["sh"] }, ["sh"], "an entrypoint makes the image's command void"],
  [{ ...image, entrypoint: ["sh", "-c"], command: ["x"] }, ["sh", "-c", "x"], "both asked for"],
  [{ ...image, entrypoint: [], command: ["x"] }, ["x"], "the image's entrypoint is taken away"],
];
for (const [sources, expected, why] of rows) {
  test(`commandOf() is ${expected.join(" ")}: ${why}`, () => {
    assert.deepEqual(commandOf(sources), expected);
  });
}

test("commandOf() refuses nothing to run", () => {
  refuses(
    () => commandOf({}),
    /^command: there is nothing to run: .*; write a command behind the image's name/,
  );
  refuses(() => commandOf({ ...image, entrypoint: [] }), /^--entrypoint: there is nothing to run/);
  refuses(() => commandOf({ command: [""] }), /^command "": the program has no name/);
});

test("workingDirOf() is the wish, else the image's, else the root", () => {
  const asked = (dir: string) => ({ flag: "--workdir", value: dir, dir });
  assert.equal(workingDirOf(undefined), "/");
  assert.equal(workingDirOf(undefined, ""), "/");
  assert.equal(workingDirOf(undefined, "srv"), "/srv");
  assert.equal(workingDirOf(asked("/a/../b"), "/srv"), "/b");
  assert.equal(workingDirOf(asked(""), "/srv"), "/srv");
  refuses(
    () => workingDirOf(asked("b")),
    '--workdir "b": a place in the container is wanted; write a path that begins with /',
  );
});
