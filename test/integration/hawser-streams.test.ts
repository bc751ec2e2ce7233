// `hawser run`, `exec` and `attach` with pipes instead of a terminal: half-close, exit statuses, signals that are passed on, readers
// that go away, and what of it is refused.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { before, test } from "node:test";
import { begin } from "../support/begin.ts";
import { type CommandOptions, command } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const HAWSER = resolve(import.meta.dirname, "../../bin/hawser");
const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
  await hawser(["run", "-d", "--name", "host", imageName, "sleep", "100000"]);
});

async function hawser(args: readonly string[], options?: CommandOptions) {
  return await hawserd.hawser(args, options);
}

/** A line of the shell, with `hawser` in it. */
async function line(script: string, options: CommandOptions = {}) {
  const env = { ...hawserd.hawserEnv, hawser: HAWSER };
  return await command("/bin/sh", ["-c", script], { ...options, env });
}

function start(args: readonly string[]): ChildProcess {
  return spawn(HAWSER, args, { env: hawserd.hawserEnv, stdio: ["pipe", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<number> {
  const [code, signal] = await once(child, "close");
  assert.equal(signal, null);
  return code;
}

test("stdout and stderr stay apart, and the status is the program's", { timeout: 60_000 }, async () => {
  const script = "echo out; echo err >&2; exit 5";
  for (const words of [
    ["run", "--rm", imageName],
    ["exec", "host"],
  ]) {
    const { status, stdout, stderr } = await hawser([...words, "sh", "-c", script], { status: "any" });
    assert.deepEqual([status, stdout, stderr], [5, "out\n", "err\n"], words.join(" "));
  }
  assert.equal((await hawser(["exec", "host", "sh", "-c", "kill -9 $$"], { status: "any" })).status, 137);
});

test("the end of a pipe is the end of the input: tar through exec, both ways", {
  timeout: 60_000,
}, async () => {
  const dir = join(suite.dir, "tree");
  await mkdir(join(dir, "sub"), { recursive: true });
  await writeFile(join(dir, "sub/a"), "alpha");
  await writeFile(join(dir, "b"), Buffer.alloc(3_000_000, "b"));
  await line(`tar c -C ${dir} . | $hawser exec -i host sh -c 'mkdir /in && tar x -C /in'`);
  await line(`mkdir ${dir}-back && $hawser exec host tar c -C /in . | tar x -C ${dir}-back`);
  await line(`diff -r ${dir} ${dir}-back`);
});

test("run -i reads a pipe to its end, and without -i the input is empty", { timeout: 60_000 }, async () => {
  const { stdout } = await line(`printf 'a\\nb\\n' | $hawser run --rm -i ${imageName} sort -r`);
  assert.equal(stdout, "b\na\n");
  assert.equal((await line(`echo lost | $hawser run --rm ${imageName} cat`)).stdout, "");
  assert.equal((await line(`$hawser exec -i host cat < ${import.meta.filename} | head -c 2`)).stdout, "//");
});

test("a program that does not read its input holds nobody up", { timeout: 60_000 }, async () => {
  const { stdout } = await line("yes | $hawser exec -i host echo done");
  assert.equal(stdout, "done\n");
});

test("a reader that goes away ends hawser quietly", { timeout: 60_000 }, async () => {
  const { stdout, stderr } = await line(
    "{ $hawser exec --id endless --on-disconnect kill host yes; echo $? >&2; } | head -n 2",
  );
  assert.equal(stdout, "y\ny\n");
  assert.equal(stderr, "141\n");
});

test("without a terminal, signals are passed on, and the third of them ends hawser", {
  timeout: 60_000,
}, async () => {
  const child = start([
    "run",
    "--rm",
    imageName,
    "sh",
    "-c",
    "trap 'exit 9' INT; echo up; while :; do sleep 0.1; done",
  ]);
  await once(child.stdout as never, "data");
  child.kill("SIGINT");
  assert.equal(await ended(child), 9);

  const deaf = start([
    "exec",
    "--id",
    "deaf",
    "host",
    "sh",
    "-c",
    "trap '' INT; echo up; while :; do sleep 0.1; done",
  ]);
  await once(deaf.stdout as never, "data");
  for (let count = 0; count < 3; count++) {
    deaf.kill("SIGINT");
    // One at a time: two of a kind that wait are one to the kernel.
    await until(() => deaf.exitCode !== null || !isPending(deaf.pid ?? 0), { what: "the signal" });
  }
  assert.equal(await ended(deaf), 130);
  await hawser(["exec", "rm", "-f", "host", "deaf"]);
});

/** Whether a process has a SIGINT that it has not taken yet. */
function isPending(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mask = BigInt(`0x${/^ShdPnd:\s*(\w+)/m.exec(status)?.[1] ?? "0"}`);
  return (mask & 2n) !== 0n;
}

test("attach --no-sig-proxy leaves the container to itself", { timeout: 60_000 }, async () => {
  await hawser([
    "run",
    "-d",
    "--name",
    "chatty",
    imageName,
    "sh",
    "-c",
    "while :; do echo tick; sleep 0.1; done",
  ]);
  const child = start(["attach", "--no-sig-proxy", "chatty"]);
  await once(child.stdout as never, "data");
  child.kill("SIGINT");
  assert.equal(await ended(child), 130);
  assert.match((await hawser(["ps", "--filter", "name=chatty"])).stdout, / Up /);
  await hawser(["rm", "-f", "chatty"]);
});

test("the end of one's input is not the end of the container's, unless attach is told so", {
  timeout: 60_000,
}, async () => {
  await hawser(["run", "-d", "-i", "--name", "shared", imageName, "sh"]);
  const child = start(["attach", "--no-sig-proxy", "shared"]);
  child.stdin?.end("echo heard\n");
  await once(child.stdout as never, "data");
  child.kill("SIGINT");
  assert.equal(await ended(child), 130);
  assert.match((await hawser(["ps", "--filter", "name=shared"])).stdout, / Up /);
  const last = await hawser(["attach", "--end-input", "shared"], { input: "echo last\nexit 4\n", status: 4 });
  assert.equal(last.stdout, "last\n");
  await hawser(["rm", "shared"]);
});

test("attach begins where it is told, and of what has ended it has what is left", {
  timeout: 60_000,
}, async () => {
  await hawser(["run", "--name", "brief", imageName, "sh", "-c", "printf 0123456789; exit 6"], { status: 6 });
  for (const [flags, expected] of [
    [["--replay", "all"], "0123456789"],
    [["--replay", "3"], "789"],
    [["--from-offset", "4"], "456789"],
  ] as const) {
    const { stdout, status } = await hawser(["attach", ...flags, "brief"], { status: "any" });
    assert.deepEqual([stdout, status], [expected, 6], flags.join(" "));
  }
  const { stderr } = await hawser(["attach", "brief"], { status: 1 });
  assert.match(stderr, /^hawser: attach to container "\w+": it has ended; .*hawser start -ai starts it\n$/);
  await hawser(["rm", "brief"]);
});

test("an exec in the background has an id, a time limit that says so, and an end that is kept", {
  timeout: 60_000,
}, async () => {
  const { stdout } = await hawser([
    "exec",
    "-d",
    "--timeout",
    "200ms",
    "host",
    "sh",
    "-c",
    "sleep 98761 & sleep 98761",
  ]);
  const id = stdout.trim();
  assert.match(id, /^[0-9a-f]{12}$/);
  const child = start(["exec", "attach", "--replay", "all", "host", id]);
  const said = text(child.stderr as never);
  assert.equal(await ended(child), 137);
  assert.match(await said, /^hawser: its time was up: it was killed, with all its processes$/m);
  assert.equal((await line("ps -o args= -A | grep -c '[s]leep 98761$'", { status: "any" })).stdout, "0\n");
  assert.match((await hawser(["exec", "ls", "host"])).stdout, new RegExp(`^${id} +Exited \\(137\\)`, "m"));
  await hawser(["exec", "rm", "host", id]);
});

const mistakes: readonly [words: string[], status: number, message: RegExp][] = [
  [["exec", "nobody", "true"], 125, /find container "nobody": there is none/],
  [["exec", "host", "no-such-program"], 127, /there is no such program in the container/],
  [["exec", "host", "/etc"], 126, /cannot be executed/],
  [["exec", "host"], 125, /missing required argument "command"/],
  [["exec", "-it", "host", "sh"], 125, /-t: the input here is no terminal; leave out -t/],
  [["exec", "--detach-keys", "ctrl-", "host", "true"], 125, /--detach-keys "ctrl-": .* is no key/],
  [["exec", "--on-disconnect", "cry", "host", "true"], 125, /--on-disconnect "cry": .*keep, hangup or kill/],
  [["exec", "--timeout", "soon", "host", "true"], 125, /--timeout "soon": no duration/],
  [["exec", "-u", "nobody-knows", "host", "true"], 125, /there is no user "nobody-knows"/],
  [["exec", "-e", "=x", "host", "true"], 125, /--env "=x": no name of a variable/],
  [["exec", "--env-file", "/no/such", "host", "true"], 125, /--env-file "\/no\/such"/],
  [["exec", "--id", "a/b", "host", "true"], 125, /a\/b/],
  [["exec", "-w", "relative", "host", "true"], 125, /--workdir "relative"/],
  [["exec", "attach", "host", "nobody"], 1, /find exec "nobody": the container has none of that id/],
  [["exec", "kill", "-s", "NOSUCH", "host", "x"], 1, /--signal "NOSUCH": there is no such signal/],
  [["attach", "nobody"], 1, /find container "nobody"/],
  [["attach", "--replay", "much", "host"], 1, /--replay "much": no size/],
  [["attach", "--from-offset", "-1", "host"], 1, /--from-offset "-1": no place/],
  [["attach", "--from-offset", "99999999999", "host"], 1, /has not come to 99999999999/],
];

for (const [words, status, message] of mistakes) {
  test(`"hawser ${words.join(" ")}" is refused in one line`, { timeout: 60_000 }, async () => {
    const { stdout, stderr } = await hawser(words, { status, input: "" });
    assert.match(stderr, message);
    assert.match(stderr, /^hawser: [^\n]*\n$/);
    assert.equal(stdout, "");
  });
}

test("nothing is left of them", { timeout: 60_000 }, async () => {
  assert.equal((await hawser(["exec", "ls", "-q", "host"])).stdout.replace("endless\n", ""), "");
  await hawser(["rm", "-f", "host"]);
  await hawserd.assertEmpty();
});
