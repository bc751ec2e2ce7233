// Specifications as people's wishes make them, run by the real runtimes and looked at from inside: what config.json says is one
// thing, what the kernel made of it another. Each container runs to its end; its cgroup is below the suite's own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { writeBusyboxRootfs } from "../../manager/images/embedded-busybox.ts";
import { DEFAULT_CAPABILITIES } from "../../manager/oci/capabilities.ts";
import type { ContainerWish } from "../../manager/oci/container-wish.ts";
import { parseCapabilities, readHostFacts } from "../../manager/oci/host-facts.ts";
import { prepareContainer } from "../../manager/oci/prepare-container.ts";
import { formatSpec } from "../../manager/oci/spec-json.ts";
import { cgroups, removeCgroup } from "../../sys/cgroup.ts";
import { settleControllers } from "../support/cgroup-hierarchies.ts";
import { useSuite } from "../support/suite.ts";

const MIB = 1 << 20;
const host = readHostFacts();
const isUnified = host.cgroupVersion === "v2";
const suite = useSuite({ onEnd: removeCgroups });

// With the first container: hooks of a file run side by side, and the suite's directory is made by one of them.
let image: Promise<string> | undefined;
async function makeImage(): Promise<string> {
  settleControllers();
  const dir = join(suite.dir, "image");
  mkdirSync(join(dir, "etc"), { recursive: true });
  await writeBusyboxRootfs(dir);
  writeFileSync(join(dir, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nweb:x:33:44::/srv/web:/bin/sh\n");
  writeFileSync(join(dir, "etc/group"), "root:x:0:\nweb:x:44:\nlog:x:55:web\n");
  return dir;
}

// Runtimes leave the groups above a container's own.
function removeCgroups(): void {
  const { unified, v1 } = cgroups();
  for (const top of new Set([...v1.values(), ...(unified === undefined ? [] : [unified])])) {
    if (readdirSync(top).includes(suite.id)) removeCgroup(join(top, suite.id));
  }
}

/** Runs a script in a container as wished for. Returns what it printed; it has to succeed. */
async function run(runtime: string, script: string, wish: Partial<ContainerWish> = {}): Promise<string> {
  image ??= makeImage();
  const id = suite.newId();
  const dir = join(suite.dir, id);
  mkdirSync(dir);
  const rootfs = join(dir, "rootfs");
  cpSync(await image, rootfs, { recursive: true, verbatimSymlinks: true });
  const asked: ContainerWish = {
    namespace: "spec",
    id,
    command: ["sh", "-c", script],
    cgroupParent: { flag: "--cgroup-parent", path: `/${suite.id}` },
    ...wish,
  };
  const spec = prepareContainer(asked, {}, { root: rootfs, etcDir: join(dir, "etc"), host });
  writeFileSync(join(dir, "config.json"), formatSpec(spec));
  const result = spawnSync(runtime, ["--root", join(suite.dir, `state-${runtime}`), "run", id], {
    cwd: dir,
    encoding: "utf8",
    input: "",
    timeout: 60_000,
  });
  assert.equal(result.status, 0, `${runtime}: ${result.stderr}${result.stdout}`);
  return result.stdout;
}

const written = (flag: string, value: string) => ({ flag, value });
const capabilitiesIn = (status: string, set: string) => [
  ...parseCapabilities(new RegExp(`^Cap${set}:\\s*(\\w+)`, "m").exec(status)?.[1] ?? "0"),
];
const STATUS = "cat /proc/self/status";

for (const runtime of ["runc", "crun"]) {
  test(`${runtime}: by default a container is confined`, async () => {
    const said = await run(
      runtime,
      `${STATUS}; cat /etc/hosts; hostname; ulimit -n; ulimit -Hn; echo dev $(ls /dev | wc -l)
       cat /proc/kcore | wc -c; touch /proc/sys/kernel/domainname 2>&1; echo home $HOME; ls /sys/class/net`,
      { hostname: { ...written("--hostname", "box"), name: "box" } },
    );
    assert.deepEqual(
      capabilitiesIn(said, "Eff"),
      [...host.capabilities].filter((name) => DEFAULT_CAPABILITIES.includes(name)),
    );
    assert.match(said, /^Seccomp:\t2$/m);
    assert.match(said, /^NoNewPrivs:\t0$/m);
    assert.match(said, /^127\.0\.1\.1\tbox\nbox\n1024\n\d+$/m);
    assert.match(said, /^0$/m, "/proc/kcore is hidden");
    assert.match(said, /Read-only file system/);
    assert.match(said, /^home \/root$/m);
    assert.match(said, /^lo$/m);
  });

  test(`${runtime}: the seccomp profile refuses what opens the kernel, and lets programs be`, async () => {
    const said = await run(
      runtime,
      `unshare -U true 2>&1; unshare -m true 2>&1; mount -t tmpfs none /tmp 2>&1
       sh -c 'echo a child' | cat; chroot / echo chrooted`,
    );
    assert.equal(said.match(/Operation not permitted/g)?.length, 2);
    assert.match(said, /permission denied|Operation not permitted/);
    assert.match(said, /a child\nchrooted\n$/);
    // With the capability the profile gives way: the kernel alone decides.
    const admin = { capabilities: { add: ["SYS_ADMIN"] } };
    assert.match(await run(runtime, "unshare -m true && echo done", admin), /done/);
  });

  test(`${runtime}: without seccomp, and without new privileges, when somebody says so`, async () => {
    const security = { seccomp: "unconfined", hasNoNewPrivileges: true } as const;
    const said = await run(runtime, STATUS, { security });
    assert.match(said, /^Seccomp:\t0$/m);
    assert.match(said, /^NoNewPrivs:\t1$/m);
  });

  test(`${runtime}: a user by name has his groups, his home and no capabilities`, async () => {
    const said = await run(runtime, `id -u; id -g; id -G; echo $HOME; ${STATUS}`, {
      user: { ...written("--user", "web"), user: "web" },
      capabilities: { drop: ["ALL"], add: ["CHOWN"] },
    });
    assert.match(said, /^33\n44\n44 55\n\/srv\/web\n/);
    assert.deepEqual(capabilitiesIn(said, "Eff"), []);
    assert.deepEqual(capabilitiesIn(said, "Bnd"), ["CAP_CHOWN"]);
  });

  test(`${runtime}: limits arrive in the cgroup and in the process`, async () => {
    // On version 1 there is no cgroup namespace, and yet a runtime shows the container its own group as the root.
    const files = isUnified
      ? ["memory.max", "pids.max", "cpu.max"]
      : ["memory/memory.limit_in_bytes", "pids/pids.max", "cpu/cpu.cfs_quota_us"];
    const script = files.map((file) => `cat /sys/fs/cgroup/${file}`).join("; ");
    const said = await run(runtime, `${script}; ulimit -n; ulimit -c; cat /proc/self/oom_score_adj`, {
      resources: {
        memory: { ...written("--memory", "64m"), is: 64 * MIB },
        pids: { ...written("--pids-limit", "50"), is: 50 },
        cpus: { ...written("--cpus", "0.5"), is: 0.5 },
        cpusetCpus: { ...written("--cpuset-cpus", "0"), is: [0] },
      },
      ulimits: [
        { ...written("--ulimit", "nofile=77:88"), type: "RLIMIT_NOFILE", soft: 77n, hard: 88n },
        { ...written("--ulimit", "core=0"), type: "RLIMIT_CORE", soft: 0n, hard: 0n },
      ],
      oomScore: { ...written("--oom-score-adj", "300"), is: 300 },
    });
    const quota = isUnified ? "50000 100000" : "50000";
    assert.equal(said, `${64 * MIB}\n50\n${quota}\n77\n0\n300\n`);
  });

  test(`${runtime}: mounts are where and as they were asked for, and the root is read-only`, async () => {
    const source = join(suite.dir, `source-${runtime}`);
    mkdirSync(source);
    writeFileSync(join(source, "file"), "from the host");
    const bind = { ...written("--volume", "…"), kind: "bind", source } as const;
    const said = await run(
      runtime,
      `touch /x 2>&1; cat /in/file; echo; touch /in/new; touch /ro/new 2>&1
       grep ' /scratch ' /proc/mounts; touch /scratch/x && echo scratched; pwd`,
      {
        isReadOnly: true,
        workingDir: { ...written("--workdir", "/in"), dir: "/in" },
        mounts: [
          { ...bind, target: "/in", isReadOnly: false },
          { ...bind, target: "/ro", isReadOnly: true },
          { ...written("--tmpfs", "/scratch"), kind: "tmpfs", target: "/scratch", options: ["size=1m"] },
        ],
      },
    );
    assert.equal(said.match(/Read-only file system/g)?.length, 2);
    assert.match(said, /from the host/);
    assert.match(said, /\/scratch tmpfs rw,nosuid,nodev,noexec,.*size=1024k/);
    assert.match(said, /scratched\n\/in\n$/);
    assert.deepEqual(readdirSync(source).sort(), ["file", "new"]);
  });

  test(`${runtime}: --init is process 1 and reaps`, async () => {
    const said = await run(runtime, "cat /proc/1/comm; echo I am $$", { hasInit: true });
    assert.match(said, /^init\nI am (?!1$)\d+\n$/);
  });

  test(`${runtime}: a device comes in with the rights that were given`, async () => {
    const said = await run(runtime, "ls -l /dev/nothing; echo x 2>&1 >/dev/nothing && echo written", {
      devices: [{ ...written("--device", "…"), source: "/dev/null", target: "/dev/nothing", access: "rw" }],
    });
    assert.match(said, /^crw-rw-rw- .* 1, +3 .*\nwritten\n$/);
  });

  test(`${runtime}: a privileged container has all that there is`, async () => {
    const said = await run(runtime, `${STATUS}; mount -t tmpfs none /tmp && echo mounted; ls /dev`, {
      isPrivileged: true,
    });
    assert.deepEqual(capabilitiesIn(said, "Eff"), [...host.capabilities]);
    assert.match(said, /^Seccomp:\t0$/m);
    assert.match(said, /^mounted$/m);
  });

  test(`${runtime}: on the host's network it sees the host's devices`, async () => {
    const names = readdirSync("/sys/class/net").sort().join("\n");
    const said = await run(runtime, "cat /proc/net/dev | sed -n 's/^ *\\([^ ]*\\):.*/\\1/p' | sort", {
      network: "host",
    });
    assert.equal(said.trim(), names);
  });

  test(`${runtime}: parameters of its own namespaces can be set`, async () => {
    const said = await run(
      runtime,
      "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax",
      {
        sysctls: [{ ...written("--sysctl", "kernel.msgmax=9000"), name: "kernel.msgmax", setting: "9000" }],
      },
    );
    assert.equal(said, "0\n9000\n");
  });
}
