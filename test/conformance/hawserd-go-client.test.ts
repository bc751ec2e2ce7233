// A day of containerd's own Go client on hawserd: what the client found is compared with what it finds on containerd.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { before, test } from "node:test";
import { command } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { peer } from "../support/peer.ts";
import { useSuite } from "../support/suite.ts";
import { buildGoProgram } from "./go-program.ts";
import { begin } from "./support/begin.ts";

const suite = useSuite();
const sources = join(import.meta.dirname, "fixtures/containerd-client");

let program: string;
let archive: string;

before(async () => {
  archive = await begin(suite);
  program = await buildGoProgram({ name: "containerd-client", sources });
});

/** What containerd 2.4 shows the same client, but for its own version, identity and sandboxes. */
const EXPECTED = {
  introspection: { serving: true, snapshotters: 1, unpacksForHost: true },
  namespaces: { again: true, before: 0, gone: true, isListed: true, labels: { a: "1", b: "2" } },
  content: {
    existing: true,
    gone: true,
    half: true,
    labels: { kept: "yes", more: "too" },
    locked: true,
    same: true,
    walked: 1,
  },
  leases: { collected: true, kept: ["content"], listed: 1, unknown: true },
  images: { after: true, before: false, hasSize: true, labels: "go", listed: 1, name: imageName },
  snapshots: {
    gone: true,
    hasUsage: true,
    inUse: true,
    kind: "Committed",
    mounts: 1,
    names: ["done", "look"],
    seen: "new",
  },
  task: {
    deleted: 137,
    early: true,
    exec: { exit: 7, stderr: "err\n", stdout: "out\n" },
    exit: 137,
    gone: true,
    listed: 1,
    metrics: true,
    paused: "paused",
    pids: 1,
    running: "running",
    sameTime: true,
    second: true,
  },
  errors: { badFilter: true, badId: true, noContainer: true, noImage: true, noSandbox: true },
  cleanup: { blobs: 0, snapshots: 0 },
};

/** All events of the day, in order. */
const TOPICS = [
  ["/tasks/create", "/tasks/start", "/tasks/exec-added", "/tasks/exec-started", "/tasks/exit"],
  ["/tasks/paused", "/tasks/resumed", "/tasks/exit", "/tasks/delete"],
].flat();

for (const [runtime, isOurs] of [
  ["io.containerd.hawser.v2", true],
  ["io.containerd.runc.v2", false],
] as const) {
  for (const snapshotter of ["overlayfs", "native"]) {
    test(`the Go client spends a day with ${runtime} on ${snapshotter}`, { timeout: 120_000 }, async () => {
      const namespace = suite.newId();
      const dir = join(suite.dir, namespace);
      await mkdir(dir);
      // Debian's shim of the name io.containerd.runc.v2 does not know `-info` yet.
      const env = { PATH: `${dirname(peer("containerd"))}${delimiter}${process.env["PATH"]}` };
      await using hawserd = await Hawserd.start({ dir, namespace, env });
      await hawserd.watch(async () => {
        const args = [hawserd.address, namespace, archive, snapshotter, runtime];
        const { stdout } = await command(program, args, { deadlineMs: 100_000 });
        const found = Object.fromEntries(
          stdout
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line))
            .map(({ step, facts }) => [step, facts]),
        );
        const { topics, exits, ...task } = found.task;
        const { version, uuid, runtime: name, ...introspection } = found.introspection;
        assert.deepEqual({ ...found, task, introspection }, EXPECTED);
        assert.match(version, /./);
        assert.match(uuid, /^[0-9a-f-]{36}$/);
        assert.equal(name, runtime);
        // Go's shim may tell of an exit after the deletion that followed it.
        if (isOurs) assert.deepEqual({ topics, exits }, { topics: TOPICS, exits: [7, 137] });
      });
      await hawserd.assertEmpty();
    });
  }
}
