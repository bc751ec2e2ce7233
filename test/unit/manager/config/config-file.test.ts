import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  formatConfig,
  lineOf,
  loadConfigFile,
  mergeConfig,
  nearestKey,
  parseConfig,
} from "../../../../manager/config/config-file.ts";
import { SETTINGS } from "../../../../manager/config/settings.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const refused: [why: string, text: string, message: string][] = [
  ["a typing error", 'rot = "/x"', '"c.toml:1": there is no setting "rot"; did you mean "root"?'],
  [
    "a typing error in a table",
    '[log]\n\n  levle = "info"',
    '"c.toml:3": there is no setting "log.levle"; did you mean "log.level"?',
  ],
  [
    "a key in the wrong table",
    '[gc]\nlevel = "info"',
    '"c.toml:2": there is no setting "gc.level"; did you mean "log.level"?',
  ],
  ["a dotted key", 'log.colour = "red"', '"c.toml:1": there is no setting "log.colour"'],
  [
    "a table that is none of ours",
    "root = '/x'\n[plugins]\na = 1",
    '"c.toml:2": there is no setting "plugins"',
  ],
  ["a table of containerd's", '[grpc]\naddress = "/x"', '"c.toml:1": there is no setting "grpc"'],
  ["a value where a table is", "log = 1", '"c.toml:1": log: expected a table, not 1'],
  ["a relative path", 'root = "x"', '"c.toml:1": root: expected an absolute path, not "x"'],
  ["a number that is a string", "\nroot = 5", '"c.toml:2": root: expected a string, not 5'],
  [
    "a word that is none",
    '[log]\nlevel = "loud"',
    '"c.toml:2": log.level: expected one of "debug", "info", "warning", "error", not "loud"',
  ],
  [
    "a fraction",
    "max_connections = 1.5",
    '"c.toml:1": max_connections: expected a whole number from 1 to 65536, not 1.5',
  ],
  [
    "a number out of range",
    "max_connections = 0",
    '"c.toml:1": max_connections: expected a whole number from 1 to 65536, not 0',
  ],
  [
    "a list with a stranger in it",
    'shim_dirs = ["/a", 1]',
    '"c.toml:1": shim_dirs: expected a list of absolute paths, not ["/a",1]',
  ],
  ["what is no TOML", "root = \n", '"c.toml:1:8": '],
  ["a key that is given twice", 'root = "/a"\nroot = "/b"', '"c.toml:2:'],
];

for (const [why, text, message] of refused) {
  test(`parseConfig() refuses ${why}, with its place`, () => {
    assert.throws(
      () => parseConfig(text, "c.toml"),
      (error: HawserError) => {
        assert.equal(error.code, Code.InvalidArgument);
        assert.ok(error.message.startsWith(`read configuration ${message}`), error.message);
        assert.ok(!error.message.includes("\n"));
        return true;
      },
    );
  });
}

test("what formatConfig() prints is read back as the same values, the defaults too", () => {
  const defaults = mergeConfig(new Map(), new Map());
  assert.deepEqual(mergeConfig(parseConfig(formatConfig(new Map()), "x"), new Map()), defaults);
  const set = new Map<string, string | number | string[]>([
    ["state", "/tmp/s"],
    ["log.level", "debug"],
    ["gid", 7],
    ["shim_dirs", ["/a", "/b"]],
  ]);
  assert.deepEqual(
    parseConfig(formatConfig(set), "x"),
    new Map([...parseConfig(formatConfig(new Map()), "x"), ...set]),
  );
});

test("mergeConfig(): what stands above wins, and the address follows the state directory", () => {
  const file = parseConfig('root = "/a/"\nstate = "/b"\n[log]\nformat = "json"\n', "x");
  const config = mergeConfig(file, new Map([["state", "/c//d/"]]));
  assert.equal(config.root, "/a");
  assert.equal(config.address, "/c/d/hawserd.sock");
  assert.deepEqual(config.log, { level: "info", format: "json" });
  assert.equal(mergeConfig(file, new Map([["address", "/e.sock"]])).address, "/e.sock");
});

test("every setting is explained, and its default is one that it would take", () => {
  for (const { key, about, fallback, flaw } of SETTINGS) {
    assert.match(about, /^[A-Z].*\.$/, key);
    if (fallback !== undefined) assert.equal(flaw(fallback), undefined, key);
  }
});

test("a file that is missing is an error only when somebody asked for it; a directory always is one", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "config.toml");
  assert.equal(loadConfigFile(path, { isOptional: true }).size, 0);
  assert.throws(() => loadConfigFile(path), { code: Code.NotFound });
  writeFileSync(path, 'state = "/s"');
  assert.equal(loadConfigFile(path).get("state"), "/s");
  mkdirSync(join(dir.path, "dir"));
  assert.throws(() => loadConfigFile(join(dir.path, "dir"), { isOptional: true }), {
    code: Code.FailedPrecondition,
  });
});

test("lineOf() and nearestKey() know when they do not know", () => {
  assert.equal(lineOf("a = { b = 1 }", "a.b"), undefined);
  assert.equal(nearestKey("something.else.entirely"), undefined);
});
