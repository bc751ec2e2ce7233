// `hawser run` and the commands around a container's life, end to end: what comes out, what is echoed, with which status, and what
// there is afterwards. Without a terminal; those are in hawser-terminal*.test.ts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { before, test } from "node:test";
import { begin } from "../support/begin.ts";
import type { CommandOptions } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
});

const FOREVER = "while :; do sleep 1000; done";

async function hawser(words: string | readonly string[], options?: CommandOptions) {
  const args = typeof words === "string" ? words.split(" ") : words;
  return await hawserd.hawser(
    args.map((word) => (word === "IMAGE" ? imageName : word)),
    options,
  );
}

/** What it prints, without the end of the line. */
async function says(words: string | readonly string[], options?: CommandOptions): Promise<string> {
  return (await hawser(words, options)).stdout.trimEnd();
}

async function stateOf(name: string): Promise<string> {
  return await says(["ps", "--all", "--filter", `name=^${name}$`, "--format", "{{.State}}"]);
}

function check(name: string, body: () => Promise<void>): void {
  test(name, { timeout: 120_000 }, async () => {
    try {
      await hawserd.watch(body);
    } catch (error) {
      // The next test is to begin with nothing.
      const left = (await says("ps --all --quiet")).split("\n").filter(Boolean);
      if (left.length > 0) await hawser(["rm", "--force", ...left], { status: "any" });
      throw error;
    }
    await hawserd.assertEmpty();
  });
}

const scripts: [flags: string, script: string, stdout: string, status: number, why: string][] = [
  ["", "echo out; echo err >&2; exit 7", "out\n", 7, "outputs apart, and its status"],
  // What is process 1 of its namespace does not hear signals of its own.
  ["--init", "kill -9 $$", "", 137, "killed: 128 and the signal"],
  ["--init", "kill -TERM $$; sleep 5", "", 143, "ended by TERM"],
  ["-e A=1 -e B", "echo $A $B", "1 mine\n", 0, "variables, one of them ours"],
  ["-w /tmp", "pwd", "/tmp\n", 0, "a directory"],
  ["-u nobody", "id -un; echo $HOME", "nobody\n/home\n", 0, "a user of the image"],
  ["-h box", "hostname; cat /etc/hostname", "box\nbox\n", 0, "a hostname"],
  ["--add-host db:10.0.0.5", "grep -c 10.0.0.5.*db /etc/hosts", "1\n", 0, "a line in /etc/hosts"],
  ["--read-only", "touch /x 2>/dev/null || echo refused", "refused\n", 0, "a root that cannot be written"],
  ["--tmpfs /t:size=1m", "touch /t/x && echo made", "made\n", 0, "memory as a directory"],
  ["--ulimit nofile=77:88", "ulimit -n; ulimit -Hn", "77\n88\n", 0, "a limit"],
  ["--cap-drop ALL", "chown 1 /tmp 2>/dev/null || echo refused", "refused\n", 0, "rights taken away"],
  ["--init", "cat /proc/1/comm", "init\n", 0, "an init"],
  ["--entrypoint echo", "sh -c x", "sh -c x\n", 0, "an entrypoint"],
  ["--timeout 500ms", "sleep 1000", "", 137, "a time after which it is killed"],
];
for (const runtime of ["runc", "crun"]) {
  for (const [flags, script, stdout, status, why] of scripts) {
    check(`${runtime}: run ${flags}: ${why}`, async () => {
      const before = flags.split(" ").filter(Boolean);
      const words = flags.startsWith("--entrypoint") ? script.split(" ") : ["sh", "-c", script];
      const args = ["run", "--rm", "--runtime", runtime, ...before, "IMAGE", ...words];
      const result = await hawser(args, { status, env: { B: "mine" } });
      assert.equal(result.stdout, stdout);
      if (why.startsWith("outputs")) assert.equal(result.stderr, "err\n");
    });
  }
}

check("a mount is there, and what is written to it stays", async () => {
  const dir = join(suite.dir, "data");
  mkdirSync(dir);
  writeFileSync(join(dir, "in"), "from the host\n");
  const mount = ["-v", `${dir}:/data`];
  assert.equal(
    await says(["run", "--rm", ...mount, "IMAGE", "sh", "-c", "cat /data/in; echo back >/data/out"]),
    "from the host",
  );
  assert.equal(readFileSync(join(dir, "out"), "utf8"), "back\n");
});

