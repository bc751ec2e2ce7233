import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { examine } from "../../../../manager/doctor/examine.ts";
import { findFiles } from "../../../../manager/doctor/find-files.ts";
import {
  findProcesses,
  isRootIn,
  ownPlaces,
  parseShimCommand,
} from "../../../../manager/doctor/find-processes.ts";
import { parseCrunState, parseRuncState } from "../../../../manager/doctor/find-runtime-states.ts";
import { sharedSocketOf } from "../../../../manager/doctor/records.ts";
import { Layout } from "../../../../manager/layout.ts";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { socketPathOf } from "../../../../shim/socket-address.ts";
import { parseMountTable } from "../../../../sys/mount-table.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

const commands: [why: string, line: string, expected: string | undefined][] = [
  [
    "ours, which keeps the words of its start",
    "/usr/bin/node /x/dist/containerd-shim-hawser-v2.cjs launcher=1,2 -namespace n -id a -address /s/h.sock start",
    "containerd-shim-hawser-v2 n/a /s/h.sock",
  ],
  [
    "Go's",
    "/usr/bin/containerd-shim-runc-v2 -namespace n -id a -address /s/h.sock",
    "containerd-shim-runc-v2 n/a /s/h.sock",
  ],
  [
    "one that cleans up",
    "/usr/bin/containerd-shim-runc-v2 -namespace n -address /s/h.sock -id a delete",
    undefined,
  ],
  ["somebody who reads its source", "vim shim/containerd-shim-notes.txt", undefined],
  ["another program with such flags", "prog -namespace n -id a -address /s/h.sock", undefined],
];
for (const [why, line, expected] of commands) {
  test(`parseShimCommand(): ${why}`, () => {
    const parsed = parseShimCommand(line.split(" "));
    const text = parsed && `${parsed.program} ${parsed.namespace}/${parsed.id} ${parsed.address}`;
    assert.equal(text, expected);
  });
}

test("findProcesses() knows a shim by the bundle it is in: two managers may take turns at one address", async () => {
  const dir = join(suite.dir, suite.newId());
  const address = join(dir, "hawserd.sock");
  const layoutOf = (name: string) =>
    new Layout({ root: join(dir, name, "r"), state: join(dir, name, "s"), address });
  const cwd = join(layoutOf("one").bundlesDir, "n", "a");
  mkdirSync(cwd, { recursive: true });
  // By a symlink, too, as /var/run is one.
  symlinkSync(join(dir, "one"), join(dir, "alias"));
  const words = ["containerd-shim-fake-v2", "-namespace", "n", "-id", "a", "-address", address];
  const shim = spawn("/bin/sh", ["-c", "read line", ...words], { cwd, stdio: ["pipe", "ignore", "ignore"] });
  try {
    await once(shim, "spawn");
    const pids = (name: string) => findProcesses(layoutOf(name)).shims.map(({ pid }) => pid);
    assert.deepEqual(pids("one"), [shim.pid]);
    assert.deepEqual(pids("alias"), [shim.pid]);
    assert.deepEqual(pids("other"), []);
  } finally {
    const ended = once(shim, "close");
    shim.stdin.end();
    await ended;
  }
});

const table = parseMountTable(
  [
    "1 0 8:1 / / rw - ext4 /dev/sda rw",
    "2 1 8:2 /data /var/lib rw - ext4 /dev/sdb rw",
    "3 1 0:9 / /run rw - tmpfs tmpfs rw",
  ].join("\n"),
);
const places = ownPlaces(["/var/lib/hawser/snapshots", "/run/hawser/tasks", "/srv"], table);

test("ownPlaces() knows directories by their place in their file systems", () => {
  assert.deepEqual(
    places.map((place) => place.inFileSystem),
    ["/data/hawser/snapshots", "/hawser/tasks", "/srv"],
  );
});

const roots: [why: string, line: string, expected: boolean][] = [
  [
    "an overlay of our snapshots",
    "9 8 0:5 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/var/lib/hawser/snapshots/o/3/fs",
    true,
  ],
  [
    "an overlay with a layer of ours in its middle",
    "9 8 0:5 / / rw - overlay overlay rw,lowerdir=/l:/var/lib/hawser/snapshots/o/3/fs",
    true,
  ],
  [
    "an overlay of somebody else",
    "9 8 0:5 / / rw - overlay overlay rw,lowerdir=/var/lib/hawser/snapshots.old/3",
    false,
  ],
  ["a bind mount of a copy of ours", "9 8 8:2 /data/hawser/snapshots/native/3 / rw - ext4 /dev/sdb rw", true],
  ["the host's own root", "9 8 8:1 / / rw - ext4 /dev/sda rw", false],
];
for (const [why, line, expected] of roots) {
  test(`isRootIn(): ${why}`, () => {
    const [mount] = parseMountTable(line);
    assert.ok(mount !== undefined);
    assert.equal(
      places.some((place) => isRootIn(mount, place)),
      expected,
    );
  });
}

