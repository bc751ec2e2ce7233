// `npm start`, as its user sees it: at a terminal, without one, with the command line's words; and that nothing of it is left.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { begin } from "../support/begin.ts";
import { command } from "../support/command.ts";
import { useSuite } from "../support/suite.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
const run = join(import.meta.dirname, "../../scripts/run");

before(async () => {
  await begin(suite);
});

/** Nothing carries the name of its place: no directory, no process, no mount. */
async function assertGone(place: string): Promise<void> {
  assert.match(place, /^\/tmp\/hawser-[A-Za-z0-9]{6}$/);
  assert.equal(existsSync(place), false, `${place} is left`);
  await until(() => !processes().some((args) => args.includes(place)), {
    what: "its processes have ended",
    logs: { processes: () => processes().join("\n") },
  });
  assert.equal(readFileSync("/proc/self/mounts", "utf8").includes(place), false);
}

function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")];
      } catch {
        return []; // it has ended
      }
    });
}

function placeIn(said: string): string {
  return dirname(dirname(/log: (\S+)/.exec(said)?.[1] ?? ""));
}

test("without a terminal, npm start demonstrates what it promises, exits with 0 and leaves nothing", async () => {
  const { stdout, stderr } = await command(run, ["start"], { deadlineMs: 90_000 });
  assert.equal(stderr, "");
  for (const line of [
    /^ {2}hello from a container$/m,
    /^ {2}exit status 7$/m,
    /kill -9 of hawserd, pid \d+/,
    /^ {2}1 to 3000: every line came, once and in order; exit status 3$/m,
    /^ {2}counter {2}Exited \(3\) /m,
    /^ {2}3000 lines in its log$/m,
    /\/tasks\/exit/,
  ]) {
    assert.match(stdout, line);
  }
  await assertGone(placeIn(stdout));
});

test("at a terminal, npm start is a shell that can be left and come back to, and leaves nothing", async () => {
  await using terminal = await Terminal.open(suite.dir, "start", [run, "start"]);
  await terminal.shows(/\/ #/);
  const place = placeIn(await terminal.screen());
  await terminal.type("echo $((6 * 7)) > /tmp/answer; cat /tmp/answer");
  await terminal.shows(/^42$/m);
  await terminal.press("C-p", "C-q");
  await terminal.shows(/You have left the shell, and it runs/);
  await terminal.press("Enter");
  await terminal.shows(/\/ #/);
  await terminal.type("echo again $(cat /tmp/answer)");
  await terminal.shows(/^again 42$/m);
  await terminal.type("exit 4");
  assert.equal(await terminal.ended(), 4);
  assert.match(await terminal.screen(), /The shell has ended with status 4/);
  await assertGone(place);
});

test("with words, npm start is the command line", async () => {
  const { stdout } = await command(run, ["start", "help", "run"]);
  assert.match(stdout, /^Usage: hawser run /);
  const { status } = await command(run, ["start", "no-such-command"], { status: "any" });
  assert.equal(status, 125);
});

test("who is not root is told so in one sentence", async () => {
  // Not somebody else in truth, who might not be allowed to read this program.
  const somebody = "data:text/javascript,process.geteuid = () => 65534";
  const program = join(import.meta.dirname, "../../manager/cli/main.ts");
  const args = ["--no-warnings", "--import", somebody, program, "first-run"];
  const { stderr } = await command(process.execPath, args, { status: 1 });
  assert.match(stderr, /^hawser: first run: makes containers, which needs root; run it with sudo\n$/);
});
