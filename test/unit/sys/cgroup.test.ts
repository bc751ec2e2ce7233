import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  addToCgroup,
  cgroupDir,
  cgroupPids,
  cgroups,
  cgroupsIn,
  cgroupsOf,
  enableControllers,
  makeCgroup,
  parseProcCgroup,
  readCgroupFile,
  removeCgroup,
} from "../../../sys/cgroup.ts";
import { parseMountTable } from "../../../sys/mount-table.ts";
import { temporaryDir } from "./support.ts";

const v1Line = (name: string, options: string) =>
  `1 2 0:3 / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,nosuid,${options}\n`;
const v2Line = (path: string) => `1 2 0:3 / ${path} rw - cgroup2 cgroup2 rw,nsdelegate\n`;

test("cgroupsIn(): which hierarchies a machine has", () => {
  const table: [string, string, Record<string, string>, string | undefined][] = [
    ["", "none", {}, undefined],
    [v2Line("/sys/fs/cgroup"), "v2", {}, "/sys/fs/cgroup"],
    [v1Line("memory", "memory"), "v1", { memory: "/sys/fs/cgroup/memory" }, undefined],
    [
      v1Line("cpu,cpuacct", "cpu,cpuacct") +
        v1Line("systemd", "xattr,name=systemd") +
        v2Line("/sys/fs/cgroup/unified"),
      "hybrid",
      {
        cpu: "/sys/fs/cgroup/cpu,cpuacct",
        cpuacct: "/sys/fs/cgroup/cpu,cpuacct",
        "name=systemd": "/sys/fs/cgroup/systemd",
      },
      "/sys/fs/cgroup/unified",
    ],
  ];
  for (const [text, version, v1, unified] of table) {
    const found = cgroupsIn(parseMountTable(text));
    assert.equal(found.version, version);
    assert.deepEqual(Object.fromEntries(found.v1), v1);
    assert.equal(found.unified, unified);
  }
});

test("parseProcCgroup() and cgroupDir(): recorded texts", () => {
  const v2 = cgroupsIn(parseMountTable(v2Line("/sys/fs/cgroup")));
  const v1 = cgroupsIn(parseMountTable(v1Line("cpu,cpuacct", "cpu,cpuacct") + v1Line("memory", "memory")));
  const systemd = parseProcCgroup("0::/system.slice/a:b@1.service\n");
  assert.deepEqual(systemd, [{ controllers: [], path: "/system.slice/a:b@1.service" }]);
  assert.equal(cgroupDir(systemd, undefined, v2), "/sys/fs/cgroup/system.slice/a:b@1.service");
  assert.equal(cgroupDir(systemd, "memory", v2), undefined);
  const old = parseProcCgroup(
    "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n0::/\nrubbish\n",
  );
  assert.equal(old.length, 4);
  assert.equal(cgroupDir(old, "memory", v1), "/sys/fs/cgroup/memory/docker/abc");
  assert.equal(cgroupDir(old, "cpuacct", v1), "/sys/fs/cgroup/cpu,cpuacct/docker/abc");
  assert.equal(cgroupDir(old, "pids", v1), undefined);
  assert.equal(cgroupDir(old, undefined, v1), undefined);
  assert.deepEqual(parseProcCgroup("0::/\n"), [{ controllers: [], path: "/" }]);
  assert.equal(parseProcCgroup("0::/gone (deleted)\n")[0]?.path, "/gone (deleted)");
});

test("a process is moved into a new group, found there, and the group removed once it is empty", async (t) => {
  const where = cgroups();
  const mountPoint = where.v1.get("pids") ?? where.unified;
  if (mountPoint === undefined) return t.skip("no cgroup hierarchy is mounted");
  const dir = join(mountPoint, `hawser-test-${randomUUID()}`);
  const inner = join(dir, "inner");
  makeCgroup(inner);
  makeCgroup(inner);
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  assert.ok(child.pid);
  const exit = once(child, "exit");
  addToCgroup(inner, child.pid);
  assert.deepEqual(cgroupPids(dir), [child.pid]);
  const controller = where.v1.has("pids") ? "pids" : undefined;
  assert.equal(cgroupDir(cgroupsOf(child.pid) ?? [], controller, where), inner);
  assert.equal(removeCgroup(dir), false);
  child.kill("SIGKILL");
  await exit;
  assert.deepEqual(cgroupPids(dir), []);
  assert.equal(removeCgroup(dir), true);
  assert.equal(existsSync(dir), false);
  assert.equal(removeCgroup(dir), true, "again is no error");
  assert.equal(readCgroupFile(dir, "cgroup.procs"), undefined);
  assert.deepEqual(cgroupPids(dir), []);
  assert.equal(cgroupsOf(0x7fff_fff0), undefined);
});

// A version 2 with free controllers is not on every machine: these are its files.
test("enableControllers() turns on what is off in every group above, tries all, and throws the first error", () => {
  using temporary = temporaryDir();
  const root = temporary.path;
  const control = (group: string): string => join(root, group, "cgroup.subtree_control");
  mkdirSync(join(root, "slice/pod/web"), { recursive: true });
  writeFileSync(join(root, "cgroup.controllers"), "cpu memory\n");
  writeFileSync(control(""), "cpu memory\n");
  writeFileSync(control("slice"), "cpu\n");
  writeFileSync(control("slice/pod"), "memory\n");
  enableControllers(join(root, "slice/pod/web"), root);
  const written = ["", "slice", "slice/pod"].map((group) => readFileSync(control(group), "utf8"));
  assert.deepEqual(written, ["cpu memory\n", "+memory", "+cpu"]);
  assert.equal(existsSync(control("slice/pod/web")), false);

  assert.throws(() => enableControllers(join(root, "slice/none/web"), root), { code: "ENOENT" });
  enableControllers(join(root, "../elsewhere"), root);
  assert.equal(existsSync(join(root, "../cgroup.subtree_control")), false);
});