check("input comes through a pipe, and its end ends the input", async () => {
  const bytes = Buffer.alloc(3_000_000, "0123456789abcdef");
  const result = await hawser("run --rm -i IMAGE cat", { input: bytes });
  assert.ok(result.bytes.equals(bytes));
  // Without -i there is none.
  assert.equal((await hawser("run --rm IMAGE wc -c", { input: "not for it" })).stdout.trim(), "0");
});

check("only the streams that were asked for come here", async () => {
  const result = await hawser(["run", "--rm", "-a", "stderr", "IMAGE", "sh", "-c", "echo out; echo err >&2"]);
  assert.deepEqual([result.stdout, result.stderr], ["", "err\n"]);
});

check("in the background: its id, its log, its status, and nothing before it is removed", async () => {
  const file = join(suite.dir, "cid");
  const id = await says([
    "run",
    "-d",
    "--name",
    "back",
    "--cidfile",
    file,
    "IMAGE",
    "sh",
    "-c",
    "echo said; exit 3",
  ]);
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(readFileSync(file, "utf8"), id);
  assert.equal(await says("wait back"), "3");
  assert.equal(await says("logs back"), "said");
  assert.equal(await says(`wait ${id.slice(0, 12)}`), "3");
  await until(async () => (await stateOf("back")) === "exited", { what: "it has ended" });
  assert.equal(await says("rm back"), "back");
});

check("one that is to remove itself does so in the background, too", async () => {
  await says("run -d --rm --name brief IMAGE true");
  await hawserd.assertEmpty();
});

check("create and start: attached, with its input, again and again, and its log goes on", async () => {
  await says([
    "create",
    "-i",
    "--name",
    "again",
    "IMAGE",
    "sh",
    "-c",
    "read line; echo you said $line; exit 4",
  ]);
  assert.equal(await stateOf("again"), "created");
  for (const word of ["one", "two"]) {
    const result = await hawser("start -a -i again", { input: `${word}\n`, status: 4 });
    assert.equal(result.stdout, `you said ${word}\n`);
    await until(async () => (await stateOf("again")) === "exited", { what: "it has ended" });
  }
  assert.equal(await says("logs again"), "you said one\nyou said two");
  await hawser("rm again");
});

check("start says the name that was written; one that runs is no error", async () => {
  await says(["run", "-d", "--name", "twice", "IMAGE", "sh", "-c", FOREVER]);
  assert.equal(await says("start twice"), "twice");
  await hawser("rm -f twice");
});

check("stop asks with the container's own signal, and kills after its own time", async () => {
  const polite = "trap 'echo bye; exit 5' INT; echo ready; while :; do sleep 1000 & wait; done";
  await says(["run", "-d", "--name", "polite", "--stop-signal", "INT", "IMAGE", "sh", "-c", polite]);
  await says([
    "run",
    "-d",
    "--name",
    "deaf",
    "--stop-timeout",
    "1",
    "IMAGE",
    "sh",
    "-c",
    `trap '' TERM; echo ready; ${FOREVER}`,
  ]);
  for (const name of ["polite", "deaf"]) {
    await until(async () => (await says(`logs ${name}`)) === "ready", { what: `${name} is ready` });
  }
  const stopped = await hawser("stop polite deaf no-such", { status: 1 });
  assert.equal(stopped.stdout, "polite\ndeaf\n");
  assert.match(stopped.stderr, /^hawser: find container "no-such": there is none/);
  assert.deepEqual([await says("wait polite"), await says("wait deaf")], ["5", "137"]);
  assert.equal(await says("logs polite"), "ready\nbye");
  assert.equal(await says("stop polite"), "polite", "once more is no error");
  await hawser("rm polite deaf");
});

check("kill sends a signal, and says when there is nobody to take it", async () => {
  const script = "trap 'echo hup' HUP; echo ready; while :; do sleep 1000 & wait; done";
  await says(["run", "-d", "--name", "target", "IMAGE", "sh", "-c", script]);
  await until(async () => (await says("logs target")) === "ready", { what: "it is ready" });
  assert.equal(await says("kill -s HUP target"), "target");
  await until(async () => (await says("logs target")) === "ready\nhup", { what: "the signal has come" });
  assert.equal(await says("kill target"), "target");
  assert.equal(await says("wait target"), "137");
  await until(async () => (await stateOf("target")) === "exited", { what: "it has ended" });
  assert.match(
    (await hawser("kill target", { status: 1 })).stderr,
    /it does not run; see: hawser ps --all$/m,
  );
  await hawser("rm target");
});

