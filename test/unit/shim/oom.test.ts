import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isErrno } from "../../../proto/errors.ts";
import { type OomNotice, OomWatch } from "../../../shim/oom.ts";
import { openFds, temporaryDir, until } from "../sys/support.ts";

const MEMORY = "/sys/fs/cgroup/memory";
const LIMIT_BYTES = 16 << 20;
// The only way to see version 1's OOM is a kernel that has it.
const skip =
  existsSync(`${MEMORY}/memory.oom_control`) && process.getuid?.() === 0
    ? false
    : "needs root and the memory controller of cgroup v1";

let count = 0;

/** A group with a limit, removed when its scope ends. */
function limitedGroup(options: { parent?: string; limitBytes?: number } = {}) {
  const dir = join(options.parent ?? MEMORY, `hawser-unit-${process.pid}-${count++}`);
  mkdirSync(dir);
  if (options.limitBytes !== undefined) {
    writeFileSync(join(dir, "memory.limit_in_bytes"), String(options.limitBytes));
    const swap = join(dir, "memory.memsw.limit_in_bytes");
    if (existsSync(swap)) writeFileSync(swap, String(options.limitBytes));
  }
  return {
    dir,
    async [Symbol.asyncDispose]() {
      // A zombie counts until it is reaped, and the kernel takes its time.
      await until(() => {
        try {
          rmdirSync(dir);
        } catch (error) {
          return isErrno(error, "ENOENT");
        }
        return true;
      }, `remove ${dir}`);
    },
  };
}

/** Runs a shell script inside a group. `eat` in it allocates without end. */
function runIn(dir: string, script: string): ChildProcess {
  const eat = "eat() { tail /dev/zero; }";
  return spawn("sh", ["-c", `echo $$ > ${dir}/cgroup.procs; ${eat}; ${script}`], {
    stdio: ["pipe", "pipe", "ignore"],
  });
}

test("a container that eats its memory is told of once, with its own limit", { skip }, async () => {
  await using group = limitedGroup({ limitBytes: LIMIT_BYTES });
  const before = openFds();
  const notices: OomNotice[] = [];
  {
    using watch = OomWatch.start({ version: "v1", dir: group.dir }, (notice) => notices.push(notice));
    const child = runIn(group.dir, "exec tail /dev/zero");
    const [code, signal] = await once(child, "exit");
    assert.deepEqual([code, signal], [null, "SIGKILL"]);
    watch.settle();
    assert.deepEqual(
      notices.map(({ limit }) => limit),
      [{ where: "container", dir: group.dir }],
    );
    assert.equal(watch.kills, 1n);
    watch.settle();
    assert.equal(notices.length, 1);
  }
  assert.deepEqual(openFds(), before);
});

test("the death of a child is told of, while its parent lives", { skip }, async () => {
  await using group = limitedGroup({ limitBytes: LIMIT_BYTES });
  const notices: OomNotice[] = [];
  using _watch = OomWatch.start({ version: "v1", dir: group.dir }, (notice) => notices.push(notice));
  const child = runIn(group.dir, "eat; read line");
  const ended = once(child, "exit");
  try {
    await until(() => notices.length === 1, "an OOM");
    assert.equal(child.exitCode ?? child.signalCode, null, "the parent lives");
    assert.equal(notices[0]?.limit.where, "container");
  } finally {
    child.stdin?.end();
    await ended;
  }
});

test("the OOM event precedes the exit: settle() tells of it before the event loop had a turn", {
  skip,
}, async () => {
  await using group = limitedGroup({ limitBytes: LIMIT_BYTES });
  const notices: OomNotice[] = [];
  using watch = OomWatch.start({ version: "v1", dir: group.dir }, (notice) => notices.push(notice));
  const { spawnSync } = await import("node:child_process");
  const { signal } = spawnSync("sh", ["-c", `echo $$ > ${group.dir}/cgroup.procs; exec tail /dev/zero`]);
  assert.equal(signal, "SIGKILL");
  assert.equal(notices.length, 0);
  watch.settle();
  assert.equal(notices.length, 1);
  // The wake is still to come and must not be told of a second time.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  watch.settle();
  assert.equal(notices.length, 1);
});

test("every further OOM is told of", { skip }, async () => {
  await using group = limitedGroup({ limitBytes: LIMIT_BYTES });
  const notices: OomNotice[] = [];
  using watch = OomWatch.start({ version: "v1", dir: group.dir }, (notice) => notices.push(notice));
  for (let round = 1; round <= 3; round++) {
    await once(runIn(group.dir, "exec tail /dev/zero"), "exit");
    watch.settle();
    assert.equal(notices.length, round);
    assert.equal(watch.kills, BigInt(round));
  }
});

