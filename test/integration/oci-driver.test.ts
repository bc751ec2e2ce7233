// The driver against the runtimes that people have: the whole life of a container, and the reasons of refusals, on runc
// and on crun. Containers live in a state directory below the suite's own, so those of the machine are never touched.
import assert from "node:assert/strict";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { defaultProcess, defaultSpec } from "../../manager/oci/default-spec.ts";
import { Code, codeName, HawserError } from "../../proto/errors.ts";
import { chooseRuntime, readCgroupLayout } from "../../shim/oci/choose.ts";
import { CliDriver, TIMEOUTS_MS } from "../../shim/oci/cli-driver.ts";
import type { RuntimeStdio } from "../../shim/oci/driver.ts";
import { setSubreaper } from "../../sys/prctl.ts";
import { Reaper } from "../../sys/wait.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const CGROUPS = "/sys/fs/cgroup";
const BUSYBOX = "/bin/busybox";
const APPLETS = ["sh", "sleep", "cat", "true", "echo", "ls"];
const SIGTERM = 15;
const SIGKILL = 9;

const ignored: RuntimeStdio = { stdin: "ignore", stdout: "ignore", stderr: "ignore" };
const exits = new Map<number, number>();
const reaper = new Reaper({ onExit: ({ pid, code, signal }) => exits.set(pid, code ?? 128 + (signal ?? 0)) });

// Containers become our children when their runtime ends, as they become the shim's. The reaper stays to the last: what
// the suite leaves dying is still to be reaped while leaks are looked for.
setSubreaper();
reaper.start();
const suite = useSuite({ onEnd: removeCgroups });