check("pause freezes it, unpause lets it go on; stopping a frozen one ends it", async () => {
  await says(["run", "-d", "--name", "ice", "IMAGE", "sh", "-c", FOREVER]);
  assert.equal(await says("pause ice"), "ice");
  assert.equal(await stateOf("ice"), "paused");
  assert.equal(await says("unpause ice"), "ice");
  assert.equal(await stateOf("ice"), "running");
  await hawser("pause ice");
  assert.equal(await says("stop -t 0 ice"), "ice");
  assert.equal(await says("wait ice"), "137");
  await hawser("rm ice");
});

check("restart ends it and starts it again", async () => {
  await says(["run", "-d", "--name", "phoenix", "IMAGE", "sh", "-c", `echo born; ${FOREVER}`]);
  await until(async () => (await says("logs phoenix")) === "born", { what: "it runs" });
  assert.equal(await says("restart -t 0 phoenix"), "phoenix");
  await until(async () => (await says("logs phoenix")) === "born\nborn", { what: "it runs again" });
  await hawser("rm -f phoenix");
});

check("rename gives it a name that nobody else has", async () => {
  await says("create --name first IMAGE");
  await says("create --name second IMAGE");
  assert.match(
    (await hawser("rename second first", { status: 1 })).stderr,
    /the name "first" is that of container/,
  );
  await hawser("rename second third");
  assert.equal(await stateOf("third"), "created");
  await hawser("rm first third");
});

check("update changes limits of one that runs, and keeps them", async () => {
  await says(["run", "-d", "--name", "grown", "-m", "64m", "IMAGE", "sh", "-c", FOREVER]);
  const limit = async () =>
    await says([
      "exec",
      "grown",
      "sh",
      "-c",
      "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max",
    ]);
  assert.equal(await limit(), String(64 << 20));
  assert.equal(await says("update -m 128m --pids-limit 50 grown"), "grown");
  assert.equal(await limit(), String(128 << 20));
  await hawser("restart -t 0 grown");
  assert.equal(await limit(), String(128 << 20));
  assert.match(
    (await hawser("update grown", { status: 1 })).stderr,
    /there is nothing to change; name a flag/,
  );
  await hawser("rm -f grown");
});

check("rm refuses what runs, and removes it when told to", async () => {
  await says(["run", "-d", "--name", "alive", "IMAGE", "sh", "-c", FOREVER]);
  const { stderr } = await hawser("rm alive", { status: 1 });
  assert.match(
    stderr,
    /^hawser: remove container "[0-9a-f]{64}": it is running; stop it first, or use --force$/m,
  );
  assert.equal(await says("rm -f alive"), "alive");
  const missing = await hawser("rm -f alive");
  assert.match(missing.stderr, /there is none/);
});

check("a restart policy starts it again until somebody stops it", async () => {
  await says([
    "run",
    "-d",
    "--name",
    "stubborn",
    "--restart",
    "always",
    "IMAGE",
    "sh",
    "-c",
    "echo up; sleep 0.1; exit 1",
  ]);
  const count = async () => (await says("logs stubborn")).split("\n").length;
  await until(async () => (await count()) >= 3, { what: "it was started again twice", deadline: 30_000 });
  await hawser("stop -t 0 stubborn");
  await until(async () => (await stateOf("stubborn")) === "exited", { what: "it is stopped" });
  const after = await count();
  assert.equal(await says("wait stubborn"), await says("wait stubborn"));
  assert.equal(await count(), after);
  await hawser("rm stubborn");
});

check("signals go to the container; its end is the command's", async () => {
  const script = "trap 'echo int; exit 9' INT; echo ready; while :; do sleep 1000 & wait; done";
  const program = join(import.meta.dirname, "../../bin/hawser");
  const child = spawn(program, ["run", "--rm", imageName, "sh", "-c", script], {
    env: hawserd.hawserEnv,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => said.push(chunk));
  await until(() => said.join("") === "ready\n", { what: "it is ready" });
  child.kill("SIGINT");
  const [status] = await once(child, "exit");
  assert.equal(status, 9);
  await until(() => said.join("") === "ready\nint\n", { what: "all of its output is here" });
});

check("a reader that goes away ends the command, and not the container", async () => {
  const program = join(import.meta.dirname, "../../bin/hawser");
  const child = spawn(program, ["run", "--name", "endless", imageName, "yes"], {
    env: hawserd.hawserEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors = text(child.stderr);
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [status] = await once(child, "exit");
  assert.deepEqual([status, await errors], [141, ""]);
  assert.equal(await stateOf("endless"), "running");
  await hawser("rm -f endless");
});
