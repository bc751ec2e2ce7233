// The built executable as a manager runs it: `start` with one pipe for stdout and stderr, read to its end, in a process
// group of its own; `delete`, `-info` and `-v`. No containers here.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, Socket } from "node:net";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pack } from "../../proto/any.ts";
import { isErrno, isNotFound } from "../../proto/errors.ts";
import { Any } from "../../proto/gen/any.ts";
import { BootstrapParams, BootstrapResult } from "../../proto/gen/bootstrap.ts";
import { Options as RuncOptions } from "../../proto/gen/runc-options.ts";
import { RuntimeInfo } from "../../proto/gen/runtime.ts";
import { Options as GenericOptions } from "../../proto/gen/runtime-options.ts";
import { DeleteResponse, Task } from "../../proto/gen/task.ts";
import { toDate } from "../../proto/timestamp.ts";
import { writeExitRecord } from "../../shim/exit-record.ts";
import { cgroupPids, cgroups, makeCgroup, removeCgroup } from "../../sys/cgroup.ts";
import { pipe } from "../../sys/fd.ts";
import { syscall } from "../../sys/libc.ts";
import { isSubreaper, setSubreaper } from "../../sys/prctl.ts";
import { Reaper } from "../../sys/wait.ts";
import { Client } from "../../ttrpc/index.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const rootDir = resolve(import.meta.dirname, "../..");
const program = join(rootDir, "bin/containerd-shim-hawser-v2");
const bundleFileOfBuild = "containerd-shim-hawser-v2.cjs";
const namespace = "ns";

// Shims are orphans by design; here they are ours to reap, so that "gone" can be seen.
const reaper = new Reaper({ onExit: () => undefined });
const suite = useSuite({
  onEnd: async () => {
    for (const pid of shimPids(suite.id)) process.kill(pid, "SIGKILL");
    await until(() => shimPids(suite.id).length === 0, { what: "the last shim" });
    reaper[Symbol.dispose]();
    setSubreaper(false);
  },
});

before(() => {
  buildHawserShim();
  setSubreaper();
  reaper.start();
});
after(() => assert.equal(isSubreaper(), false));

interface Bundle {
  readonly id: string;
  readonly dir: string;
  readonly socketDir: string;
}

function bundle(config: string | undefined = "{}"): Bundle {
  const id = `${suite.newId()}c`;
  const dir = join(suite.dir, "b", id);
  mkdirSync(dir, { recursive: true });
  if (config !== undefined) writeFileSync(join(dir, "config.json"), config);
  return { id, dir, socketDir: join(suite.dir, "s") };
}

interface RunOptions {
  readonly program?: string;
  readonly input?: Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
}

interface Run {
  readonly child: ChildProcess;
  /** What came out so far. */
  readonly output: () => Buffer;
  readonly ended: Promise<{ output: Buffer; status: number | null }>;
}

function environment(socketDir: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { MAX_SHIM_VERSION: _max, HAWSER_SHIM_VERSION: _version, ...env } = process.env;
  // A debugging aid of the caller must not get into the reply.
  return { ...env, NODE_OPTIONS: "--trace-warnings", SHIM_SOCKET_DIR: socketDir, TTRPC_ADDRESS: "", ...more };
}

/** Runs the program as a manager runs `start`. Without `input` its standard input stays open. */
function run({ dir, socketDir }: Bundle, args: readonly string[], options: RunOptions = {}): Run {
  using ends = (() => {
    const { read, write } = pipe();
    return { read, write, [Symbol.dispose]: () => write.close() };
  })();
  const child = spawn(options.program ?? program, args, {
    cwd: dir,
    detached: true,
    env: environment(socketDir, options.env),
    stdio: ["pipe", ends.write.fd, ends.write.fd],
  });
  child.stdin?.on("error", () => undefined);
  if (options.input !== undefined) child.stdin?.end(options.input);
  const chunks: Buffer[] = [];
  const reader = new Socket({ fd: ends.read.release(), readable: true, writable: false });
  reader.on("data", (chunk: Buffer) => chunks.push(chunk));
  const eof = new Promise<void>((settle) => reader.once("close", () => settle()));
  const exit = new Promise<number | null>((settle) => child.once("exit", settle));
  const output = (): Buffer => Buffer.concat(chunks);
  return {
    child,
    output,
    ended: Promise.all([exit, eof]).then(([status]) => ({ output: output(), status })),
  };
}

