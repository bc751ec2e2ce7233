// `npm start`, as its user sees it: what it prints, how it ends, and that nothing of it is left.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { readMachineState } from "../support/machine-state.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const suite = useSuite();
const program = join(import.meta.dirname, "../../manager/cli/main.ts");

// In a directory of its own, so that what it leaves there is seen.
function demonstrate(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return demonstrateIn({}, ...args);
}

function demonstrateIn(
  env: NodeJS.ProcessEnv,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [program, "demonstration", ...args], {
    env: { ...process.env, TMPDIR: suite.dir, ...env },
    timeout: 60_000,
  });
}

for (const runtime of ["io.containerd.runc.v2", "io.containerd.hawser.v2"]) {
  test(`the demonstration shows a container's life on ${runtime} and its events, and exits with 0`, async () => {
    const { stdout, stderr } = await demonstrate(runtime);
    assert.equal(stderr, "");
    const events = [...stdout.matchAll(/^ {2}event {2}│ (.*)$/gm)].map((match) => match[1]);
    assert.deepEqual(events, [
      "/tasks/create",
      "/tasks/start",
      "/tasks/exec-added",
      "/tasks/exec-started",
      "/tasks/exit status 0",
      "/tasks/exit status 7",
      "/tasks/delete",
    ]);
    for (const line of [
      /^ {2}created; init is pid \d+$/m,
      /^ {2}stdout │ Hello from hawser, I am pid 1$/m,
      /^ {2}exec {3}│ I see the processes 1 /m,
      /^ {2}the exec ended with status 0$/m,
      /^ {2}stdout │ I was asked to stop and leave with status 7$/m,
      /^ {2}the container ended with status 7 and is deleted$/m,
      /^ {2}7 events arrived, in the order in which things happened$/m,
    ]) {
      assert.match(stdout, line);
    }
  });

  test(`the demonstration on ${runtime} leaves no shim, socket, cgroup, mount or file`, async () => {
    const { stdout } = await demonstrate(runtime);
    const socket = /listens on unix:\/\/(\S+)/.exec(stdout)?.[1];
    const pid = /init is pid (\d+)/.exec(stdout)?.[1];
    assert.ok(socket !== undefined && pid !== undefined);
    assert.ok(!existsSync(socket), `${socket} is left`);
    await until(() => !existsSync(`/proc/${pid}`), { what: `the end of process ${pid}` });
    assert.deepEqual(readdirSync(suite.dir), []);
    const { mounts } = readMachineState(suite.dir);
    assert.deepEqual(mounts, []);
  });
}

test("without a name of a runtime, the demonstration runs on both shims", async () => {
  const { stdout } = await demonstrate();
  assert.match(
    stdout,
    /a container through \S*containerd-shim-runc-v2\n[\s\S]*a container through \S*containerd-shim-hawser-v2\n/,
  );
});

test("a runtime that is not there is one sentence on stderr and exit status 1", async () => {
  const missing = join(suite.dir, "no-shim");
  await assert.rejects(demonstrate(missing), {
    code: 1,
    stderr: `hawser: runtime "${missing}": no such program\n`,
  });
  assert.deepEqual(readdirSync(suite.dir), []);
});

test("who is not root is told so in one sentence", async () => {
  // Not somebody else in truth, who might not be allowed to read this program.
  const somebody = "data:text/javascript,process.geteuid = () => 65534";
  const demonstration = run(process.execPath, ["--import", somebody, program, "demonstration"], {
    timeout: 60_000,
  });
  await assert.rejects(demonstration, {
    code: 1,
    stderr: "hawser: needs root, because it makes containers: run it with sudo\n",
  });
});

for (const runtime of ["io.containerd.runc.v2", "io.containerd.hawser.v2"]) {
  for (const verb of ["create", "start", "exec"]) {
    test(`a demonstration on ${runtime} whose OCI runtime fails in ${verb} says so, ends and leaves nothing`, async () => {
      const dir = await brokenRuntimes(verb);
      try {
        const env = { PATH: `${dir}${delimiter}${process.env["PATH"]}` };
        await assert.rejects(demonstrateIn(env, runtime), { code: 1, stderr: /^hawser: .+\n$/ });
        assert.deepEqual(readdirSync(suite.dir), [basename(dir)]);
      } finally {
        await rm(dir, { recursive: true });
      }
    });
  }
}

/** A directory for PATH with OCI runtimes that fail in one verb. */
async function brokenRuntimes(verb: string): Promise<string> {
  const dir = join(suite.dir, suite.newId());
  await mkdir(dir);
  for (const name of ["runc", "crun"]) {
    const real = (await run("which", [name])).stdout.trim();
    const script = [
      `for word do [ "$word" != ${verb} ] || { echo broken for this test >&2; exit 1; }; done`,
      `exec ${real} "$@"`,
    ];
    await writeFile(join(dir, name), `#!/bin/sh\n${script.join("\n")}\n`, { mode: 0o755 });
  }
  return dir;
}
