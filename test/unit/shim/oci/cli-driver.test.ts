import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { Code, codeName, HawserError, isDeadlineExceeded } from "../../../../proto/errors.ts";
import {
  CliDriver,
  type CliDriverOptions,
  readPidFile,
  runtimeEnvironment,
} from "../../../../shim/oci/cli-driver.ts";
import type { RuntimeStdio } from "../../../../shim/oci/driver.ts";

const fake = resolve(import.meta.dirname, "../../../fakes/oci-runtime.sh");
const root = mkdtempSync(join(tmpdir(), "hawser-driver-"));
const started: number[] = [];
after(() => {
  for (const pid of started) process.kill(pid, "SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

const stdio: RuntimeStdio = { stdin: "ignore", stdout: "ignore", stderr: "ignore" };

/** A driver of the fake runtime in a bundle of its own. */
function bundle(behaviour: string, options: Partial<CliDriverOptions> = {}) {
  const bundleDir = mkdtempSync(join(root, "bundle-"));
  writeFileSync(join(bundleDir, "fake-oci-runtime"), behaviour);
  const driver = new CliDriver({ binary: fake, rootDir: join(root, "state"), bundleDir, ...options });
  const pidFile = join(bundleDir, "x.pid");
  const processFile = join(bundleDir, "process.json");
  return {
    driver,
    bundleDir,
    pidFile,
    exec: async (call = {}) => {
      const pid = await driver.exec("web", { processFile, pidFile, stdio }, call);
      started.push(pid);
      return pid;
    },
    create: async () => {
      const pid = await driver.create("web", { bundleDir, pidFile, stdio });
      started.push(pid);
      return pid;
    },
    /** What the pid file names although the call failed. */
    reap: () => started.push(readPidFile(pidFile) ?? assert.fail("no pid file")),
    leftLogs: () => readdirSync(bundleDir).filter((name) => name.startsWith(".log-")),
    calls: () => readFileSync(join(bundleDir, "fake-oci-runtime.calls"), "utf8"),
  };
}

async function failure(promise: Promise<unknown>): Promise<HawserError> {
  const caught = await promise.then(
    () => assert.fail("it succeeded"),
    (error: unknown) => error,
  );
  assert.ok(caught instanceof HawserError, String(caught));
  return caught;
}

const { Unknown, Internal, FailedPrecondition, NotFound, AlreadyExists, InvalidArgument, ResourceExhausted } =
  Code;
const failures: [
  call: "exec" | "create" | "kill" | "ps" | "state" | "start",
  behaviour: string,
  code: Code,
  text: RegExp,
][] = [
  [
    "exec",
    'exec=fail:exec: "foo": executable file not found in $PATH',
    Unknown,
    /^OCI runtime exec failed: exec: "foo": executable file not found in \$PATH$/,
  ],
  ["exec", "exec=fail-text:no such luck", Unknown, /^OCI runtime exec failed: no such luck$/],
  ["exec", "exec=fail-mute", Unknown, /ended with status 3 and gave no reason$/],
  ["exec", "exec=die", Unknown, /was ended by SIGKILL and gave no reason$/],
  ["exec", "exec=no-pid", Internal, /left no pid in/],
  ["exec", "exec=bad-pid:garbage", Internal, /left no pid in/],
  ["exec", "exec=bad-pid:0", Internal, /left no pid in/],
  ["exec", "exec=bad-pid:-1", Internal, /left no pid in/],
  ["exec", "exec=bad-pid:99999999999999999999999999999999999999", Internal, /left no pid in/],
  ["exec", "exec=giant-log", Unknown, /^OCI runtime exec failed: at the end of a giant log$/],
  ["create", "create=fail:container with given ID already exists", AlreadyExists, /already exists$/],
  ["create", "create=fail:there is no room", Unknown, /^OCI runtime create failed: there is no room$/],
  [
    "start",
    "start=fail-stderr:cannot load libyajl",
    Unknown,
    /^OCI runtime start failed: cannot load libyajl$/,
  ],
  ["start", "start=fail:container does not exist", NotFound, /^no such container$/],
  ["kill", "kill=fail:kill container: No such process", NotFound, /^process already finished$/],
  ["kill", "kill=fail:container does not exist", NotFound, /^no such container$/],
  ["ps", "ps=print:garbage", Internal, /^OCI runtime ps failed: its answer is not understood: "garbage/],
  ["ps", 'ps=print:["1"]', Internal, /not understood/],
  ["ps", "ps=print:[0]", Internal, /not understood/],
  ["ps", "ps=flood", ResourceExhausted, /wrote more than \d+ bytes$/],
  ["state", "state=print:{}", Internal, /not understood/],
  ["state", "state=print:null", Internal, /not understood/],
];
for (const [call, behaviour, code, text] of failures) {
  test(`CliDriver.${call}() of a runtime that does "${behaviour}" is ${codeName(code)}`, async () => {
    const { driver, exec, create, leftLogs } = bundle(behaviour);
    const calls = {
      exec,
      create,
      start: () => driver.start("web"),
      kill: () => driver.kill("web", 9, { all: false }),
      ps: () => driver.ps("web"),
      state: () => driver.state("web"),
    };
    const error = await failure(calls[call]());
    assert.equal(codeName(error.code), codeName(code), error.message);
    assert.match(error.message, text);
    assert.deepEqual(leftLogs(), []);
  });
}

test("CliDriver.create() and exec() answer the pid that the runtime left, and no log stays of exec", async () => {
  const { create, exec, leftLogs } = bundle("any=warn");
  process.kill(await create(), 0);
  process.kill(await exec(), 0);
  assert.deepEqual(leftLogs(), []);
});

test("CliDriver.exec() does not take a pid that was there before", async () => {
  const { exec, pidFile } = bundle("exec=no-pid");
  writeFileSync(pidFile, String(process.pid));
  await failure(exec());
  assert.equal(existsSync(pidFile), false);
});

for (const behaviour of ["exec=die-after", "exec=fail-after:too late", "exec=hang-after"]) {
  test(`CliDriver.exec() of "${behaviour}" fails and leaves the pid of what was started`, async () => {
    const { exec, reap } = bundle(behaviour, { timeoutsMs: { exec: 1_500 } });
    await failure(exec());
    process.kill(reap() && (started.at(-1) ?? 0), 0);
  });
}

test("CliDriver kills a runtime that hangs, with its children, and says which command it was", async () => {
  const { driver, bundleDir } = bundle("pause=hang", { timeoutsMs: { pause: 300 } });
  const error = await failure(driver.pause("web"));
  assert.ok(isDeadlineExceeded(error));
  assert.match(
    error.message,
    /oci-runtime\.sh --root .* pause web" did not end within 0\.3 s and was killed$/,
  );
  const alive = readdirSync("/proc").filter((name) => isIn(name, bundleDir));
  assert.deepEqual(alive, []);
});

function isIn(pid: string, dir: string): boolean {
  try {
    return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(dir);
  } catch {
    return false;
  }
}

test("CliDriver kills the runtime when its signal is aborted, and runs none when it was before", async () => {
  const controller = new AbortController();
  const { driver, exec, bundleDir } = bundle("any=hang");
  const pending = failure(exec({ signal: controller.signal }));
  controller.abort();
  assert.equal((await pending).code, Code.Canceled);
  const before = readdirSync(bundleDir);
  assert.equal((await failure(driver.start("web", { signal: controller.signal }))).code, Code.Canceled);
  assert.deepEqual(readdirSync(bundleDir), before);
  const expired = await failure(
    driver.start("web", { signal: AbortSignal.timeout(0) }).finally(() => undefined),
  );
  assert.equal(expired.code, Code.DeadlineExceeded);
});

test("CliDriver does not wait for a grandchild that keeps the descriptors", async () => {
  const { driver, bundleDir } = bundle("start=hang");
  // A runtime that succeeds and leaves a process behind with its stdout and stderr, as a hook can.
  const binary = join(bundleDir, "leaver");
  writeFileSync(binary, "#!/bin/sh\nsleep 1000000 & echo $! >leaver.pid\n", { mode: 0o755 });
  await new CliDriver({ binary, rootDir: root, bundleDir }).start("web");
  started.push(Number(readFileSync(join(bundleDir, "leaver.pid"), "utf8")));
  void driver;
});

test("CliDriver keeps the reasons of concurrent execs apart", async () => {
  const { driver, bundleDir, leftLogs } = bundle("");
  writeFileSync(
    join(bundleDir, "echo-id"),
    '#!/bin/sh\nfor id; do :; done\nsleep 0\necho "{\\"level\\":\\"error\\",\\"msg\\":\\"about $id\\"}" >>"$4"\nexit 1\n',
    { mode: 0o755 },
  );
  const echo = new CliDriver({ binary: join(bundleDir, "echo-id"), rootDir: root, bundleDir });
  const ids = Array.from({ length: 24 }, (_, at) => `id-${at}`);
  const reasons = await Promise.all(
    ids.map(async (id) => {
      const options = { processFile: "p.json", pidFile: join(bundleDir, `${id}.pid`), stdio };
      return (await failure(echo.exec(id, options))).message;
    }),
  );
  assert.deepEqual(
    reasons,
    ids.map((id) => `OCI runtime exec failed: about ${id}`),
  );
  assert.deepEqual(leftLogs(), []);
  void driver;
});

test("CliDriver.create() does not report what an earlier create left in log.json", async () => {
  const { create, bundleDir } = bundle("create=fail-mute");
  writeFileSync(join(bundleDir, "log.json"), '{"level":"error","msg":"of yesterday"}\n');
  assert.match((await failure(create())).message, /gave no reason$/);
});

test("CliDriver.delete() takes a container that does not exist for deleted", async () => {
  const gone = "delete=fail:cannot open directory '/r/web': No such file or directory";
  await bundle(gone).driver.delete("web", { force: false });
  await bundle("delete=fail:container does not exist").driver.delete("web", { force: true });
  const { driver } = bundle("delete=fail:cannot delete container web that is not stopped: running");
  assert.equal((await failure(driver.delete("web", { force: false }))).code, FailedPrecondition);
});

test("CliDriver.ps() answers none for null, which is runc's word for it", async () => {
  assert.deepEqual(await bundle("ps=print:null").driver.ps("web"), []);
  assert.deepEqual(await bundle("ps=print:[3, 4]").driver.ps("web"), [3, 4]);
});

test("CliDriver.update() survives a runtime that does not read its limits", async () => {
  await bundle("").driver.update("web", new Uint8Array(1_000_000));
  await bundle("update=print:ok").driver.update("web", new Uint8Array(1_000_000));
});

test("CliDriver.features() is undefined where the runtime does not know the word", async () => {
  assert.equal(await bundle("features=fail-stderr:unknown command features").driver.features(), undefined);
  assert.equal(Buffer.from((await bundle("").driver.features()) ?? []).toString(), "{}\n");
});

test("CliDriver.version() answers what the runtime says, or why it cannot", async () => {
  assert.equal(await bundle("").driver.version(), "fake version 1.0.0");
  const error = await failure(bundle("version=fail-stderr:libyajl.so.2: cannot open").driver.version());
  assert.match(error.message, /libyajl\.so\.2: cannot open$/);
});

for (const signal of [-1, 65, 1.5, Number.NaN]) {
  test(`CliDriver.kill() refuses the signal ${signal} without running anything`, async () => {
    const { driver, bundleDir } = bundle("");
    assert.equal((await failure(driver.kill("web", signal, { all: false }))).code, InvalidArgument);
    assert.equal(existsSync(join(bundleDir, "fake-oci-runtime.calls")), false);
  });
}

test("CliDriver says which binary is missing, and which directory", async () => {
  const missing = await failure(bundle("", { binary: "no-such-runtime" }).driver.start("web"));
  assert.equal(missing.code, FailedPrecondition);
  assert.match(missing.message, /exec: "no-such-runtime": executable file not found in \$PATH$/);
  const bundleDir = join(root, "no-such-bundle");
  const lost = await failure(new CliDriver({ binary: fake, rootDir: root, bundleDir }).start("web"));
  assert.equal(lost.code, NotFound);
  assert.match(lost.message, /no such directory ".*no-such-bundle"$/);
});

test("CliDriver gives a runtime no descriptor but its stdio, and of the environment what it needs", async () => {
  const env = runtimeEnvironment({
    PATH: process.env["PATH"],
    HOME: "/h",
    NOTIFY_SOCKET: "/n",
    NODE_OPTIONS: "x",
  });
  const { exec, bundleDir } = bundle("exec=fd", { env });
  await exec();
  const seen = readFileSync(join(bundleDir, "fake-oci-runtime.seen"), "utf8");
  const descriptors = [...seen.matchAll(/ (\d+) -> (\S+)/g)].map(([, fd, target]) => [fd, target] as const);
  // The shell has its script, and the file it writes into, besides; and what whoever started the tests left open to
  // every child is not the driver's doing (Node closes such up to the first gap; the shim's start closes the rest).
  const mine = /oci-runtime\.(?:sh|seen)$|^\/dev\/null$/;
  const own = descriptors.filter(([fd, target]) => !mine.test(target ?? "") && !isInheritable(fd ?? ""));
  assert.deepEqual(own, []);
  assert.match(seen, /^HOME=\/h$/m);
  assert.doesNotMatch(seen, /NOTIFY_SOCKET|NODE_OPTIONS/);
});

function isInheritable(fd: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
    return Number(fd) > 2 && (Number.parseInt(flags, 8) & 0o2000000) === 0;
  } catch {
    return false;
  }
}

test("runtimeEnvironment() has a PATH whatever it is given", () => {
  assert.match(runtimeEnvironment({})["PATH"] ?? "", /\/usr\/bin/);
  assert.deepEqual(runtimeEnvironment({ PATH: "/x", LISTEN_FDS: "3" }), { PATH: "/x" });
});

test("readPidFile() is undefined for what holds no pid", () => {
  const path = join(root, "some.pid");
  for (const [text, pid] of [
    ["1234", 1234],
    ["1234\n", 1234],
    ["", undefined],
    ["12x", undefined],
    ["5000000", undefined],
  ] as const) {
    writeFileSync(path, text);
    assert.equal(readPidFile(path), pid);
  }
  assert.equal(readPidFile(join(root, "missing")), undefined);
  assert.equal(readPidFile(root), undefined);
});
