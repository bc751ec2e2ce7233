import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContainerFacts, containerSpec } from "../../../../manager/oci/container-spec.ts";
import type { ContainerWish } from "../../../../manager/oci/container-wish.ts";
import { execProcess } from "../../../../manager/oci/exec-process.ts";
import { HOST } from "./support.ts";

const facts: ContainerFacts = {
  host: HOST,
  image: { env: ["A=1"], entrypoint: ["/ep"], cmd: ["serve"], workingDir: "/srv" },
  rootPath: "rootfs",
  hostname: "box",
  user: { user: { uid: 0, gid: 0 }, homeDir: "/root" },
  etcMounts: [{ destination: "/etc/hosts", type: "bind", source: "/x/hosts", options: ["rbind"] }],
};
const plain: ContainerWish = { namespace: "ns", id: "web" };
const make = (wish: Partial<ContainerWish> = {}, more: Partial<ContainerFacts> = {}) =>
  containerSpec({ ...plain, ...wish }, { ...facts, ...more });
const types = (spec: ReturnType<typeof make>) => spec.linux.namespaces.map(({ type }) => type).join();

test("a container for which nobody asked for anything", () => {
  const { process, linux, root, hostname, mounts } = make();
  assert.deepEqual(process.args, ["/ep", "serve"]);
  assert.equal(process.cwd, "/srv");
  assert.equal(process.terminal, false);
  assert.deepEqual(process.env.slice(1), ["HOSTNAME=box", "HOME=/root", "A=1"]);
  assert.equal(process.capabilities?.bounding.length, 14);
  assert.equal(process.noNewPrivileges, false);
  assert.equal(process.oomScoreAdj, 0);
  assert.equal(hostname, "box");
  assert.deepEqual(root, { path: "rootfs" });
  assert.equal(linux.cgroupsPath, "/hawser/ns--web");
  assert.equal(linux.seccomp?.defaultErrnoRet, 38);
  assert.deepEqual(linux.resources?.devices?.[0], { allow: false, access: "rwm" });
  assert.ok(linux.maskedPaths?.includes("/proc/kcore"));
  assert.ok(linux.readonlyPaths?.includes("/proc/sys"));
  assert.deepEqual(
    mounts.map(({ destination }) => destination),
    ["/proc", "/dev", "/sys", "/dev/pts", "/dev/shm", "/dev/mqueue", "/etc/hosts", "/sys/fs/cgroup"],
  );
});

test("namespaces follow the network and the version of cgroups", () => {
  assert.equal(types(make()), "pid,ipc,uts,mount,network,cgroup");
  assert.equal(types(make({ network: "host" })), "pid,ipc,uts,mount,cgroup");
  assert.equal(types(make({}, { host: { ...HOST, cgroupVersion: "v1" } })), "pid,ipc,uts,mount,network");
  assert.equal(make({ network: "host" }).linux.sysctl, undefined);
});

test("a privileged container has everything, and nothing is hidden", () => {
  const { process, linux, mounts } = make({ isPrivileged: true });
  assert.equal(process.capabilities?.effective.length, 41);
  assert.equal(linux.seccomp, undefined);
  assert.deepEqual([linux.maskedPaths, linux.readonlyPaths], [[], []]);
  assert.deepEqual(linux.resources?.devices, [{ allow: true, access: "rwm" }]);
  assert.ok(linux.devices?.some(({ path }) => path === "/dev/null"));
  for (const place of ["/sys", "/sys/fs/cgroup"]) {
    const mount = mounts.find(({ destination }) => destination === place);
    assert.ok(mount?.options?.includes("rw") && !mount.options.includes("ro"), place);
  }
});

test("privileged and yet confined, as far as somebody asks", () => {
  const { process, linux } = make({
    isPrivileged: true,
    capabilities: { drop: ["SYS_ADMIN"] },
    security: {
      hasNoNewPrivileges: true,
      seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [] },
    },
  });
  assert.equal(process.capabilities?.bounding.includes("CAP_SYS_ADMIN"), false);
  assert.equal(process.noNewPrivileges, true);
  assert.equal(linux.seccomp?.defaultAction, "SCMP_ACT_ALLOW");
});

test("another user has the bounding set and no capability at once", () => {
  const { process } = make({}, { user: { user: { uid: 33, gid: 33 }, homeDir: "/srv" } });
  assert.equal(process.capabilities?.bounding.length, 14);
  assert.deepEqual(process.capabilities?.effective, []);
});

test("an init stands in front, and comes with its mount", () => {
  const { process, mounts } = make({ hasInit: true }, { initProgram: "/usr/bin/tini-static" });
  assert.deepEqual(process.args, ["/dev/init", "--", "/ep", "serve"]);
  const places = mounts.map(({ destination }) => destination);
  assert.ok(places.indexOf("/dev/init") > places.indexOf("/dev"));
});

test("a terminal has its size from the start", () => {
  const size = { width: 80, height: 24 };
  const { process } = make({ isTerminal: true, consoleSize: size });
  assert.deepEqual(process.consoleSize, size);
  assert.ok(process.env.includes("TERM=xterm"));
  assert.equal(make({ consoleSize: size }).process.consoleSize, undefined);
});

test("an exec is like its container in all that nobody asked to be different", () => {
  const spec = make({ ulimits: [{ flag: "--ulimit", type: "RLIMIT_CORE", soft: 0n, hard: 0n }] });
  const process = execProcess(spec, { args: ["id"], env: ["B=2"] }, HOST.capabilities);
  assert.deepEqual(process, {
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: ["id"],
    env: [...spec.process.env, "B=2"],
    cwd: "/srv",
    capabilities: spec.process.capabilities,
    rlimits: spec.process.rlimits,
    noNewPrivileges: false,
    oomScoreAdj: 0,
  });
});

test("an exec as another user has his home, and a privileged one every capability", () => {
  const user = { user: { uid: 33, gid: 33 }, homeDir: "/srv" };
  const asked = { args: ["id"], user, isPrivileged: true, isTerminal: true };
  const process = execProcess(make(), asked, HOST.capabilities);
  assert.ok(process.env.includes("HOME=/srv") && process.env.includes("TERM=xterm"));
  assert.equal(process.capabilities?.bounding.length, 41);
  assert.deepEqual(process.capabilities?.effective, []);
});