test("states of runc and crun say bundle, init and cgroups", () => {
  const runc = {
    init_process_pid: 5,
    init_process_start: 77,
    cgroup_paths: { cpu: "/cg/cpu/a", cpuacct: "/cg/cpu/a", memory: "/cg/memory/a" },
    config: { labels: ["x=y", "bundle=/s/tasks/n/a"] },
  };
  const cgroups = ["/cg/cpu/a", "/cg/memory/a"];
  const bundleDir = "/s/tasks/n/a";
  assert.deepEqual(parseRuncState(JSON.stringify(runc)), { bundleDir, pid: 5, startTime: 77n, cgroups });
  const crun = { pid: 5, "process-start-time": 77, "cgroup-path": "/a", bundle: bundleDir };
  assert.deepEqual(parseCrunState(JSON.stringify(crun)), { bundleDir, pid: 5, startTime: 77n, cgroups: [] });
  assert.throws(() => parseRuncState("{}"));
  assert.throws(() => parseCrunState('{"pid":1}'));
});

test("findFiles() finds what lies in the places of a manager, and what begins with a dot apart", async () => {
  const [root, state] = [join(suite.dir, "r"), join(suite.dir, "s")];
  const layout = new Layout({ root, state, address: join(state, "hawserd.sock") });
  const none = await findFiles(layout);
  assert.ok(Object.values(none).every((found) => found.length === 0));
  for (const dir of [
    "r/tasks/n/a",
    "r/containers/n/b",
    "r/snapshots/overlayfs/3",
    "r/snapshots/overlayfs/x",
    "r/content/blobs/sha256",
  ])
    mkdirSync(join(suite.dir, dir), { recursive: true });
  for (const dir of ["r/content/ingest/k", "s/tasks/n/a", "s/tasks/n/.a.1.2.removed", "s/s"])
    mkdirSync(join(suite.dir, dir), { recursive: true });
  writeFileSync(join(suite.dir, "r/content/blobs/sha256/abc"), "12345");
  const dead = createServer();
  await new Promise<void>((resolve) => dead.listen(join(suite.dir, "s/s/dead"), resolve));
  renameSync(join(suite.dir, "s/s/dead"), join(suite.dir, "s/s/kept"));
  await new Promise((resolve) => dead.close(resolve));
  renameSync(join(suite.dir, "s/s/kept"), join(suite.dir, "s/s/dead"));
  const living = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => living.listen(layout.address, resolve));
  const found = await findFiles(layout);
  await new Promise((resolve) => living.close(resolve));
  assert.deepEqual(
    found.bundles.map(({ namespace, id }) => `${namespace}/${id}`),
    ["n/a"],
  );
  assert.equal(found.workDirs.length, 1);
  assert.deepEqual(
    found.containerDirs.map(({ namespace, id }) => `${namespace}/${id}`),
    ["n/b"],
  );
  assert.deepEqual(
    found.snapshotDirs.map(({ storageId }) => storageId),
    [3],
  );
  assert.deepEqual(
    found.blobs.map(({ digest, sizeBytes }) => [digest, sizeBytes]),
    [["sha256:abc", 5]],
  );
  assert.equal(found.ingests.length, 1);
  assert.deepEqual(
    found.hidden.map(({ path }) => path),
    [join(state, "tasks/n/.a.1.2.removed")],
  );
  assert.deepEqual(
    found.sockets.map(({ path, isAnswered }) => [path, isAnswered]),
    [
      [layout.address, true],
      [join(state, "s/dead"), false],
    ],
  );
});

test("the name of a container's socket is the one that a shim gives it", () => {
  const address = "/run/hawser//hawserd.sock";
  const path = sharedSocketOf(address, { namespace: "n", id: "a" });
  assert.equal(path, socketPathOf("/run/containerd/s", address, "n", "a"));
});

test("examine() finds the socket of a task's shim where the record says, and no other one there", async () => {
  const [root, state] = [join(suite.dir, "long-r"), join(suite.dir, "long-s")];
  const shared = join(suite.dir, "shared");
  for (const dir of [root, state, shared]) mkdirSync(dir);
  const layout = new Layout({ root, state, address: join(state, "hawserd.sock") });
  for (const name of ["ours", "theirs"]) {
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(join(shared, `${name}.new`), resolve));
    renameSync(join(shared, `${name}.new`), join(shared, name));
    await new Promise((resolve) => dead.close(resolve));
  }
  {
    using database = Database.open(layout.runtimePath, RUNTIME_SCHEMA);
    database
      .statement("INSERT INTO tasks VALUES ('n', 'a', 'created', '/b', 'r', '/x', ?, 2, 0, 0, 0)")
      .run(`unix://${join(shared, "ours")}`);
  }
  const { found } = await examine(layout);
  assert.deepEqual(
    found.sockets.map(({ path, isAnswered }) => [path, isAnswered]),
    [[join(shared, "ours"), false]],
  );
});
