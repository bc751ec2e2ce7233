// The built shim, and everything that can be wrong with what it is given: a bundle, a request, an OCI runtime, a disk. Each is
// one clear error within the caller's deadline, leaves nothing, and the same shim creates the same id afterwards. The runtime
// is a fake that misbehaves once and then is runc.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { startShim } from "../../manager/runtime/shim-binary.ts";
import { pack } from "../../proto/any.ts";
import type { Init } from "../../proto/codec.ts";
import { codeName, HawserError } from "../../proto/errors.ts";
import { Options } from "../../proto/gen/runc-options.ts";
import type { CreateTaskRequest } from "../../proto/gen/task.ts";
import { mountAll, unmountAll } from "../../sys/mount.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import type { TestContainer } from "../support/test-container.ts";
import { until } from "../support/until.ts";

const binary = resolve(import.meta.dirname, "../../bin/containerd-shim-hawser-v2");
const fake = resolve(import.meta.dirname, "../fakes/oci-runtime.sh");
const harness = new ShimHarness({ binary, runtime: fake });

const REAL = "real=runc";

function behave(container: TestContainer, ...lines: string[]): void {
  writeFileSync(join(container.bundle.dir, "fake-oci-runtime"), `${[REAL, ...lines].join("\n")}\n`);
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (caught) {
    const { code, message } = HawserError.from(caught);
    return `${codeName(code)}: ${message}`;
  }
  return assert.fail("it succeeded");
}

/** Descriptors of the shim by what they are, without those that name a connection. */
function descriptors(container: TestContainer): number {
  return readdirSync(`/proc/${container.shimPid}/fd`).length;
}

/** Processes whose parent is the shim. */
function children(container: TestContainer): string {
  return readFileSync(`/proc/${container.shimPid}/task/${container.shimPid}/children`, "utf8").trim();
}

async function livesAndDies(container: TestContainer): Promise<void> {
  await container.create();
  await container.task.start({ id: container.id });
  assert.equal(await container.kill(), 137);
  await container.task.delete({ id: container.id });
}

async function isClean(container: TestContainer, before: number): Promise<void> {
  await until(() => children(container) === "", {
    what: "the shim has no child",
    logs: { children: () => children(container) },
  });
  await until(() => descriptors(container) <= before, { what: `${before} descriptors of the shim` });
  // The disk that a test has made small is the test's own.
  const left = container.leftovers().filter((line) => !line.startsWith(`mount ${container.bundle.dir} `));
  assert.deepEqual(left, []);
}

interface Row {
  readonly what: string;
  readonly behaviour?: string;
  readonly request?: Init<CreateTaskRequest>;
  /** The text of config.json; null: there is none. */
  readonly config?: string | null;
  readonly error: RegExp;
}

const ROWS: readonly Row[] = [
  {
    what: "a bundle without config.json",
    config: null,
    error: /^NotFound: bundle .*config\.json: not found/,
  },
  { what: "invalid JSON", config: "{", error: /^InvalidArgument: .*config\.json/ },
  { what: "a spec that is none", config: "{}", error: /^Unknown: OCI runtime create failed: / },
  {
    what: "an unknown runtime",
    request: { options: pack(Options, { binaryName: "no-such-runtime" }) },
    error: /^FailedPrecondition: .*"no-such-runtime": executable file not found/,
  },
  {
    what: "a rootfs that cannot be mounted",
    request: {
      rootfs: [{ type: "overlay", source: "overlay", options: ["lowerdir=/nowhere:/nowhere-else"] }],
    },
    error: /^Unknown: mount rootfs/,
  },
  { what: "an id with a slash", request: { id: "a/b" }, error: /^InvalidArgument: .*contains/ },
  {
    what: "an id of 300 characters",
    request: { id: "x".repeat(300) },
    error: /^InvalidArgument: .*300 characters/,
  },
  {
    what: "a missing fifo",
    request: { stdout: "/nowhere/out" },
    error: /^FailedPrecondition: .*\/nowhere\/out/,
  },
  {
    what: "a runtime that refuses",
    behaviour: "create=fail:not today",
    error: /^Unknown: OCI runtime create failed: not today/,
  },
  { what: "a runtime that dies at once", behaviour: "create=die", error: /^Unknown: .*SIGKILL/ },
  {
    what: "a runtime that dies when it has created",
    behaviour: "create=die-after",
    error: /^Unknown: .*SIGKILL/,
  },
  { what: "a runtime that writes garbage", behaviour: "create=bad-pid:hello", error: /^Internal: .*no pid/ },
  {
    what: "a runtime that floods",
    behaviour: "create=giant-log",
    error: /^Unknown: .*at the end of a giant log/,
  },
];

