// One table for every parser of the command line's values: what is written, and what it comes to or why it is refused.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseCpuset } from "../../../../../manager/cli/values/cpuset.ts";
import { parseDevice, parseDeviceRule } from "../../../../../manager/cli/values/device.ts";
import { parseDuration } from "../../../../../manager/cli/values/duration.ts";
import { parseEnv, parseEnvText, readEnvFile } from "../../../../../manager/cli/values/env.ts";
import { parseIoLimit } from "../../../../../manager/cli/values/io-limit.ts";
import { parseLabel } from "../../../../../manager/cli/values/label.ts";
import { parseMemoryLimit, parseMemorySize } from "../../../../../manager/cli/values/memory-size.ts";
import { parseMount } from "../../../../../manager/cli/values/mount.ts";
import { parseHostEntry, parseNetwork } from "../../../../../manager/cli/values/network.ts";
import { parseCpus, parseInteger, parsePidsLimit } from "../../../../../manager/cli/values/number.ts";
import { parseSecurityOptions } from "../../../../../manager/cli/values/security-opt.ts";
import { parseSignal } from "../../../../../manager/cli/values/signal.ts";
import { parseSysctl } from "../../../../../manager/cli/values/sysctl.ts";
import { parseTmpfs } from "../../../../../manager/cli/values/tmpfs.ts";
import { parseUlimit } from "../../../../../manager/cli/values/ulimit.ts";
import { parseUser } from "../../../../../manager/cli/values/user.ts";
import { parseVolume } from "../../../../../manager/cli/values/volume.ts";
import { isInvalidArgument } from "../../../../../proto/errors.ts";
import { useSuite } from "../../../../support/suite.ts";
import { refuses } from "../../oci/support.ts";

const suite = useSuite();
const FLAG = "--flag";
const ours = { HERE: "yes" };

/** Objects lose where they were written: that is checked by the refusals. */
function bare(result: unknown): unknown {
  if (typeof result !== "object" || result === null || Array.isArray(result)) return result;
  const { flag: _flag, value: _value, ...rest } = result as Record<string, unknown>;
  return JSON.parse(
    JSON.stringify(rest, (_key, value) => (typeof value === "bigint" ? `${value}n` : (value as unknown))),
  );
}

const parsers: Record<string, (value: string) => unknown> = {
  size: (value) => parseMemorySize(FLAG, value),
  limit: (value) => parseMemoryLimit(FLAG, value),
  duration: (value) => parseDuration(FLAG, value),
  integer: (value) => parseInteger(FLAG, value, -1, 10),
  cpus: (value) => parseCpus(FLAG, value),
  pids: (value) => parsePidsLimit(FLAG, value),
  cpuset: (value) => parseCpuset(FLAG, value),
  ulimit: (value) => parseUlimit(FLAG, value),
  volume: (value) => parseVolume(FLAG, value, "/cwd"),
  tmpfs: (value) => parseTmpfs(FLAG, value),
  mount: (value) => parseMount(FLAG, value, "/cwd"),
  device: (value) => parseDevice(FLAG, value),
  rule: (value) => parseDeviceRule(FLAG, value),
  user: (value) => parseUser(FLAG, value),
  signal: (value) => parseSignal(FLAG, value),
  env: (value) => parseEnv(FLAG, value, ours),
  label: (value) => parseLabel(FLAG, value),
  sysctl: (value) => parseSysctl(FLAG, value),
  network: (value) => parseNetwork(FLAG, value),
  host: (value) => parseHostEntry(FLAG, value),
  io: (value) => parseIoLimit(FLAG, value, "bytes"),
};

