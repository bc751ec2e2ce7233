import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ContainerState, StateFile } from "../../../shim/state-files.ts";
import { temporaryDir } from "../sys/support.ts";

function stateIn(bundleDir: string): ContainerState {
  const stdio = { stdin: "", stdout: "/run/out", stderr: "binary:///bin/log?id=1", isTerminal: false };
  return {
    containerId: "web",
    namespace: "default",
    bundleDir,
    socketAddress: "unix:///run/s",
    stdio,
    init: { pid: 12, startTime: 34n },
    execs: [
      { execId: "e1", stdio: { ...stdio, isTerminal: true }, process: { pid: 13, startTime: 35n } },
      { execId: "e2", stdio, process: undefined },
    ],
    runtime: { binary: "crun", root: "/run/runc/default" },
    rootfsMounts: ["/b/rootfs"],
    cgroups: { memory: "/sys/fs/cgroup/memory/web", "": "/sys/fs/cgroup/unified/web" },
  };
}

test("a state is read as it was written, by another process as well", () => {
  using dir = temporaryDir();
  const state = stateIn(dir.path);
  new StateFile(dir.path).write(state);
  assert.deepEqual(new StateFile(dir.path).read(), { value: state });
  assert.equal(statSync(join(dir.path, "shim.json")).mode & 0o777, 0o600);
  const early = { ...state, init: undefined, execs: [] };
  new StateFile(dir.path).write(early);
  assert.deepEqual(new StateFile(dir.path).read(), { value: early });
});

test("what this version does not know survives a rewrite", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "shim.json");
  const state = stateIn(dir.path);
  new StateFile(dir.path).write(state);
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), sessions: [1, 2] }));
  const file = new StateFile(dir.path);
  file.read();
  file.write({ ...state, containerId: "other" });
  const json = JSON.parse(readFileSync(path, "utf8"));
  assert.deepEqual([json.sessions, json.containerId], [[1, 2], "other"]);
});

test("a state that is unchanged is not written again", () => {
  using dir = temporaryDir();
  const file = new StateFile(dir.path);
  file.write(stateIn(dir.path));
  const { ino } = statSync(join(dir.path, "shim.json"));
  file.write(stateIn(dir.path));
  assert.equal(statSync(join(dir.path, "shim.json")).ino, ino);
});

test("a state that is missing, half, wrong or of another version is a flaw with a reason", () => {
  using dir = temporaryDir();
  const missing = new StateFile(dir.path).read();
  assert.ok(missing.value === undefined && missing.isMissing);
  new StateFile(dir.path).write(stateIn(dir.path));
  const path = join(dir.path, "shim.json");
  const json = JSON.parse(readFileSync(path, "utf8"));
  const table: [unknown, RegExp][] = [
    ["{", /JSON/],
    [{ ...json, version: 2 }, /version is 2/],
    [{ ...json, init: { pid: "x", startTime: "1" } }, /pid is not/],
    [{ ...json, execs: [1] }, /exec is not an object/],
    [{ ...json, execs: undefined }, /execs is not a list/],
    [{ ...json, rootfsMounts: [1] }, /rootfs mount is not a string/],
    [{ ...json, runtime: "runc" }, /runtime is not an object/],
    [{ ...json, stdio: { ...json.stdio, isTerminal: 1 } }, /isTerminal is not a boolean/],
  ];
  for (const [content, flaw] of table) {
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    const found = new StateFile(dir.path).read();
    assert.ok(found.value === undefined && !found.isMissing);
    assert.match(found.flaw, flaw);
  }
});
