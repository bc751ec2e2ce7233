import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { type HawserdCommand, readCommandLine } from "../../../manager/command-line.ts";
import { Code, HawserError } from "../../../proto/errors.ts";
import { temporaryDir } from "../../support/temporary-directory.ts";

const dir = temporaryDir();
after(() => dir[Symbol.dispose]());
const file = join(dir.path, "config.toml");
writeFileSync(file, 'root = "/from-file"\nstate = "/from-file"\naddress = "/from-file"\n');

function read(argv: string[], env: NodeJS.ProcessEnv = { HAWSER_CONFIG: file }): HawserdCommand {
  return readCommandLine(argv, env, "1.2.3");
}

test("a flag weighs more than the environment, which weighs more than the file", () => {
  const env = { HAWSER_CONFIG: file, HAWSER_ROOT: "/from-env", HAWSER_STATE: "/from-env" };
  const command = read(["--root", "/from-flag", "--log-level=debug"], env);
  assert.ok(command.kind === "serve");
  const { root, state, address, log } = command.config;
  assert.deepEqual([root, state, address], ["/from-flag", "/from-env", "/from-file"]);
  assert.deepEqual(log, { level: "debug", format: "text" });
});

test("an empty variable is none", () => {
  const command = read([], { HAWSER_CONFIG: file, HAWSER_ROOT: "" });
  assert.ok(command.kind === "serve" && command.config.root === "/from-file");
  assert.equal(command.configFile, file);
});

const printed: [argv: string[], pattern: RegExp][] = [
  [["--version"], /^hawserd 1\.2\.3\n$/],
  [["-v"], /^hawserd 1\.2\.3\n$/],
  [["--help"], /--log-level <level>\s+debug, info, warning or error \(HAWSER_LOG_LEVEL\)/],
  [["config", "default"], /^# .*\nroot = "\/var\/lib\/hawser"\n/],
  [["config", "dump"], /\nstate = "\/from-file"\n/],
  [["--state", "/x", "config", "dump"], /\nstate = "\/x"\n/],
  [["config", "--help"], /dump/],
];

for (const [argv, pattern] of printed) {
  test(`hawserd ${argv.join(" ")} prints what it should`, () => {
    const command = read(argv);
    assert.ok(command.kind === "print");
    assert.match(command.text, pattern);
  });
}

const refused: [argv: string[], env: NodeJS.ProcessEnv, message: RegExp][] = [
  [["--rot", "/x"], {}, /^unknown option '--rot'/],
  [["serve"], {}, /^too many arguments|unknown command 'serve'/],
  [["--root", "x"], {}, /^--root: root: expected an absolute path, not "x"$/],
  [[], { HAWSER_LOG_LEVEL: "loud" }, /^HAWSER_LOG_LEVEL: log\.level: expected one of /],
  [["config"], {}, /^a command is missing$/],
  [["--root"], {}, /argument missing/],
];

for (const [argv, env, message] of refused) {
  test(`hawserd ${argv.join(" ")} ${JSON.stringify(env)} is refused in one line`, () => {
    assert.throws(
      () => read(argv, env),
      (error) => {
        assert.ok(error instanceof HawserError && error.code === Code.InvalidArgument, String(error));
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
