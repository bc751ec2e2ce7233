import assert from "node:assert/strict";
import { test } from "node:test";
import type { Facts, TaskFact } from "../../../../manager/doctor/facts.ts";
import { FINDING_KINDS, judge } from "../../../../manager/doctor/judge.ts";

const now = new Date("2026-01-02T00:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const old = ago(3600);
const place = (path: string, changedAt = old) => ({ path, inode: 1n, changedAt });
const dir = (namespace: string, id: string, changedAt = old) => ({
  ...place(`/s/tasks/${namespace}/${id}`, changedAt),
  namespace,
  id,
});
const task = (namespace: string, id: string, pids: number[] = []): TaskFact => ({
  namespace,
  id,
  pids,
});
const shim = (pid: number, namespace: string, id: string, startedAt = old) => ({
  pid,
  startTime: 1n,
  startedAt,
  namespace,
  id,
  program: "shim",
});
const running = (pid: number, ancestors: number[] = [], cgroups: string[] = [], startedAt = old) => ({
  pid,
  startTime: 1n,
  startedAt,
  command: "sleep",
  ancestors,
  cgroups,
});

interface Given {
  isServed?: boolean;
  owned?: Partial<Facts["owned"]>;
  found?: Partial<Facts["found"]>;
}

function facts({ isServed = true, owned, found }: Given): Facts {
  const nothing = {
    ...{
      bundles: [],
      workDirs: [],
      containerDirs: [],
      snapshotDirs: [],
      blobs: [],
      ingests: [],
      hidden: [],
      sockets: [],
    },
    ...{ mounts: [], shims: [], processes: [], cgroups: [], runtimeStates: [] },
  };
  return {
    now,
    isServed,
    rootDir: "/r",
    stateDir: "/s",
    owned: {
      ...{ tasks: [], containers: new Set(), digests: new Set(), snapshots: new Set() },
      ...{ leases: new Set(), leasedIngests: new Set() },
      ...owned,
    },
    found: { ...nothing, ...found },
  };
}

const ingest = (ageSeconds: number, fields: { ref?: string; lease?: string } = {}) => ({
  ...place("/r/i", ago(ageSeconds)),
  ...{ namespace: "n", ref: "layer", lease: "" },
  ...fields,
});

const blob = (digest: string, changedAt = old) => ({
  ...place(`/r/${digest}`, changedAt),
  digest,
  sizeBytes: 5,
});
const snapshot = (storageId: number) => ({
  ...place(`/r/${storageId}`),
  snapshotter: "overlayfs",
  storageId,
});
const cgroup = (id: string, pids: number[]) => ({ ...place(`/cg/${id}`), namespace: "n", id, pids });

const cases: [why: string, given: Given, findings: string[]][] = [
  ["nothing is nothing", {}, []],
  [
    "a bundle with a task is owned",
    { owned: { tasks: [task("n", "a")] }, found: { bundles: [dir("n", "a")] } },
    [],
  ],
  ["a bundle without one is not", { found: { bundles: [dir("n", "a")] } }, ["bundle /s/tasks/n/a"]],
  [
    "a task of another namespace does not own it",
    { owned: { tasks: [task("m", "a")] }, found: { bundles: [dir("n", "a")] } },
    ["bundle /s/tasks/n/a"],
  ],
  ["a bundle of a moment ago is in the making", { found: { bundles: [dir("n", "a", ago(59))] } }, []],
  ["a minute is enough", { found: { bundles: [dir("n", "a", ago(60))] } }, ["bundle /s/tasks/n/a"]],
  ["a clock that was set back makes nothing old", { found: { bundles: [dir("n", "a", ago(-3600))] } }, []],
  [
    "a work directory without a task",
    { found: { workDirs: [dir("n", "a")] } },
    ["work-directory /s/tasks/n/a"],
  ],
  [
    "a container's directory without a record",
    { found: { containerDirs: [dir("n", "a", ago(3600))] } },
    ["container-directory /s/tasks/n/a"],
  ],
  [
    "one of less than an hour may be of a container that is being made",
    { found: { containerDirs: [dir("n", "a", ago(3599))] } },
    [],
  ],
  [
    "one of a container without a task is owned",
    { owned: { containers: new Set(["n/a"]) }, found: { containerDirs: [dir("n", "a", ago(3600))] } },
    [],
  ],
  [
    "a shim with its task is owned",
    { owned: { tasks: [task("n", "a")] }, found: { shims: [shim(5, "n", "a")] } },
    [],
  ],
  [
    "a shim of a group, by its pid",
    { owned: { tasks: [task("n", "b", [5])] }, found: { shims: [shim(5, "n", "a")] } },
    [],
  ],
  ["a shim whose record is gone", { found: { shims: [shim(5, "n", "a")] } }, ["shim pid 5, shim of n/a"]],
  ["a shim that has just been started", { found: { shims: [shim(5, "n", "a", ago(3))] } }, []],
  [
    "a process below a shim that is owned",
    {
      owned: { tasks: [task("n", "a")] },
      found: { shims: [shim(5, "n", "a")], processes: [running(9, [8, 5])] },
    },
    [],
  ],
  [
    "a process below one of a task",
    { owned: { tasks: [task("n", "a", [8])] }, found: { processes: [running(9, [8, 1])] } },
    [],
  ],
  [
    "a process beside one of a task",
    {
      owned: { tasks: [task("n", "a", [8])] },
      found: { processes: [running(8, [], ["/c"]), running(9, [1], ["/c"])] },
    },
    [],
  ],
  [
    "a process whose shim nobody owns",
    { found: { shims: [shim(5, "n", "a")], processes: [running(9, [5])] } },
    ["shim pid 5, shim of n/a", "process pid 9, sleep"],
  ],
  [
    "a process below a shim that is in the making",
    { found: { shims: [shim(5, "n", "a", ago(3))], processes: [running(9, [5], [], ago(2))] } },
    [],
  ],
  ["a process that has nobody", { found: { processes: [running(9, [1])] } }, ["process pid 9, sleep"]],
  [
    "a runtime's memory of what is no task",
    { found: { runtimeStates: [{ ...dir("n", "a"), init: undefined }] } },
    ["runtime-state /s/tasks/n/a"],
  ],
  [
    "a mount in a task's bundle",
    {
      owned: { tasks: [task("n", "a")] },
      found: { mounts: [{ target: "/s/tasks/n/a/rootfs", type: "overlay" }] },
    },
    [],
  ],
  [
    "a mount in a bundle without a task",
    { found: { mounts: [{ target: "/s/tasks/n/a/rootfs", type: "overlay" }] } },
    ["mount /s/tasks/n/a/rootfs (overlay)"],
  ],
  [
    "a mount in a bundle that is in the making",
    {
      found: {
        bundles: [dir("n", "a", ago(1))],
        mounts: [{ target: "/s/tasks/n/a/rootfs", type: "overlay" }],
      },
    },
    [],
  ],
  [
    "a mount for a moment, of a hawserd that runs",
    { found: { mounts: [{ target: "/r/tmp/x", type: "overlay" }] } },
    [],
  ],
  [
    "a mount for a moment, of one that does not",
    { isServed: false, found: { mounts: [{ target: "/r/tmp/x", type: "overlay" }] } },
    ["mount /r/tmp/x (overlay)"],
  ],
  [
    "an empty cgroup of a container without a task",
    { found: { cgroups: [cgroup("a", [])] } },
    ["cgroup /cg/a"],
  ],
  [
    "one of a container with a task",
    { owned: { tasks: [task("n", "a")] }, found: { cgroups: [cgroup("a", [])] } },
    [],
  ],
  ["one with a stranger in it is somebody else's", { found: { cgroups: [cgroup("a", [77])] } }, []],
  [
    "one whose processes nobody owns",
    { found: { cgroups: [cgroup("a", [9])], processes: [running(9)] } },
    ["process pid 9, sleep", "cgroup /cg/a"],
  ],
  ["a socket that is answered", { found: { sockets: [{ ...place("/s/s/x"), isAnswered: true }] } }, []],
  [
    "a socket that is not",
    { found: { sockets: [{ ...place("/s/s/x"), isAnswered: false }] } },
    ["socket /s/s/x"],
  ],
  [
    "a snapshot with a record",
    { owned: { snapshots: new Set(["overlayfs/3"]) }, found: { snapshotDirs: [snapshot(3)] } },
    [],
  ],
  [
    "a snapshot without one",
    { owned: { snapshots: new Set(["native/3"]) }, found: { snapshotDirs: [snapshot(3)] } },
    ["snapshot /r/3"],
  ],
  [
    "a blob with a record",
    { owned: { digests: new Set(["sha256:a"]) }, found: { blobs: [blob("sha256:a")] } },
    [],
  ],
  ["a blob without one", { found: { blobs: [blob("sha256:a")] } }, ["blob /r/sha256:a"]],
  ["a blob that was committed a moment ago", { found: { blobs: [blob("sha256:a", ago(1))] } }, []],
  [
    "without a database nobody knows",
    {
      owned: { containers: undefined, digests: undefined, snapshots: undefined },
      found: { blobs: [blob("sha256:a")], snapshotDirs: [snapshot(3)] },
    },
    [],
  ],
  ["an ingest of today can be resumed", { found: { ingests: [ingest(80_000)] } }, []],
  ["an ingest of the day before yesterday", { found: { ingests: [ingest(90_000)] } }, ["ingest /r/i"]],
  [
    "one that a lease names",
    { owned: { leasedIngests: new Set(["n/layer"]) }, found: { ingests: [ingest(90_000)] } },
    [],
  ],
  [
    "one that was begun under a lease which lives",
    { owned: { leases: new Set(["n/l"]) }, found: { ingests: [ingest(90_000, { lease: "l" })] } },
    [],
  ],
  [
    "one that was begun under a lease which has ended",
    { owned: { leases: new Set(["other/l"]) }, found: { ingests: [ingest(90_000, { lease: "l" })] } },
    ["ingest /r/i"],
  ],
  [
    "what was being removed",
    { found: { hidden: [place("/s/.x"), place("/s/.y", ago(5))] } },
    ["remains /s/.x"],
  ],
  ["what hawserd may be removing now", { found: { hidden: [place("/r/.x")] } }, []],
  [
    "what hawserd was removing when it ended",
    { isServed: false, found: { hidden: [place("/r/.x")] } },
    ["remains /r/.x"],
  ],
];

for (const [why, given, expected] of cases) {
  test(`judge(): ${why}`, () => {
    const findings = judge(facts(given));
    assert.deepEqual(
      findings.map(({ kind, name }) => `${kind} ${name}`),
      expected,
    );
    for (const { why: reason } of findings) assert.match(reason, /^[a-z]/);
  });
}

test("judge() lists findings in the order in which they can be removed", () => {
  const found: Partial<Facts["found"]> = {
    hidden: [place("/h")],
    blobs: [blob("sha256:a")],
    bundles: [dir("n", "a")],
    mounts: [{ target: "/s/tasks/n/a/rootfs", type: "overlay" }],
    processes: [running(9)],
    shims: [shim(5, "n", "a")],
  };
  const order = judge(facts({ found })).map(({ kind }) => FINDING_KINDS.indexOf(kind));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.equal(order.length, 6);
});