const bindDefaults = { kind: "bind", isReadOnly: false, isRecursive: true };
const table: [parser: string, value: string, expected: unknown][] = [
  ["size", "512m", 512 << 20],
  ["size", "1.5G", 1.5 * 2 ** 30],
  ["size", "64kb", 65_536],
  ["size", "2MiB", 2 << 20],
  ["size", "100", 100],
  ["size", "0b", 0],
  ["size", "-1", /^--flag "-1": no size; write a number with b, k, m or g, such as 512m$/],
  ["size", "12q", /no size/],
  ["size", "", /no size/],
  ["size", "9999999999p", /no size/],
  ["size", "1e3", /no size/],
  ["limit", "-1", -1],
  ["limit", "1k", 1024],
  ["duration", "10", 10_000],
  ["duration", "0", 0],
  ["duration", "1h30m", 5_400_000],
  ["duration", "1.5s", 1_500],
  ["duration", "250ms", 250],
  ["duration", "5 minutes", /no duration/],
  ["duration", "-1s", /no duration/],
  ["duration", "", /no duration/],
  ["integer", "10", 10],
  ["integer", "-1", -1],
  ["integer", "11", /no whole number from -1 to 10/],
  ["integer", "1.5", /no whole number/],
  ["integer", "", /no whole number/],
  ["cpus", "1.5", 1.5],
  ["cpus", ".5", 0.5],
  ["cpus", "0", /no number of processors/],
  ["cpus", "", /no number of processors/],
  ["cpus", "-1", /no number of processors/],
  ["pids", "100", 100],
  ["pids", "0", -1],
  ["pids", "-2", /no whole number/],
  ["cpuset", "0-2,5", [0, 1, 2, 5]],
  ["cpuset", "x", /no list of numbers/],
  ["ulimit", "nofile=1024:2048", { type: "RLIMIT_NOFILE", soft: "1024n", hard: "2048n" }],
  ["ulimit", "core=0", { type: "RLIMIT_CORE", soft: "0n", hard: "0n" }],
  ["ulimit", "memlock=-1", { type: "RLIMIT_MEMLOCK" }],
  ["ulimit", "nproc=5:unlimited", { type: "RLIMIT_NPROC", soft: "5n" }],
  ["ulimit", "nofile", /there is no limit ""/],
  ["ulimit", "files=1", /there is no limit "files"; write one of as, core/],
  ["ulimit", "nofile=a", /a limit is a number/],
  ["ulimit", "nofile=2:1", /the soft limit is above the hard one/],
  ["ulimit", "nofile=-1:1", /the soft limit is above/],
  ["volume", "/a:/b", { ...bindDefaults, source: "/a", target: "/b", options: [] }],
  ["volume", "./a:/b:ro", { ...bindDefaults, source: "/cwd/a", target: "/b", isReadOnly: true, options: [] }],
  ["volume", ".:/b", { ...bindDefaults, source: "/cwd", target: "/b", options: [] }],
  [
    "volume",
    "/a:/b:z,rshared,noexec,cached",
    {
      ...bindDefaults,
      source: "/a",
      target: "/b",
      relabel: "z",
      propagation: "rshared",
      options: ["noexec"],
    },
  ],
  [
    "volume",
    "data:/b",
    /"data" would be a named volume, which hawser does not have; write a path: \/… or \.\/data$/,
  ],
  ["volume", "/b", /hawser keeps no volumes of its own/],
  ["volume", ":/b", /hawser keeps no volumes/],
  ["volume", "/a:b", /"b" is no place in the container/],
  ["volume", "/a:/", /the root itself/],
  ["volume", "/a:/b:ro:x", /too many colons/],
  ["volume", "/a:/b:fast", /the option "fast" is not known/],
  ["tmpfs", "/t", { kind: "tmpfs", target: "/t", options: [] }],
  ["tmpfs", "/t:size=64m,mode=1777", { kind: "tmpfs", target: "/t", options: ["size=64m", "mode=1777"] }],
  ["tmpfs", "t", /no place in the container/],
  ["tmpfs", "/t:upperdir=/", /a tmpfs has no option "upperdir=\/"/],
  ["mount", "type=bind,src=/a,dst=/b", { ...bindDefaults, source: "/a", target: "/b" }],
  [
    "mount",
    'type=bind,"source=/a,b",target=/b,ro',
    { ...bindDefaults, source: "/a,b", target: "/b", isReadOnly: true },
  ],
  [
    "mount",
    "type=bind,source=./a,destination=/b,readonly=false,bind-propagation=rslave,bind-nonrecursive",
    { ...bindDefaults, source: "/cwd/a", target: "/b", propagation: "rslave", isRecursive: false },
  ],
  [
    "mount",
    "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777",
    { kind: "tmpfs", target: "/t", options: ["size=1048576", "mode=1777"] },
  ],
  ["mount", "source=a,target=/b", /hawser has no mounts of type "volume"; write type=bind/],
  ["mount", "type=bind,source=a,target=/b", /the source is no path/],
  ["mount", "type=bind,source=/a", /no place in the container/],
  ["mount", "type=bind,source=/a,target=/b,speed=1", /a bind mount has no "speed"; use type, source/],
  ["mount", "type=bind,src=/a,source=/a,target=/b", /source is there twice/],
  ["mount", "type=bind,source=/a,target=/b,ro=maybe", /readonly is true or false/],
  ["mount", 'type=bind,"source=/a', /its quotes do not match/],
  ["mount", "type=bind,,target=/b", /a field is empty/],
  ["mount", "type=bind,source=/a,target=/b,bind-propagation=x", /there is no propagation "x"/],
  ["mount", "type=tmpfs,target=/t,tmpfs-mode=9", /tmpfs-mode is no mode/],
  ["device", "/dev/fuse", { source: "/dev/fuse", target: "/dev/fuse", access: "rwm" }],
  ["device", "/dev/a:r", { source: "/dev/a", target: "/dev/a", access: "r" }],
  ["device", "/dev/a:/dev/b", { source: "/dev/a", target: "/dev/b", access: "rwm" }],
  ["device", "/dev/a:/dev/b:rw", { source: "/dev/a", target: "/dev/b", access: "rw" }],
  ["device", "fuse", /no path of a device/],
  ["device", "/dev/a:/dev/b:rr", /"rr" are no rights/],
  ["device", "/dev/a:/dev/b:x", /"x" are no rights/],
  ["rule", "c 10:200 rwm", { allow: true, type: "c", major: 10, minor: 200, access: "rwm" }],
  ["rule", "b 8:* r", { allow: true, type: "b", major: 8, access: "r" }],
  ["rule", "x 1:1 r", /no rule/],
  ["user", "web", { user: "web" }],
  ["user", "1000:100", { user: "1000", group: "100" }],
  ["user", "", /no user/],
  ["user", ":g", /no user/],
  ["user", "a:", /no user/],
  ["user", "a:b:c", /no user/],
  ["signal", "term", 15],
  ["signal", "SIGRTMIN+3", 37],
  ["signal", "0", /there is no such signal/],
  ["signal", "SIGNOPE", /there is no such signal/],
  ["env", "A=1=2", "A=1=2"],
  ["env", "A=", "A="],
  ["env", "HERE", "HERE=yes"],
  ["env", "GONE", "GONE"],
  ["env", "=1", /no name of a variable/],
  ["env", "A B=1", /no name of a variable/],
  ["env", "A=\0", /zero byte/],
  ["label", "a=b=c", ["a", "b=c"]],
  ["label", "a", ["a", ""]],
  ["label", "=b", /no name of a label/],
  ["label", `a=${"x".repeat(4096)}`, /longer than 4096 bytes/],
  ["sysctl", "net/core/somaxconn=1", { name: "net.core.somaxconn", setting: "1" }],
  ["sysctl", "net.ipv4.ping_group_range=0 1", { name: "net.ipv4.ping_group_range", setting: "0 1" }],
  ["sysctl", "a", /no parameter/],
  ["sysctl", "a..b=1", /no parameter/],
  ["network", "none", "none"],
  ["network", "bridge", /hawser has no such network; write none or host/],
  ["host", "db:10.0.0.5", { name: "db", address: "10.0.0.5" }],
  ["host", "db:[::1]", { name: "db", address: "::1" }],
  ["host", "db:::1", { name: "db", address: "::1" }],
  ["host", "db", /no host/],
  ["host", "db:there", /no host/],
  ["io", "/dev/null:1m", /"\/dev\/null" is no disk of this host/],
  ["io", "sda:1m", /no limit of a disk/],
  ["io", "/dev/no-such:0", /nothing could be read/],
];
for (const [name, value, expected] of table) {
  const parse = parsers[name] as (value: string) => unknown;
  test(`${name} ${JSON.stringify(value.slice(0, 80))}`, () => {
    if (expected instanceof RegExp) {
      refuses(() => parse(value), expected);
      refuses(() => parse(value), /^--flag "/);
    } else assert.deepEqual(bare(parse(value)), expected);
  });
}

test("a file of variables is read line by line, and an error names its line", async () => {
  const text = "\uFEFF# comment\n\nA=1\r\n  B= two words \nHERE\nGONE\n";
  assert.deepEqual(parseEnvText(FLAG, "f", text, ours), ["A=1", "B= two words ", "HERE=yes"]);
  refuses(
    () => parseEnvText(FLAG, "f", "A=1\nB C=1", ours),
    '--flag "f": line 2 names no variable; write NAME=value, one a line',
  );
  const path = join(suite.dir, "env");
  writeFileSync(path, "A=1\n");
  assert.deepEqual(await readEnvFile(FLAG, path, ours), ["A=1"]);
  writeFileSync(path, Buffer.from([0x41, 0x3d, 0xff]));
  for (const bad of [path, suite.dir, "/no/such", "/dev/zero"]) {
    await assert.rejects(readEnvFile(FLAG, bad, ours), isInvalidArgument);
  }
});

test("options of security come together, the last of several counts", async () => {
  const path = join(suite.dir, "profile.json");
  const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [] };
  writeFileSync(path, JSON.stringify(profile));
  const of = (...values: string[]) => parseSecurityOptions(FLAG, values, suite.dir);
  assert.deepEqual(await of(), {});
  assert.deepEqual(await of("no-new-privileges", "seccomp=unconfined", "systempaths=unconfined"), {
    hasNoNewPrivileges: true,
    seccomp: "unconfined",
    hasAllPaths: true,
  });
  assert.deepEqual(await of("no-new-privileges:true", "no-new-privileges=false", "label=disable"), {
    hasNoNewPrivileges: false,
  });
  assert.deepEqual(await of("seccomp=profile.json"), { seccomp: profile });
  for (const bad of [
    "seccomp",
    "seccomp=no-such.json",
    "fly",
    "no-new-privileges=maybe",
    "seccomp=/dev/zero",
  ]) {
    await assert.rejects(of(bad), isInvalidArgument);
  }
});
