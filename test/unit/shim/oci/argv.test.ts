import assert from "node:assert/strict";
import { test } from "node:test";
import { argv, type Command, type Family, familyOf } from "../../../../shim/oci/argv.ts";

const globals = "--root /r/ns --log /b/l.json --log-format json";
const criu = {
  imageDir: "/img",
  workDir: "/work",
  hasOpenTcp: true,
  hasExternalUnixSockets: true,
  hasTerminal: true,
  hasFileLocks: true,
  cgroupsMode: "soft",
};
const criuFlags =
  "--image-path /img --work-path /work --tcp-established --ext-unix-sk --shell-job --file-locks --manage-cgroups-mode soft";
const files = { bundleDir: "/b", pidFile: "/b/init.pid" };

const rows: { families: Family[]; command: Command; line: string; why: string }[] = [
  {
    families: ["runc", "crun"],
    command: { verb: "create", id: "web", ...files },
    line: `${globals} create --bundle /b --pid-file /b/init.pid web`,
    why: "nothing special",
  },
  {
    families: ["runc", "crun"],
    command: {
      verb: "create",
      id: "web",
      ...files,
      consoleSocket: "/s",
      noPivotRoot: true,
      noNewKeyring: true,
    },
    line: `${globals} create --bundle /b --pid-file /b/init.pid --console-socket /s --no-pivot --no-new-keyring web`,
    why: "everything",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "exec", id: "web", processFile: "/b/p.json", pidFile: "/b/x.pid", consoleSocket: "/s" },
    line: `${globals} exec --process /b/p.json --console-socket /s --detach --pid-file /b/x.pid web`,
    why: "always detached",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "start", id: "web" },
    line: `${globals} start web`,
    why: "bare",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "pause", id: "web" },
    line: `${globals} pause web`,
    why: "bare",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "resume", id: "web" },
    line: `${globals} resume web`,
    why: "bare",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "state", id: "web" },
    line: `${globals} state web`,
    why: "bare",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "ps", id: "web" },
    line: `${globals} ps --format json web`,
    why: "the table is for people",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "update", id: "web" },
    line: `${globals} update --resources=- web`,
    why: "limits come on stdin: no file",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "kill", id: "web", signal: 34, all: false },
    line: `${globals} kill web 34`,
    why: "a number, for real-time signals have no name everywhere",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "kill", id: "web", signal: 9, all: true },
    line: `${globals} kill --all web 9`,
    why: "runc 1.2 hides the flag and takes it",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "delete", id: "web", force: false },
    line: `${globals} delete web`,
    why: "refuses what runs",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "delete", id: "web", force: true },
    line: `${globals} delete --force web`,
    why: "kills what runs",
  },
  {
    families: ["runc", "crun"],
    command: {
      verb: "checkpoint",
      id: "web",
      ...criu,
      leaveRunning: true,
      parentDir: "/p",
      emptyNamespaces: ["network", "uts"],
    },
    line: `${globals} checkpoint ${criuFlags} --empty-ns network --empty-ns uts --parent-path /p --leave-running web`,
    why: "everything",
  },
  {
    families: ["runc", "crun"],
    command: { verb: "checkpoint", id: "web", imageDir: "/img", leaveRunning: false },
    line: `${globals} checkpoint --image-path /img web`,
    why: "nothing special",
  },
  {
    families: ["runc"],
    command: { verb: "restore", id: "web", ...files, ...criu, noPivotRoot: true, consoleSocket: "/s" },
    line: `${globals} restore ${criuFlags} --detach --pid-file /b/init.pid --console-socket /s --no-pivot --no-subreaper --bundle /b web`,
    why: "everything",
  },
  {
    families: ["crun"],
    command: { verb: "restore", id: "web", ...files, ...criu, noPivotRoot: true, consoleSocket: "/s" },
    line: `${globals} restore ${criuFlags} --detach --pid-file /b/init.pid --console-socket /s --bundle /b web`,
    why: "crun knows neither --no-pivot nor --no-subreaper here",
  },
  { families: ["runc", "crun"], command: { verb: "version" }, line: "--version", why: "about no container" },
  { families: ["runc", "crun"], command: { verb: "features" }, line: "features", why: "about no container" },
];

for (const { families, command, line, why } of rows) {
  for (const family of families) {
    test(`argv() of ${family} ${command.verb}: ${why}`, () => {
      const args = argv({ family, rootDir: "/r/ns", logFile: "/b/l.json" }, command);
      assert.deepEqual(args, line.split(" "));
    });
  }
}

test("argv() leaves the log out when there is none, and asks for systemd's cgroups before the command", () => {
  const args = argv(
    { family: "runc", rootDir: "/r/ns", hasSystemdCgroup: true },
    { verb: "start", id: "web" },
  );
  assert.deepEqual(args, ["--root", "/r/ns", "--systemd-cgroup", "start", "web"]);
});

test("argv() keeps a path with spaces one argument", () => {
  const args = argv(
    { family: "runc", rootDir: "/r s" },
    { verb: "create", id: "web", bundleDir: "/b b", pidFile: "/p p" },
  );
  assert.deepEqual(args, ["--root", "/r s", "create", "--bundle", "/b b", "--pid-file", "/p p", "web"]);
});

const binaries: [string, Family][] = [
  ["runc", "runc"],
  ["crun", "crun"],
  ["/usr/bin/crun", "crun"],
  ["/opt/crun-1.15-linux-amd64", "crun"],
  ["/opt/crun/runc", "runc"],
  ["youki", "runc"],
  ["/usr/bin/nvidia-container-runtime", "runc"],
];
for (const [binary, family] of binaries) {
  test(`familyOf("${binary}") is ${family}`, () => assert.equal(familyOf(binary), family));
}
