// Create, with everything that can be wrong with a bundle, a request or an OCI runtime: one error, nothing left, and the
// same id works afterwards.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Init } from "../../../proto/codec.ts";
import type { CreateTaskRequest } from "../../../proto/gen/task.ts";
import { type FakeBundle, failure, ShimCore, useExits } from "../../fakes/shim-core.ts";
import { useSuite } from "../../support/suite.ts";
import { until } from "../../support/until.ts";

interface Row {
  readonly what: string;
  readonly behaviour?: string;
  readonly request?: Init<CreateTaskRequest>;
  readonly spoil?: (bundle: FakeBundle) => void;
  readonly error: RegExp;
}

const config = (text: string | undefined) => (bundle: FakeBundle) => {
  const path = join(bundle.dir, "config.json");
  if (text === undefined) rmSync(path);
  else writeFileSync(path, text);
};

const ROWS: readonly Row[] = [
  { what: "no config.json", spoil: config(undefined), error: /^NotFound: bundle .*: not found$/ },
  {
    what: "a config.json that is cut",
    spoil: config('{"linux":'),
    error: /^InvalidArgument: .*config\.json: /,
  },
  {
    what: "a config.json that is no object",
    spoil: config("null"),
    error: /^InvalidArgument: .*no JSON object/,
  },
  { what: "a bundle that is not there", request: { bundle: "/nowhere/at/all" }, error: /^NotFound: / },
  { what: "a bundle with a long name", request: { bundle: `/${"x".repeat(300)}` }, error: /^NotFound: / },
  {
    what: "a bundle by a relative path",
    request: { bundle: "." },
    error: /^InvalidArgument: .*not absolute/,
  },
  {
    what: "a missing fifo",
    request: { stdout: "/nowhere/fifo" },
    error: /^FailedPrecondition: .*\/nowhere\/fifo/,
  },
  { what: "stdio of an unknown kind", request: { stdout: "ftp://host/x" }, error: /^InvalidArgument: .*ftp/ },
  {
    what: "a rootfs that cannot be mounted",
    request: {
      rootfs: [
        { type: "tmpfs", source: "tmpfs" },
        { type: "bind", source: "/nowhere", options: ["rbind"] },
      ],
    },
    error: /^Unknown: mount rootfs of .*\/nowhere/,
  },
  {
    what: "options of an unknown kind",
    request: { options: { typeUrl: "containerd.runc.v1.Options", value: Buffer.from([0xff, 0xff]) } },
    error: /^InvalidArgument: /,
  },
  {
    what: "a runtime that refuses",
    behaviour: "create=fail:no such image",
    error: /^Unknown: OCI runtime create failed: no such image/,
  },
  { what: "a runtime that refuses too late", behaviour: "create=fail-after:oh", error: /^Unknown: .*: oh/ },
  { what: "a runtime that dies at once", behaviour: "create=die", error: /^Unknown: .*SIGKILL/ },
  { what: "a runtime that dies half-way", behaviour: "create=die-after", error: /^Unknown: .*SIGKILL/ },
  { what: "a runtime that names no pid", behaviour: "create=no-pid", error: /^Internal: .*left no pid/ },
  {
    what: "a runtime that writes garbage",
    behaviour: "create=bad-pid:0x1f",
    error: /^Internal: .*left no pid/,
  },
  {
    what: "a runtime that names a stranger",
    behaviour: "create=bad-pid:1",
    error: /^Internal: .*process 1 .*no child/,
  },
  { what: "a runtime that hangs", behaviour: "create=hang", error: /^DeadlineExceeded: / },
  { what: "a runtime that hangs half-way", behaviour: "create=hang-after", error: /^DeadlineExceeded: / },
];

