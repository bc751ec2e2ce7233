import assert from "node:assert/strict";
import { test } from "node:test";
import { restartRequest } from "../../../../manager/lifecycle/restart-request.ts";
import type { TaskRequest } from "../../../../manager/runtime/task-requests.ts";
import { pack } from "../../../../proto/any.ts";
import { Container } from "../../../../proto/gen/containers.ts";
import { Mount } from "../../../../proto/gen/mount.ts";
import { Options } from "../../../../proto/gen/runc-options.ts";

const options = pack(Options, { binaryName: "crun" });
const rootfs = [Mount.create({ type: "bind", source: "/root" })];
const last: TaskRequest = {
  ...{ rootfs, stdin: "", stdout: "", stderr: "", terminal: false, options, runtime: "" },
};
const spec = (terminal: boolean) => ({
  typeUrl: "spec",
  value: Buffer.from(JSON.stringify({ process: { terminal } })),
});
const container = (labels: Record<string, string>, terminal = false) =>
  Container.create({ id: "c", labels, spec: spec(terminal) });
const managed = { "hawser/managed": "true" };
const log = "hawser:///var/log/c?max-size=1000";

test("a task is made again as it was asked for, with the mounts of now", () => {
  const mounts = [Mount.create({ type: "overlay", source: "overlay" })];
  const streams = { stdin: "hawser:///", stdout: log, stderr: "hawser:///" };
  const request = restartRequest({ container: container(managed), last: { ...last, ...streams }, mounts });
  assert.deepEqual(request, { ...last, ...streams, rootfs: mounts, checkpointDir: "" });
  const bare = restartRequest({ container: container(managed), last, mounts: undefined });
  assert.deepEqual(bare.rootfs, rootfs);
});

test("a checkpoint is restored once", () => {
  const restored = pack(Options, { criuImagePath: "/image" });
  const request = restartRequest({
    container: container(managed),
    last: { ...last, options: restored },
    mounts: undefined,
  });
  assert.equal(request.options, undefined);
});

interface Row {
  readonly why: string;
  readonly labels: Record<string, string>;
  readonly terminal?: boolean;
  readonly last: Partial<TaskRequest> | undefined;
  readonly expected: readonly [stdin: string, stdout: string, stderr: string];
}

const rows: readonly Row[] = [
  {
    why: "fifos are a client's, and it may have gone",
    labels: managed,
    last: { stdin: "/run/a", stdout: "/run/b", stderr: "fifo:///run/c" },
    expected: ["", "", ""],
  },
  {
    why: "a file and a logger outlive a client",
    labels: managed,
    last: { stdout: "file:///log", stderr: "binary:///logger?id=c" },
    expected: ["", "file:///log", "binary:///logger?id=c"],
  },
  {
    why: "containerd's label names the log",
    labels: { "containerd.io/restart.loguri": "binary:///nerdctl?_" },
    last: { stdout: "/run/a", stderr: "/run/b" },
    expected: ["", "binary:///nerdctl?_", "binary:///nerdctl?_"],
  },
  {
    why: "a terminal has one stream",
    labels: { "containerd.io/restart.loguri": "binary:///nerdctl?_" },
    last: { terminal: true },
    expected: ["", "binary:///nerdctl?_", ""],
  },
  {
    why: "nobody remembers, the labels say",
    labels: { ...managed, "hawser/stdout": log, "hawser/stdin": "true" },
    last: undefined,
    expected: ["hawser:///", log, "hawser:///"],
  },
  {
    why: "nobody remembers, and it has a terminal",
    labels: { ...managed, "hawser/stdout": log },
    terminal: true,
    last: undefined,
    expected: ["", log, ""],
  },
  { why: "nobody remembers, and nothing is said", labels: managed, last: undefined, expected: ["", "", ""] },
];

for (const row of rows) {
  test(`the streams of a task that is made again: ${row.why}`, () => {
    const request = restartRequest({
      container: container(row.labels, row.terminal),
      last: row.last && { ...last, ...row.last },
      mounts: undefined,
    });
    assert.deepEqual([request.stdin, request.stdout, request.stderr], row.expected);
    assert.equal(request.terminal, row.terminal ?? row.last?.terminal ?? false);
  });
}