function startArguments({ id }: Bundle): string[] {
  return [
    "-namespace",
    namespace,
    "-address",
    "/run/no.sock",
    "-publish-binary",
    "/bin/true",
    "-id",
    id,
    "start",
  ];
}

async function start(one: Bundle, options: RunOptions = {}): Promise<Buffer> {
  const { output, status } = await run(one, startArguments(one), { input: new Uint8Array(0), ...options })
    .ended;
  assert.equal(status, 0, output.toString());
  return output;
}

async function remove(one: Bundle): Promise<DeleteResponse> {
  const args = [
    "-namespace",
    namespace,
    "-address",
    "/run/no.sock",
    "-id",
    one.id,
    "-bundle",
    one.dir,
    "delete",
  ];
  const child = spawn(program, args, {
    cwd: suite.dir,
    env: environment(one.socketDir),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise((settle) => child.once("close", settle));
  assert.equal(status, 0);
  return DeleteResponse.decode(Buffer.concat(chunks));
}

function pathOf(address: string | Buffer): string {
  const text = address.toString();
  assert.match(text, /^unix:\/\/\/[^\n]+$/);
  return text.slice("unix://".length);
}

async function shimPidAt(address: string | Buffer): Promise<number> {
  await using client = await Client.connect(address.toString());
  const { shimPid } = await client.service(Task).connect({ id: "nobody" });
  return shimPid;
}

/** Processes of Node with our bundle that carry this in their arguments. */
function shimPids(part: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return words.includes(bundleFileOfBuild) && words.includes(part);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** What a fifo has for us now, as text. */
function tryRead(fd: number, buffer: Buffer): string {
  try {
    return buffer.toString("utf8", 0, readSync(fd, buffer));
  } catch (error) {
    if (isErrno(error, "EAGAIN")) return "";
    throw error;
  }
}

/** PR_SCHED_CORE_GET; 0 is none. */
function coreSchedulingCookie(pid: number): bigint {
  const cookie = Buffer.alloc(8);
  syscall("prctl", [62, 0, pid, 0, cookie]);
  return cookie.readBigUInt64LE();
}

async function gone(one: Bundle, socketPath: string): Promise<void> {
  await until(() => shimPids(one.id).length === 0, { what: `the end of the shim of ${one.id}` });
  assert.equal(existsSync(socketPath), false);
}

const options = Any.encode(pack(RuncOptions, { binaryName: "runc" }));
const json = /^\{"version":3,"address":"(unix:[^"]+)","protocol":"ttrpc"\}$/;

const forms: [
  why: string,
  input: (one: Bundle) => Uint8Array,
  env: NodeJS.ProcessEnv,
  read: (b: Buffer) => string,
][] = [
  ["nothing, as 1.6", () => new Uint8Array(0), {}, String],
  ["options, as 1.6", () => options, {}, String],
  ["options, as 1.7 to 2.2", () => options, { MAX_SHIM_VERSION: "2" }, String],
  [
    "options, as 2.0 with an operator who knows it",
    () => options,
    { MAX_SHIM_VERSION: "2", HAWSER_SHIM_VERSION: "3" },
    (reply) => json.exec(reply.toString())?.[1] ?? "",
  ],
  [
    "params, as 2.3",
    ({ id }) => BootstrapParams.encode({ instanceId: id, namespace, logLevel: -4 }),
    { MAX_SHIM_VERSION: "2" },
    (reply) => {
      const { version, protocol, address } = BootstrapResult.decode(reply);
      assert.deepEqual({ version, protocol }, { version: 3, protocol: "ttrpc" });
      return address;
    },
  ],
];

for (const [why, input, env, read] of forms) {
  test(`start given ${why}: replies and stays as one process that serves`, async () => {
    const one = bundle();
    const address = read(await start(one, { input: input(one), env }));
    const path = pathOf(address);
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    assert.equal(lstatSync(one.socketDir).mode & 0o777, 0o700);
    assert.equal(readFileSync(join(one.dir, "address"), "utf8"), address);
    const pid = await shimPidAt(address);
    assert.deepEqual(shimPids(one.id), [pid]);
    process.kill(pid, "SIGTERM");
    await gone(one, path);
    assert.deepEqual(readdirSync(one.socketDir), []);
  });
}

test("start gives up what it was born with, logs to the bundle's fifo, and leads its own session", async () => {
  const one = bundle();
  const fifo = join(one.dir, "log");
  execFileSync("mkfifo", [fifo]);
  // As a manager does: it reads, and holds the other end too.
  const logFd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const address = await start(one);
  const pid = await shimPidAt(address);
  const targets = [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  assert.deepEqual(targets, ["/dev/null", "/dev/null", fifo]);
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/2`, "utf8"))?.[1] ?? "";
  assert.notEqual(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0, "a full log must not stop the shim");
  process.kill(pid, "SIGUSR2");
  const line = Buffer.alloc(4096);
  await until(() => tryRead(logFd, line).includes("what there is"), { what: "a line in the log" });
  closeSync(logFd);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  assert.deepEqual([group, session], [String(pid), String(pid)]);
  const socketPath = pathOf(address);
  assert.equal((await remove(one)).exitStatus, 137);
  await gone(one, socketPath);
});

const placements: [why: string, form: "options" | "params", make: (cgroup: string) => Any][] = [
  ["runc's options", "options", (shimCgroup) => pack(RuncOptions, { shimCgroup })],
  [
    "options in TOML",
    "options",
    (cgroup) => pack(GenericOptions, { configBody: Buffer.from(`ShimCgroup = "${cgroup}"`) }),
  ],
  [
    "params with options in TOML",
    "params",
    (cgroup) => pack(GenericOptions, { configBody: Buffer.from(`ShimCgroup = "${cgroup}"`) }),
  ],
];

for (const [why, form, make] of placements) {
  test(`start given ${why} lives in the cgroup that they name, and makes itself likelier to be killed`, async () => {
    const one = bundle();
    const where = cgroups();
    const group = join(where.v1.get("pids") ?? where.unified ?? "", one.id);
    makeCgroup(group);
    try {
      const value = make(`/${one.id}`);
      const input =
        form === "options"
          ? Any.encode(value)
          : BootstrapParams.encode({ instanceId: one.id, namespace, extensions: [{ value }] });
      const reply = await start(one, { input });
      const path = pathOf(form === "options" ? reply : BootstrapResult.decode(reply).address);
      const pid = await shimPidAt(`unix://${path}`);
      assert.deepEqual(cgroupPids(group), [pid]);
      assert.deepEqual(shimPids(one.id), [pid]);
      const score = (of: number | "self") => Number(readFileSync(`/proc/${of}/oom_score_adj`, "utf8"));
      assert.equal(score(pid), Math.min(score("self") + 1, 1000));
      process.kill(pid, "SIGTERM");
      await gone(one, path);
    } finally {
      await until(() => removeCgroup(group), { what: "an empty cgroup" });
    }
  });
}

test("start under SCHED_CORE has a cookie of its own, or says in one line why it cannot", async () => {
  const one = bundle();
  const { output, status } = await run(one, startArguments(one), {
    input: new Uint8Array(0),
    env: { SCHED_CORE: "1" },
  }).ended;
  if (status !== 0) {
    assert.match(output.toString(), /^containerd-shim-hawser-v2: set SCHED_CORE: [^\n]+: E[A-Z]+: [^\n]+\n$/);
    assert.deepEqual(readdirSync(one.socketDir), []);
    return;
  }
  const pid = await shimPidAt(output);
  assert.notEqual(coreSchedulingCookie(pid), 0n);
  process.kill(pid, "SIGTERM");
  await gone(one, pathOf(output));
});

test("start works through a symlink and from a directory of any name", async () => {
  const one = bundle();
  const link = join(one.dir, "a link");
  symlinkSync(program, link);
  const address = await start(one, { program: link });
  const path = pathOf(address);
  await remove(one);
  await gone(one, path);
});

test("the second container of a group joins the shim of the first", async () => {
  const config = JSON.stringify({ annotations: { "io.kubernetes.cri.sandbox-id": suite.newId() } });
  const [first, second] = [bundle(config), bundle(config)];
  const address = (await start(first)).toString();
  assert.equal((await start(second)).toString(), address);
  assert.equal(readFileSync(join(second.dir, "address"), "utf8"), address);
  assert.equal(shimPids(first.id).length, 1);
  assert.deepEqual(shimPids(second.id), []);
  await remove(first);
  await gone(first, pathOf(address));
});

test("of many that start over a dead shim one wins and the others join it", async () => {
  const config = JSON.stringify({ annotations: { "io.kubernetes.cri.sandbox-id": suite.newId() } });
  const first = bundle(config);
  const address = (await start(first)).toString();
  process.kill(await shimPidAt(address), "SIGKILL");
  await until(() => shimPids(first.id).length === 0, { what: "the end of the killed shim" });
  assert.equal(existsSync(pathOf(address)), true);
  const members = Array.from({ length: 6 }, () => bundle(config));
  const replies = await Promise.all(members.map((member) => start(member)));
  assert.deepEqual(new Set(replies.map(String)), new Set([address]));
  const pids = await until(
    () => {
      const found = members.flatMap(({ id }) => shimPids(id));
      return found.length === 1 && found;
    },
    { what: "one shim for all" },
  );
  assert.equal(await shimPidAt(address), pids[0]);
  process.kill(pids[0] ?? 0, "SIGTERM");
  await until(() => members.every(({ id }) => shimPids(id).length === 0), { what: "the end of the shim" });
  assert.equal(existsSync(pathOf(address)), false);
});

const failures: [why: string, make: () => Bundle, message: RegExp][] = [
  [
    "a bundle without config.json",
    () => {
      const one = bundle();
      return { ...one, dir: suite.dir };
    },
    /read config\.json in ".*": there is no such file/,
  ],
  ["a config.json that is no JSON", () => bundle("{"), /read config\.json: /],
  [
    "a socket directory that is too long",
    () => ({ ...bundle(), socketDir: `/tmp/${"x".repeat(60)}` }),
    /130 bytes, and a socket's path has at most 106/,
  ],
  [
    "a socket directory that cannot be",
    () => {
      const file = join(suite.dir, "f");
      writeFileSync(file, "");
      return { ...bundle(), socketDir: join(file, "s") };
    },
    /socket directory ".*\/f\/s": ENOTDIR/,
  ],
  ["an id with a slash", () => ({ ...bundle(), id: "a/b" }), /container id "a\/b"/],
];

for (const [why, make, message] of failures) {
  test(`start with ${why}: fails with one line`, async () => {
    const one = make();
    const { output, status } = await run(one, startArguments(one), { input: new Uint8Array(0) }).ended;
    assert.equal(status, 1);
    assert.match(output.toString(), /^containerd-shim-hawser-v2: [^\n]+\n$/);
    assert.match(output.toString(), message);
  });
}

test("a launcher that is killed before the reply leaves no shim", async () => {
  const one = bundle();
  const { child, ended, output } = run(one, startArguments(one));
  // Node waits for the end of its input now, or will.
  await until(() => shimPids(one.id).length === 1, { what: "Node" });
  child.kill("SIGKILL");
  await new Promise((settle) => child.once("exit", settle));
  child.stdin?.end();
  await until(() => shimPids(one.id).length === 0, { what: "the end of Node" });
  await ended;
  assert.match(output().toString(), /nobody waits/);
  assert.deepEqual(readdirSync(suite.dir).includes("s") ? readdirSync(one.socketDir) : [], []);
});

test("a launcher that is killed after the reply leaves a shim that delete ends", async () => {
  const one = bundle();
  const { child, ended, output } = run(one, startArguments(one));
  await until(() => shimPids(one.id).length === 1, { what: "Node" });
  child.kill("SIGSTOP");
  child.stdin?.end();
  const address = await until(() => output().length > 0 && output().toString(), { what: "the reply" });
  const pid = await shimPidAt(address);
  child.kill("SIGKILL");
  await ended;
  assert.deepEqual(shimPids(one.id), [pid]);
  await remove(one);
  await gone(one, pathOf(address));
});

test("a manager that does not read: the shim goes", async () => {
  const one = bundle();
  const { read, write } = pipe();
  const child = spawn(program, startArguments(one), {
    cwd: one.dir,
    env: environment(one.socketDir),
    stdio: ["pipe", write.fd, write.fd],
  });
  write.close();
  read.close();
  const exit = new Promise((settle) => child.once("exit", settle));
  child.stdin?.end();
  assert.equal(await exit, 1);
  assert.deepEqual(shimPids(one.id), []);
});

test("delete answers where nothing ever was, again and again", async () => {
  const one = { ...bundle(), dir: join(suite.dir, "never") };
  for (let round = 0; round < 2; round++) {
    const { pid, exitStatus, exitedAt } = await remove(one);
    assert.deepEqual([pid, exitStatus], [0, 137]);
    assert.ok(exitedAt);
  }
});

test("delete tells the exit that the shim has recorded", async () => {
  const one = bundle();
  const exitedAt = new Date("2026-01-02T03:04:05.678Z");
  writeExitRecord(one.dir, {
    containerId: one.id,
    pid: 4242,
    startTime: 1n,
    exitStatus: 7,
    isUnknown: false,
    exitedAt,
    oom: false,
    output: "direct",
  });
  const answer = await remove(one);
  assert.deepEqual([answer.pid, answer.exitStatus], [4242, 7]);
  assert.deepEqual(toDate(answer.exitedAt), exitedAt);
});

test("delete of a member leaves the shim of the group to the others, also before their Create", async () => {
  const config = JSON.stringify({ annotations: { "io.kubernetes.cri.sandbox-id": suite.newId() } });
  const [first, second] = [bundle(config), bundle(config)];
  const address = (await start(first)).toString();
  await start(second);
  const pid = await shimPidAt(address);
  assert.deepEqual(shimPids(first.id), [pid]);
  await remove(second);
  // It would refuse a Create if it was ending.
  await using client = await Client.connect(address);
  await assert.rejects(client.service(Task).create({ id: first.id, bundle: "/no-such-bundle" }), isNotFound);
  assert.equal(await shimPidAt(address), pid);
  await remove(first);
  await gone(first, pathOf(address));
});

test("delete leaves a socket alone that somebody serves", async () => {
  const one = bundle();
  const path = join(one.dir, "x.sock");
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((settle) => server.listen(path, settle));
  writeFileSync(join(one.dir, "address"), `unix://${path}`);
  await remove(one);
  assert.equal(lstatSync(path).isSocket(), true);
  await new Promise((settle) => server.close(settle));
});

test("-info answers from any directory, with what the runtime can do", async () => {
  const output = execFileSync(program, ["-info"], {
    cwd: "/",
    input: options,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const info = RuntimeInfo.decode(output);
  assert.equal(info.name, "io.containerd.hawser.v2");
  assert.match(info.version?.version ?? "", /^\d+\.\d+\.\d+/);
  assert.equal(info.options?.typeUrl, "containerd.runc.v1.Options");
  assert.ok(JSON.parse(Buffer.from(info.features?.value ?? []).toString()).ociVersionMax);
});

test("-v says the version in one line", () => {
  assert.match(
    execFileSync(program, ["-v"], { encoding: "utf8" }),
    /^containerd-shim-hawser-v2 \d+\.\d+\.\d+.*\n$/,
  );
});

test("serve takes a socket that is inherited as descriptor 3, or a path", async () => {
  const one = bundle();
  const args = ["-namespace", namespace, "-id", one.id, "-address", "/run/no.sock"];
  const path = join(suite.dir, "classic");
  const listener = createServer();
  // Node unlinks the path that it has bound when it closes: the server keeps this one.
  await new Promise<void>((settle) => listener.listen(`${path}1`, settle));
  linkSync(`${path}1`, path);
  const fd = Number(Reflect.get(Reflect.get(listener, "_handle") as object, "fd"));
  const ways: [string[], string, ("ignore" | number)[]][] = [
    [args, path, ["ignore", "ignore", "ignore", fd]],
    [[...args, "-socket", `${path}2`], `${path}2`, ["ignore", "ignore", "ignore"]],
  ];
  for (const [argv, at, stdio] of ways) {
    const child = spawn(program, argv, { cwd: one.dir, env: environment(one.socketDir), stdio });
    const exit = new Promise((settle) => child.once("exit", settle));
    if (at === path) await until(() => shimPids(one.id).length === 1, { what: "the server" });
    // With two holders of one socket the kernel would give us our own call.
    if (at === path) Reflect.get(listener, "_handle").close();
    const pid = await until(() => shimPidAt(`unix://${at}`), { what: "an answer" });
    assert.equal(pid, child.pid);
    child.kill("SIGTERM");
    assert.equal(await exit, 0);
  }
});