let rootfsDir = "";
function rootfs(): string {
  if (rootfsDir !== "") return rootfsDir;
  rootfsDir = join(suite.dir, "rootfs");
  mkdirSync(join(rootfsDir, "bin"), { recursive: true });
  for (const dir of ["proc", "dev", "sys", "tmp", "etc"]) mkdirSync(join(rootfsDir, dir));
  copyFileSync(BUSYBOX, join(rootfsDir, "bin", "busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(rootfsDir, "bin", applet));
  return rootfsDir;
}

// crun leaves an empty parent behind; both leave what they made above the container's own cgroup.
function removeCgroups(): void {
  for (const hierarchy of readdirSync(CGROUPS)) {
    const parent = join(CGROUPS, hierarchy, suite.id);
    if (!existsSync(parent)) continue;
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      if (entry.isDirectory()) rmdirSync(join(parent, entry.name));
    }
    rmdirSync(parent);
  }
}

/** A bundle with a container of its own. */
function makeBundle(binary: string, args: string[], { ociVersion = "1.0.2" } = {}) {
  const id = suite.newId();
  const bundleDir = join(suite.dir, id);
  mkdirSync(bundleDir);
  const spec = defaultSpec({ args, cgroupsPath: `/${suite.id}/${id}`, rootDir: rootfs() });
  writeFileSync(join(bundleDir, "config.json"), JSON.stringify({ ...spec, ociVersion }));
  const driver = new CliDriver({ binary, rootDir: join(suite.dir, `state-${binary}`), bundleDir });
  const pidFile = join(bundleDir, "init.pid");
  let execs = 0;
  return {
    id,
    driver,
    bundleDir,
    create: (stdio = ignored) => driver.create(id, { bundleDir, pidFile, stdio }),
    exec: (execArgs: string[], { stdio = ignored, cwd = "/" } = {}) => {
      execs += 1;
      const processFile = join(bundleDir, `process-${execs}.json`);
      writeFileSync(processFile, JSON.stringify(defaultProcess({ args: execArgs, cwd })));
      return driver.exec(id, { processFile, pidFile: join(bundleDir, `exec-${execs}.pid`), stdio });
    },
    exitOf: (pid: number) => until(() => exits.has(pid) && [exits.get(pid)], { what: `the exit of ${pid}` }),
    /** Whatever state it is in. */
    remove: () => driver.delete(id, { force: true }),
    leftLogs: () => readdirSync(bundleDir).filter((name) => name.startsWith(".log-")),
    cgroup: (controller: string, file: string) =>
      readFileSync(join(CGROUPS, controller, suite.id, id, file), "utf8").trim(),
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

async function refused(promise: Promise<unknown>, code: Code, text: RegExp): Promise<void> {
  const error = await failure(promise);
  assert.equal(codeName(error.code), codeName(code), error.message);
  assert.match(error.message, text);
}

const { NotFound, AlreadyExists, FailedPrecondition, InvalidArgument, Unknown } = Code;
// A machine on which crun refuses everything; the product then takes runc, and so the suite has nothing to say of crun.
const isMixed = readCgroupLayout() === "mixed";
const skipCrun = isMixed ? "crun refuses this machine: a controller is left on cgroup v2 beside v1" : false;

for (const binary of ["runc", "crun"]) {
  const skip = binary === "crun" ? skipCrun : false;

  test(`${binary}: a container's whole life`, { skip }, async () => {
    const bundle = makeBundle(binary, ["/bin/sleep", "1000000"]);
    const { driver, id } = bundle;
    try {
      const pid = await bundle.create();
      assert.deepEqual(await driver.state(id), { status: "created", pid });
      await driver.start(id);
      assert.deepEqual(await driver.state(id), { status: "running", pid });
      assert.deepEqual(await driver.ps(id), [pid]);

      const execPid = await bundle.exec(["/bin/sleep", "1000000"]);
      assert.deepEqual(new Set(await driver.ps(id)), new Set([pid, execPid]));
      process.kill(execPid, SIGKILL);
      assert.deepEqual(await bundle.exitOf(execPid), [128 + SIGKILL]);

      await driver.pause(id);
      assert.equal((await driver.state(id)).status, "paused");
      await refused(bundle.exec(["/bin/true"]), FailedPrecondition, /paused/);
      await driver.resume(id);
      assert.equal((await driver.state(id)).status, "running");

      await driver.update(id, new TextEncoder().encode('{"cpu":{"shares":512}}'));
      if (readCgroupLayout() !== "v2") assert.equal(bundle.cgroup("cpu", "cpu.shares"), "512");

      await driver.kill(id, 0, { all: false });
      await driver.kill(id, SIGKILL, { all: false });
      assert.deepEqual(await bundle.exitOf(pid), [128 + SIGKILL]);
      await driver.delete(id, { force: false });
      await refused(driver.state(id), NotFound, /^no such container$/);
      await driver.delete(id, { force: false });
      await driver.delete(id, { force: true });
      assert.deepEqual(bundle.leftLogs(), []);
    } finally {
      await bundle.remove();
    }
  });

  test(`${binary}: the container writes to the descriptors it was given, and exec to its own`, {
    skip,
  }, async () => {
    const bundle = makeBundle(binary, ["/bin/sh", "-c", "cat; echo to stderr >&2; exec sleep 1000000"]);
    const path = (name: string) => join(bundle.bundleDir, name);
    writeFileSync(path("in"), "from stdin\n");
    const fds = [openSync(path("in"), "r"), openSync(path("out"), "a"), openSync(path("err"), "a")] as const;
    const execFd = openSync(path("exec-out"), "a");
    try {
      await bundle.create({ stdin: fds[0], stdout: fds[1], stderr: fds[2] });
      await bundle.driver.start(bundle.id);
      await until(() => readFileSync(path("err"), "utf8") === "to stderr\n", {
        what: "the container's words",
      });
      assert.equal(readFileSync(path("out"), "utf8"), "from stdin\n");
      const stdio = { ...ignored, stdout: execFd };
      const pid = await bundle.exec(["/bin/ls", "/proc/self/fd"], { stdio });
      assert.deepEqual(await bundle.exitOf(pid), [0]);
      // 0, 1, 2, and the one with which the directory is read: nothing of ours got in.
      assert.equal(readFileSync(path("exec-out"), "utf8"), "0\n1\n2\n3\n");
    } finally {
      for (const fd of [...fds, execFd]) closeSync(fd);
      await bundle.remove();
    }
  });

  test(`${binary}: kill with all reaches every process`, { skip }, async () => {
    const bundle = makeBundle(binary, ["/bin/sleep", "1000000"]);
    try {
      const pid = await bundle.create();
      await bundle.driver.start(bundle.id);
      const execPid = await bundle.exec(["/bin/sleep", "1000000"]);
      await bundle.driver.kill(bundle.id, SIGKILL, { all: true });
      assert.deepEqual(await bundle.exitOf(execPid), [128 + SIGKILL]);
      assert.deepEqual(await bundle.exitOf(pid), [128 + SIGKILL]);
    } finally {
      await bundle.remove();
    }
  });

  test(`${binary}: exec says why, in the runtime's words`, { skip }, async () => {
    const bundle = makeBundle(binary, ["/bin/sleep", "1000000"]);
    try {
      await bundle.create();
      await bundle.driver.start(bundle.id);
      const notFound =
        binary === "runc"
          ? /exec: "foo": executable file not found in \$PATH$/
          : /executable file `foo` not found in \$PATH/;
      const [missing, noDir, unreadable] = await Promise.all([
        failure(bundle.exec(["foo"])),
        failure(bundle.exec(["/bin/true"], { cwd: "/bin/busybox/x" })),
        failure(bundle.exec(["/etc"])),
      ]);
      assert.match(missing.message, /^OCI runtime exec failed: /);
      assert.match(missing.message, notFound);
      assert.equal(missing.code, Unknown);
      assert.match(noDir.message, /\/bin\/busybox\/x/);
      assert.match(unreadable.message, /not permitted|permission denied/i);
      assert.deepEqual(bundle.leftLogs(), []);
    } finally {
      await bundle.remove();
    }
  });

  test(`${binary}: refusals have their codes`, { skip }, async () => {
    const bundle = makeBundle(binary, ["/bin/sleep", "1000000"]);
    const { driver, id } = bundle;
    const nobody = suite.newId();
    try {
      await bundle.create();
      await refused(bundle.create(), AlreadyExists, /already exists$/);
      await driver.start(id);
      await refused(driver.start(id), FailedPrecondition, /./);
      await refused(driver.delete(id, { force: false }), FailedPrecondition, /./);
      await refused(driver.kill(id, 65, { all: false }), InvalidArgument, /65$/);
      await refused(driver.update(id, new TextEncoder().encode("garbage")), InvalidArgument, /./);
      await refused(driver.kill(nobody, SIGTERM, { all: false }), NotFound, /^no such container$/);
      await refused(driver.kill(nobody, SIGTERM, { all: true }), NotFound, /^no such container$/);
      await refused(driver.start(nobody), NotFound, /^no such container$/);
      await refused(driver.ps(nobody), NotFound, /^no such container$/);
      await refused(driver.pause(nobody), NotFound, /^no such container$/);
      await refused(driver.resume(nobody), NotFound, /^no such container$/);
      await refused(driver.update(nobody, new TextEncoder().encode("{}")), NotFound, /^no such container$/);
      await driver.delete(nobody, { force: false });
    } finally {
      await bundle.remove();
    }
  });

  test(`${binary}: create says why, and the id can be used again`, { skip }, async () => {
    const bundle = makeBundle(binary, ["/bin/sleep", "1000000"]);
    const config = join(bundle.bundleDir, "config.json");
    const good = readFileSync(config, "utf8");
    try {
      writeFileSync(config, "garbage");
      await refused(bundle.create(), InvalidArgument, /^OCI runtime create failed: /);
      await bundle.remove();
      writeFileSync(config, good.replace("/bin/sleep", "no-such-program"));
      await refused(bundle.create(), Unknown, /no-such-program.*not found in \$PATH/);
      await bundle.remove();
      writeFileSync(config, good);
      await bundle.create();
    } finally {
      await bundle.remove();
    }
  });

  test(`${binary}: checkpoint without criu is refused with a code`, {
    skip: skip || existsSync("/usr/sbin/criu"),
  }, async () => {
    const bundle = makeBundle(binary, ["/bin/sleep", "1000000"]);
    try {
      await bundle.create();
      await bundle.driver.start(bundle.id);
      const imageDir = join(bundle.bundleDir, "images");
      const error = await failure(bundle.driver.checkpoint(bundle.id, { imageDir, leaveRunning: true }));
      assert.ok(error.code === Code.Unimplemented || error.code === FailedPrecondition, error.message);
    } finally {
      await bundle.remove();
    }
  });

  test(`${binary}: version and features`, async () => {
    const { driver } = makeBundle(binary, ["/bin/true"]);
    assert.match(await driver.version(), new RegExp(`^${binary} version \\d`));
    const features = await driver.features();
    if (features) assert.equal(typeof JSON.parse(Buffer.from(features).toString()), "object");
  });
}

test("the choice for a spec is a runtime that takes it, whatever the machine and its crun", async () => {
  for (const ociVersion of ["1.0.0", "1.0.2-dev", "1.0.2", "1.1.0", "1.1.0-rc.1", "1.2.0", "1.2.1"]) {
    const stateDir = suite.dir;
    const { file, binary } = await chooseRuntime({ ociVersion, stateDir });
    const bundle = makeBundle(binary, ["/bin/true"], { ociVersion });
    assert.match(file, new RegExp(`/${binary}$`));
    try {
      await bundle.create();
    } catch (error) {
      assert.fail(`${binary} was chosen for "${ociVersion}": ${String(error)}`);
    } finally {
      await bundle.remove();
    }
  }
});

test("every budget is longer than anything that was ever seen to take its time", () => {
  for (const [verb, ms] of Object.entries(TIMEOUTS_MS)) assert.ok(ms >= 5_000, verb);
});
