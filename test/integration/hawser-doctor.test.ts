// `hawser doctor` on things that are really left over: it finds each, leaves what is young or owned, and removes the rest, with
// hawserd and without. Age is what the doctor goes by, so what a test makes is found at a later time: the clock of the
// program is moved.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { sharedSocketOf } from "../../manager/doctor/records.ts";
import { mountAll } from "../../sys/mount.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
let archive = "";
before(async () => {
  archive = await begin(suite);
});

/** The clock of `hawser`, two hours ahead: what was made a moment ago is old then. */
const LATER = `data:text/javascript,${encodeURIComponent(`
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + 7_200_000);
    else super(...args);
  }
};`)}`;
const later = { ...process.env, NODE_OPTIONS: `--import=${LATER}` };

interface Found {
  kind: string;
  name: string;
  outcome?: string;
}

async function doctor(
  hawserd: Hawserd,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ status: number; findings: Found[] }> {
  const command = ["doctor", "--format", "json", ...args];
  const { status, stdout, stderr } = await hawserd.hawser(command, { status: "any", env });
  assert.equal(stderr, "");
  return { status, findings: (JSON.parse(stdout) as { findings: Found[] }).findings };
}

/** Leaves one of each kind of file behind, and a mount. Returns the kinds. */
async function leaveThings(hawserd: Hawserd): Promise<string[]> {
  const bundle = join(hawserd.stateDir, "tasks", hawserd.namespace, "lost");
  mkdirSync(join(bundle, "rootfs"), { recursive: true });
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=64k"] }], join(bundle, "rootfs"));
  mkdirSync(join(hawserd.rootDir, "tasks", hawserd.namespace, "lost"), { recursive: true });
  mkdirSync(join(hawserd.rootDir, "containers", hawserd.namespace, "lost"), { recursive: true });
  mkdirSync(join(hawserd.rootDir, "snapshots/overlayfs/4242/fs"), { recursive: true });
  mkdirSync(join(hawserd.stateDir, "tasks", hawserd.namespace, ".old.1.1.removed"));
  writeFileSync(join(hawserd.rootDir, "content/blobs/sha256", "e".repeat(64)), "lost");
  const socket = join(hawserd.stateDir, "s/dead");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  renameSync(socket, `${socket}.kept`);
  await new Promise((resolve) => server.close(resolve));
  renameSync(`${socket}.kept`, socket);
  return [
    "mount",
    "socket",
    "bundle",
    "work-directory",
    "container-directory",
    "snapshot",
    "blob",
    "remains",
  ];
}

for (const isServed of [true, false]) {
  const how = isServed ? "while hawserd runs" : "without hawserd";
  test(`hawser doctor finds what is left over, and removes it, ${how}`, async () => {
    const dir = join(suite.dir, isServed ? "a" : "b");
    mkdirSync(dir);
    await using hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
    await hawserd.importImage(archive);
    const run = ["run", "--detach", "--runtime", "io.containerd.hawser.v2", "--fifo-dir", join(dir, "fifo")];
    await hawserd.ctr([...run, imageName, "living", "sleep", "1000"]);
    const kinds = await leaveThings(hawserd);
    if (!isServed) await hawserd.stop();

    assert.deepEqual(
      await doctor(hawserd, [], process.env),
      { status: 0, findings: [] },
      "all of it is young",
    );
    const found = await doctor(hawserd, [], later);
    assert.equal(found.status, 1);
    assert.deepEqual(
      found.findings.map(({ kind }) => kind),
      kinds,
    );
    const removed = await doctor(hawserd, ["--remove"], later);
    assert.equal(removed.status, 0, JSON.stringify(removed.findings));
    assert.deepEqual(
      removed.findings.map(({ kind, outcome }) => [kind, outcome]),
      kinds.map((kind) => [kind, "removed"]),
    );
    assert.deepEqual(await doctor(hawserd, [], later), { status: 0, findings: [] });
    for (const { name } of found.findings) assert.ok(!existsSync(name.replace(/ \(.*/, "")), name);

    if (!isServed) await hawserd.restart();
    const exec = [
      "tasks",
      "exec",
      "--exec-id",
      "one",
      "--fifo-dir",
      join(dir, "fifo"),
      "living",
      "echo",
      "alive",
    ];
    assert.equal((await hawserd.ctr(exec)).stdout, "alive\n");
    await hawserd.ctr(["tasks", "delete", "--force", "living"]);
    await hawserd.ctr(["containers", "delete", "living"]);
    await hawserd.assertEmpty();
  });
}

for (const [name, runtime, place] of [
  ["our", "io.containerd.hawser.v2", "c"],
  ["containerd's", "io.containerd.runc.v2", "e"],
] as const) {
  test(`${name} shim and a container whose records are gone are found and ended, and the socket is found`, async () => {
    const dir = join(suite.dir, place);
    mkdirSync(dir);
    await using hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
    await hawserd.importImage(archive);
    const run = ["run", "--detach", "--runtime", runtime, "--fifo-dir", join(dir, "fifo")];
    await hawserd.ctr([...run, imageName, "lost", "sleep", "1000"]);
    const socket = sharedSocketOf(hawserd.address, { namespace: hawserd.namespace, id: "lost" });
    // Ours listens there only when hawserd's own directory is too long, containerd's of 1.6 cannot be told another place.
    if (runtime === "io.containerd.runc.v2") assert.ok(existsSync(socket));
    await hawserd.stop();
    for (const suffix of ["", "-wal", "-shm"])
      rmSync(join(hawserd.rootDir, `runtime.db${suffix}`), { force: true });
    const { findings } = await doctor(hawserd, [], later);
    const kinds = new Set(findings.map(({ kind }) => kind));
    for (const kind of ["shim", "process", "runtime-state", "mount", "bundle"]) {
      assert.ok(kinds.has(kind), `${kind} of ${JSON.stringify(findings)}`);
    }
    assert.ok(hawserd.shimPids().length === 1);
    await doctor(hawserd, ["--remove"], later);
    assert.deepEqual(hawserd.shimPids(), []);
    // What of it another thing held (a process in a cgroup, a mount in a bundle) goes in a second round.
    await until(async () => (await doctor(hawserd, ["--remove"], later)).status === 0, {
      what: "nothing is left",
    });
    assert.ok(!existsSync(socket));
    await hawserd.restart();
    await hawserd.ctr(["containers", "delete", "lost"]);
    await hawserd.assertEmpty();
  });
}

test("a database that cannot be read is an error, and nothing is removed", async () => {
  const dir = join(suite.dir, "d");
  mkdirSync(dir);
  await using hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.stop();
  writeFileSync(join(hawserd.rootDir, "metadata.db"), "not a database\n".repeat(100));
  const { status, stderr } = await hawserd.hawser(["doctor", "--remove"], { status: "any" });
  assert.equal(status, 2);
  assert.match(stderr, /^hawser: open database ".*metadata\.db": /);
});
