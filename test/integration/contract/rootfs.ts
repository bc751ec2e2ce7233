// The root file system that Create mounts, and what a Create that fails leaves: nothing.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "node:test";
import { pack } from "../../../proto/any.ts";
import { Code } from "../../../proto/errors.ts";
import { TaskCreate } from "../../../proto/gen/events.ts";
import { Options } from "../../../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../../../proto/gen/runtime-options.ts";
import type { ShimHarness } from "../../support/shim-harness.ts";
import type { TestContainer } from "../../support/test-container.ts";
import { refusal, refuses } from "./answers.ts";
import { test } from "./bounded-test.ts";
import type { Expectations } from "./expectations.ts";

function mountsBelow(dir: string): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.map((line) => line.split(" ")[4] ?? "").filter((point) => point.startsWith(dir));
}

function mountOptions(point: string): string {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.find((line) => line.split(" ")[4] === point)?.split(" ")[5] ?? "";
}

// Ways for Create to fail: what is broken, how it is broken and, for what lies on disk, how it is repaired.
interface Fault {
  readonly what: string;
  readonly create: (container: TestContainer, harness: ShimHarness) => Promise<unknown>;
  readonly repair?: (container: TestContainer) => Promise<void>;
  readonly message?: RegExp;
  /** It strikes when the OCI runtime has made the container. */
  readonly isLate?: boolean;
}

const configs = new Map<string, string>();

async function spoilConfig(container: TestContainer, text: string | undefined): Promise<void> {
  const path = join(container.bundle.dir, "config.json");
  configs.set(container.id, await readFile(path, "utf8"));
  await writeFile(path, text ?? "");
}

async function repairConfig(container: TestContainer): Promise<void> {
  await writeFile(join(container.bundle.dir, "config.json"), configs.get(container.id) ?? "");
}

const faults: readonly Fault[] = [
  {
    what: "a mount whose source there is not",
    create: (container) =>
      container.create({ rootfs: [{ type: "bind", source: "/no/such/source", options: ["rbind"] }] }),
    message: /no such file/i,
  },
  {
    what: "a file system that nobody knows",
    create: (container) => container.create({ rootfs: [{ type: "nosuchfs", source: "none", options: [] }] }),
  },
  {
    what: "a second mount that fails after the first succeeded",
    create: (container, harness) =>
      container.create({
        rootfs: [
          { type: "bind", source: harness.rootDir, options: ["rbind", "ro"] },
          { type: "bind", source: "/no/such/source", options: ["rbind"] },
        ],
      }),
  },
  {
    what: "a fifo that is missing",
    create: (container) => {
      const path = join(container.dir, "no-such-fifo");
      return container.create({ stdout: path, stderr: path });
    },
    isLate: true,
  },
  {
    what: "a config.json that is no JSON",
    create: async (container) => {
      await spoilConfig(container, "{");
      return container.create();
    },
    repair: repairConfig,
  },
  {
    what: "an empty config.json",
    create: async (container) => {
      await spoilConfig(container, "");
      return container.create();
    },
    repair: repairConfig,
  },
  {
    what: "an OCI runtime that there is not",
    create: (container, harness) =>
      container.create({
        options: pack(Options, { root: harness.runtimeRoot, binaryName: "/no/such/runtime" }),
      }),
    message: /\/no\/such\/runtime/,
  },
];