describe("bad input to the built shim", () => {
  for (const { what, behaviour, request = {}, config, error } of ROWS) {
    test(`${what}: one error, nothing left, the id can be used again`, async () => {
      await using container = await harness.start();
      behave(container, ...(behaviour === undefined ? [] : [behaviour]));
      const path = join(container.bundle.dir, "config.json");
      const spec = readFileSync(path);
      if (config === null) rmSync(path);
      else if (config !== undefined) writeFileSync(path, config);
      const before = descriptors(container);
      assert.match(await failure(container.create(request)), error);
      await isClean(container, before);
      writeFileSync(path, spec);
      behave(container);
      await livesAndDies(container);
      await container.events.hearsExactly(container.id, ["create", "start", "exit 137", "delete"]);
    });
  }

  for (const [verb, behaviour] of [
    ["create", "create=hang"],
    ["create", "create=hang-after"],
    ["exec", "exec=hang"],
    ["exec", "exec=hang-after"],
  ] as const) {
    test(`a runtime that hangs (${behaviour}) is given up at the caller's deadline`, async () => {
      await using container = await harness.start();
      const { id, task } = container;
      const deadline = { timeoutMs: 2_000 };
      behave(container, behaviour);
      if (verb === "create") {
        const before = descriptors(container);
        const options = pack(Options, { binaryName: fake, root: harness.runtimeRoot });
        const creating = task.create({ id, bundle: container.bundle.dir, options }, deadline);
        assert.match(await failure(creating), /^DeadlineExceeded: /);
        await isClean(container, before);
        behave(container);
        await until(() => livesAndDies(container).then(() => true), {
          what: "the id can be used again",
          deadline: 20_000,
        });
        return;
      }
      await container.create();
      await task.start({ id });
      await container.exec("e", "exit 4");
      assert.match(await failure(task.start({ id, execId: "e" }, deadline)), /^DeadlineExceeded: /);
      await until(() => task.delete({ id, execId: "e" }).then(() => true), {
        what: "the exec can be deleted",
      });
      behave(container);
      assert.equal((await container.execToEnd("e", "exit 4")).status, 4);
      assert.equal(await container.kill(), 137);
    });
  }

  test("a `start` with a wrong id or in a wrong directory answers one line, and serves nothing", async () => {
    await using container = await harness.prepare();
    const { invocation, bundle } = container;
    for (const id of ["a/b", "x".repeat(300)]) {
      assert.match(await failure(startShim({ ...invocation, id })), /^Unavailable: .*id/);
    }
    renameSync(join(bundle.dir, "config.json"), join(bundle.dir, "config.away"));
    assert.match(await failure(startShim(invocation)), /config\.json/);
    writeFileSync(join(bundle.dir, "config.json"), "{");
    assert.match(await failure(startShim(invocation)), /config\.json/);
    renameSync(join(bundle.dir, "config.away"), join(bundle.dir, "config.json"));
  });

  test("a full disk refuses Create and Exec, never loses an exit, and the shim goes on when there is room", async () => {
    await using container = await harness.start();
    const { id, task, bundle } = container;
    const spec = readFileSync(join(bundle.dir, "config.json"));
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: ["size=128k"] }], bundle.dir);
    try {
      const filler = join(bundle.dir, "filler");
      const fill = (): void => {
        for (let size = 4096; size >= 1; size = size >> 1) {
          try {
            for (;;) writeFileSync(filler, "x".repeat(size), { flag: "a" });
          } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
          }
        }
      };
      writeFileSync(join(bundle.dir, "config.json"), spec);
      behave(container);
      const before = descriptors(container);
      fill();
      assert.match(await failure(container.create()), /ENOSPC/);
      await isClean(container, before);
      rmSync(filler);
      await container.create({ stdout: `file://${bundle.dir}/output` });
      await task.start({ id });
      await container.exec("e", "exit 0");
      fill();
      assert.match(await failure(task.start({ id, execId: "e" })), /ENOSPC/);
      assert.equal(await container.kill(), 137);
      await container.events.hears(id, "exit 137");
      rmSync(filler);
      await task.delete({ id });
      const lines = ["create", "start", "exec-added e", "exit 137", "delete"];
      await container.events.hearsExactly(id, lines);
      await livesAndDies(container);
    } finally {
      await unmountAll(bundle.dir);
    }
  });
});