test("a limit around several containers is named, and told to the one that lost a process", {
  skip,
}, async () => {
  await using pod = limitedGroup({ limitBytes: LIMIT_BYTES });
  await using victim = limitedGroup({ parent: pod.dir });
  await using neighbour = limitedGroup({ parent: pod.dir });
  const notices: OomNotice[] = [];
  const others: OomNotice[] = [];
  using watch = OomWatch.start({ version: "v1", dir: victim.dir }, (notice) => notices.push(notice));
  using other = OomWatch.start({ version: "v1", dir: neighbour.dir }, (notice) => others.push(notice));
  await once(runIn(victim.dir, "exec tail /dev/zero"), "exit");
  watch.settle();
  other.settle();
  assert.deepEqual(
    notices.map(({ limit }) => limit),
    [{ where: "above", dir: pod.dir }],
  );
  assert.deepEqual(others, []);
});

test("a group that is removed is no OOM", { skip }, async () => {
  const notices: OomNotice[] = [];
  await using group = limitedGroup({ limitBytes: LIMIT_BYTES });
  using watch = OomWatch.start({ version: "v1", dir: group.dir }, (notice) => notices.push(notice));
  rmdirSync(group.dir);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  watch.settle();
  assert.deepEqual(notices, []);
});

test("watching what is not there says so and leaves no descriptor", () => {
  const before = openFds();
  for (const version of ["v1", "v2"] as const) {
    assert.throws(
      () => OomWatch.start({ version, dir: "/sys/fs/cgroup/no/such" }, () => undefined),
      (error) => isErrno(error, "ENOENT"),
    );
  }
  assert.deepEqual(openFds(), before);
});

/** A tree that looks like version 2: a pod with a container in it. */
function unifiedTree(root: string) {
  const pod = join(root, "pod");
  const dir = join(pod, "web");
  mkdirSync(dir, { recursive: true });
  const write = (at: string, name: string, oom: number, kills: number): void =>
    writeFileSync(join(at, name), `low 0\nhigh 0\nmax 9\noom ${oom}\noom_kill ${kills}\noom_group_kill 0\n`);
  for (const at of [pod, dir]) {
    write(at, "memory.events", 0, 0);
    write(at, "memory.events.local", 0, 0);
  }
  return { pod, dir, write };
}

test("version 2: a kill is told of by inotify, with the group whose limit it was", async () => {
  using tree = temporaryDir();
  const { pod, dir, write } = unifiedTree(tree.path);
  const notices: OomNotice[] = [];
  using watch = OomWatch.start({ version: "v2", dir }, (notice) => notices.push(notice));

  write(dir, "memory.events.local", 1, 1);
  write(dir, "memory.events", 1, 1);
  await until(() => notices.length === 1, "its own limit");
  write(pod, "memory.events.local", 1, 0);
  write(dir, "memory.events.local", 1, 2);
  write(dir, "memory.events", 1, 2);
  await until(() => notices.length === 2, "the pod's limit");
  write(dir, "memory.events", 2, 3);
  await until(() => notices.length === 3, "a limit below");
  write(dir, "memory.events", 2, 4);
  watch.settle();
  assert.deepEqual(
    notices.map(({ limit }) => limit),
    [{ where: "container", dir }, { where: "above", dir: pod }, { where: "below" }, { where: "machine" }],
  );
  assert.equal(watch.kills, 4n);
});

test("version 2: reaching a limit without a kill is no OOM", async () => {
  using tree = temporaryDir();
  const { dir, write } = unifiedTree(tree.path);
  const notices: OomNotice[] = [];
  using watch = OomWatch.start({ version: "v2", dir }, (notice) => notices.push(notice));
  write(dir, "memory.events", 1, 0);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  watch.settle();
  assert.deepEqual(notices, []);
});

test("a watch that cannot be begun leaves no descriptor", () => {
  using dir = temporaryDir();
  writeFileSync(join(dir.path, "memory.oom_control"), "oom_kill 0\n");
  // Whatever makes a file of the group unreadable: this, or too many open ones.
  mkdirSync(join(dir.path, "memory.limit_in_bytes"));
  const before = openFds();
  assert.throws(() => OomWatch.start({ version: "v1", dir: dir.path }, () => undefined));
  assert.deepEqual(openFds(), before);
});