export function rootfsContract(harness: ShimHarness, expected: Expectations): void {
  describe("root file systems, and Create that fails", () => {
    const print = "echo mark >/mark; cat /mark /etc/group | head -n 2";

    test("an overlay is mounted at Create, written to its upper directory, and gone after Delete", async () => {
      await using container = await harness.start({ script: print, rootDir: "rootfs" });
      const [upper, work] = [join(container.dir, "upper"), join(container.dir, "work")];
      await Promise.all([mkdir(upper), mkdir(work)]);
      const { id, task, bundle } = container;
      const out = container.output("out");
      const options = [`lowerdir=${harness.rootDir}`, `upperdir=${upper}`, `workdir=${work}`];
      await container.create({
        rootfs: [{ type: "overlay", source: "overlay", options }],
        stdout: out.path,
        stderr: out.path,
      });
      assert.deepEqual(mountsBelow(bundle.dir), [bundle.rootfsDir]);
      await task.start({ id });
      assert.equal(await out.whole(), "mark\nroot:x:0:\n");
      assert.equal((await task.wait({ id })).exitStatus, 0);
      await task.delete({ id });
      assert.deepEqual(mountsBelow(bundle.dir), []);
      assert.equal(await readFile(join(upper, "mark"), "utf8"), "mark\n");
      assert.equal(existsSync(join(harness.rootDir, "mark")), false);
      await container.events.hears(id, "create");
      assert.equal(container.events.all(id, TaskCreate)[0]?.rootfs[0]?.type, "overlay");
    });

    test("a read-only bind is mounted read-only, and gone after Delete", async () => {
      await using container = await harness.start({
        script: "exit 0",
        rootDir: "rootfs",
        rootfs: [{ type: "bind", source: harness.rootDir, options: ["rbind", "ro"] }],
      });
      const { id, task, bundle } = container;
      await container.create();
      assert.deepEqual(mountsBelow(bundle.dir), [bundle.rootfsDir]);
      assert.match(mountOptions(bundle.rootfsDir), /^ro\b/);
      await task.start({ id });
      assert.equal((await task.wait({ id })).exitStatus, 0);
      await task.delete({ id });
      assert.deepEqual(mountsBelow(bundle.dir), []);
    });

    test("a tmpfs below another is mounted in the order of the list, and all of it is gone after Delete", async () => {
      await using container = await harness.start({
        script: "exit 0",
        rootDir: "rootfs",
        rootfs: [
          { type: "tmpfs", source: "tmpfs", options: ["size=1m"] },
          { type: "bind", source: harness.rootDir, options: ["rbind", "rw"] },
        ],
      });
      const { id, task, bundle } = container;
      await container.create();
      assert.deepEqual(mountsBelow(bundle.dir), [bundle.rootfsDir, bundle.rootfsDir]);
      await task.start({ id });
      assert.equal((await task.wait({ id })).exitStatus, 0);
      await task.delete({ id });
      assert.deepEqual(mountsBelow(bundle.dir), []);
    });

    for (const fault of faults) {
      test(`${fault.what}: Create is refused, nothing is left, and the same id works`, async () => {
        await using container = await harness.start();
        const { id, task, bundle } = container;
        const text = await refusal(fault.create(container, harness));
        assert.match(text, fault.message ?? /./);
        if (fault.isLate && !expected.undoesLateFailures) await container.cleanUp();
        assert.deepEqual(mountsBelow(bundle.dir), []);
        assert.deepEqual(container.leftovers(), []);
        await refuses(task.state({ id }), Code.NotFound);
        await fault.repair?.(container);
        await container.create();
        await task.start({ id });
        assert.equal(await container.kill(), 137);
        await task.delete({ id });
        await container.events.hearsExactly(id, ["create", "start", "exit 137", "delete"]);
      });
    }

    test("a program that there is not: the runtime's own words reach the caller, and nothing is left", async () => {
      await using container = await harness.start({ args: ["no-such-program"] });
      const { id, task } = container;
      const text = await refusal(container.create().then(() => task.start({ id })));
      assert.match(text, /no-such-program/);
      await task.delete({ id }).catch(() => undefined);
      assert.deepEqual(container.leftovers(), []);
    });

    test("options of a type that is none of a runtime's are refused", async () => {
      await using container = await harness.start();
      await refuses(
        container.create({ options: { typeUrl: "example.v1.Options", value: new Uint8Array() } }),
        expected.strangeOptions,
      );
      await container.create();
    });

    if (expected.acceptsGenericOptions) {
      test("options of the generic kind are taken", async () => {
        await using container = await harness.start();
        const configBody = new TextEncoder().encode(`Root = ${JSON.stringify(harness.runtimeRoot)}\n`);
        await container.create({
          options: pack(GenericOptions, {
            typeUrl: "containerd.runc.v1.Options",
            configPath: "",
            configBody,
          }),
        });
      });
    }
  });
}