describe("create", () => {
  const reaping = useExits();
  const suite = useSuite({ onEnd: () => reaping.end() });

  for (const { what, behaviour, request, spoil, error } of ROWS) {
    test(`${what} is one error, leaves nothing, and the id can be used again`, async () => {
      const shim = new ShimCore(suite, reaping.exits, { create: 1_000 });
      const bundle = shim.bundle(behaviour === undefined ? [] : [behaviour]);
      const spec = readFileSync(join(bundle.dir, "config.json"), "utf8");
      spoil?.(bundle);
      assert.match(await failure(shim.create(bundle, request)), error);
      assert.deepEqual(shim.events, []);
      assert.deepEqual(bundle.added(), []);
      assert.deepEqual(shim.tasks.census, { containers: 0, isAnyAlive: false });
      bundle.behave([]);
      config(spec)(bundle);
      await shim.run(bundle);
      await shim.end(bundle.id);
      assert.deepEqual(shim.events, ["create", "start", "exit 137", "delete"]);
    });
  }

  test("an unknown runtime binary is named in the error", async () => {
    const shim = new ShimCore(suite, reaping.exits);
    const bundle = shim.bundle();
    const options = {
      typeUrl: "containerd.runc.v1.Options",
      value: Buffer.from("\x32\x07nowhere", "latin1"),
    };
    const error = await failure(shim.create(bundle, { options }));
    assert.match(error, /^FailedPrecondition: .*"nowhere": executable file not found/);
    await shim.run(bundle);
    await shim.end(bundle.id);
  });

  test("ids that are none are refused before anything is done", async () => {
    const shim = new ShimCore(suite, reaping.exits);
    const bundle = shim.bundle();
    for (const id of ["", "a/b", "..", "x".repeat(300), "a\nb"]) {
      assert.match(await failure(shim.create(bundle, { id })), /^InvalidArgument: check container id/);
    }
    assert.deepEqual(bundle.added(), []);
  });

  test("an id is taken from the beginning of Create on", async () => {
    const shim = new ShimCore(suite, reaping.exits);
    const bundle = shim.bundle();
    const [first, second] = [shim.create(bundle), failure(shim.create(bundle))];
    assert.match(await second, /^AlreadyExists: /);
    await first;
    assert.match(await failure(shim.create(bundle)), /^AlreadyExists: /);
    await shim.end(bundle.id);
  });

  test("a runtime that hangs in delete as well costs the undo its deadline, and no more", async () => {
    const shim = new ShimCore(suite, reaping.exits, { create: 500, delete: 500 });
    const bundle = shim.bundle(["create=hang-after", "delete=hang"]);
    assert.match(await failure(shim.create(bundle)), /^DeadlineExceeded: .*create/);
    assert.match(shim.warnings.join("\n"), /delete container: continuing/);
    bundle.behave([]);
    await shim.run(bundle);
    await shim.end(bundle.id);
  });

  test("when the caller has gone, the container is not created; a Shutdown meanwhile counts", async () => {
    const shim = new ShimCore(suite, reaping.exits);
    const bundle = shim.bundle(["create=hang-after"]);
    const caller = new AbortController();
    const creating = failure(shim.create(bundle, {}, caller.signal));
    await until(() => bundle.has("init.pid"), { what: "the pid of init" });
    assert.match(await failure(shim.tasks.delete({ id: bundle.id, execId: "" })), /^NotFound: /);
    shim.tasks.shutdown({ id: bundle.id, now: false });
    assert.equal(shim.seen.shutdowns, 0);
    caller.abort(new Error("gone"));
    assert.match(await creating, /gone/);
    assert.equal(shim.seen.shutdowns, 1);
    assert.deepEqual(bundle.added(), []);
    assert.match(await failure(shim.create(shim.bundle())), /^Unavailable: .*shutting down/);
  });

  test("mounts are gone after a Create that failed behind them", async () => {
    const shim = new ShimCore(suite, reaping.exits);
    const bundle = shim.bundle(["create=fail:no"]);
    const rootfs = [{ type: "tmpfs", source: "tmpfs", options: ["size=64k"] }];
    rmSync(join(bundle.dir, "rootfs"), { recursive: true });
    assert.match(await failure(shim.create(bundle, { rootfs })), /^Unknown: /);
    assert.equal(bundle.has("rootfs"), false, "it was made by Create");
    bundle.behave([]);
    await shim.create(bundle, { rootfs });
    assert.match(readFileSync("/proc/self/mounts", "utf8"), new RegExp(`${bundle.id}/rootfs tmpfs`));
    await shim.tasks.delete({ id: bundle.id, execId: "" });
    assert.doesNotMatch(readFileSync("/proc/self/mounts", "utf8"), new RegExp(bundle.id));
  });

  test("a pid file that another container left is not believed when the runtime fails", async () => {
    const shim = new ShimCore(suite, reaping.exits);
    const bundle = shim.bundle(["create=fail:no"]);
    writeFileSync(join(bundle.dir, "init.pid"), String(process.ppid));
    await failure(shim.create(bundle));
    assert.equal(bundle.has("init.pid"), false);
    assert.ok(process.kill(process.ppid, 0));
  });

  test("events that nobody takes close the door to new containers", async () => {
    const shim = new ShimCore(suite, reaping.exits);
    const bundle = shim.bundle();
    shim.isFull = true;
    assert.match(await failure(shim.create(bundle)), /^ResourceExhausted: .*events/);
    shim.isFull = false;
    await shim.run(bundle);
    await shim.end(bundle.id);
  });
});
