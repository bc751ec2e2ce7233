// Snapshots and layers of a hawserd, driven by Debian's ctr as a person would, and over kill -9 of the daemon.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { unmountAll } from "../../sys/mount.ts";
import { command } from "../support/command.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName, makeImageArchive } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
before(() => void buildHawserShim());

let archive: Promise<string> | undefined;

let count = 0;
function start(): Promise<Hawserd> {
  const dir = join(suite.dir, String(count++));
  mkdirSync(dir);
  return Hawserd.start({ dir, namespace: suite.id });
}

function theArchive(): Promise<string> {
  archive ??= makeImageArchive(join(suite.dir, "image"));
  return archive;
}

/** Imports the image; the name of its snapshot. */
async function imported(hawserd: Hawserd, ...flags: readonly string[]): Promise<string> {
  await hawserd.ctr(["images", "import", ...flags, await theArchive()]);
  const { stdout } = await hawserd.ctr(["snapshots", ...flags, "ls"]);
  return /sha256:[0-9a-f]{64}/.exec(stdout)?.[0] ?? "";
}

for (const snapshotter of ["overlayfs", "native"]) {
  test(`${snapshotter}: ctr prepares a root, changes it, and gets the change as a layer`, async () => {
    await using hawserd = await start();
    const ctr = (...args: string[]) => hawserd.ctr(["snapshots", "--snapshotter", snapshotter, ...args]);
    const base = await imported(hawserd, "--snapshotter", snapshotter);
    await ctr("prepare", "work", base);
    const root = join(hawserd.dir, "root");
    mkdirSync(root);
    const { stdout: mount } = await ctr("mounts", root, "work");
    await command("/bin/sh", ["-c", mount]);
    try {
      writeFileSync(join(root, "new"), "new");
      unlinkSync(join(root, "bin/true"));
    } finally {
      await unmountAll(root);
    }
    const { bytes } = await ctr("diff", "work");
    const { stdout: listed } = await command("tar", ["-t"], { input: gunzipSync(bytes) });
    assert.deepEqual(listed.trim().split("\n"), ["bin/", "bin/.wh.true", "new"]);
    await ctr("label", "work", "note=mine");
    assert.match((await ctr("info", "work")).stdout, /"note": "mine"/);
    await ctr("commit", "done", "work");
    assert.match((await ctr("ls")).stdout, new RegExp(`^done +${base} +Committed`, "m"));
    assert.match((await ctr("usage", "done")).stdout, /^done +[\d.]+ \w+ +\d+/m);
    await assert.rejects(ctr("rm", base), /"done" is on top of it; remove that first/);
    await ctr("rm", "done");
  });
}

test("a container writes into a layer of its own, and the image stays as it was", async () => {
  await using hawserd = await start();
  await imported(hawserd);
  for (const id of [suite.newId(), suite.newId()]) {
    const script = "test ! -e /mark && echo written > /mark && rm /bin/false && cat /mark";
    const { stdout } = await hawserd.ctr(["run", "--rm", imageName, id, "sh", "-c", script]);
    assert.equal(stdout, "written\n");
  }
  await until(() => directories(hawserd).length === 1, { what: "the containers' snapshots are gone" });
});

test("hawserd that is killed while it unpacks has nothing half-done afterwards, and unpacks the next time", async () => {
  await using hawserd = await start();
  // Killed as soon as the first file of the layer is there.
  const path = await theArchive();
  const importing = hawserd.ctr(["images", "import", path], { status: "any" });
  await until(() => directories(hawserd).some((dir) => readdirSync(join(dir, "fs")).length > 0), {
    what: "unpacking has begun",
  });
  await hawserd.kill("SIGKILL");
  await importing;
  await hawserd.restart();
  const base = await imported(hawserd);
  const id = suite.newId();
  const { stdout } = await hawserd.ctr(["run", "--rm", imageName, id, "sh", "-c", "ls /bin | wc -l"]);
  assert.ok(Number(stdout) > 50, stdout);
  const { stdout: listed } = await hawserd.ctr(["snapshots", "ls"]);
  assert.match(listed, new RegExp(`^${base} +Committed`, "m"));
});

test("what was removed while hawserd was away is freed when it comes back", async () => {
  await using hawserd = await start();
  await imported(hawserd);
  await hawserd.stop();
  const stale = join(hawserd.rootDir, "snapshots/overlayfs/4711");
  const halfDone = join(hawserd.rootDir, "snapshots/overlayfs/.new-1-1/fs");
  for (const dir of [stale, halfDone]) mkdirSync(dir, { recursive: true });
  await hawserd.restart();
  await hawserd.ctr(["images", "rm", "--sync", imageName]);
  assert.ok(!existsSync(stale) && !existsSync(halfDone));
  assert.deepEqual(directories(hawserd), []);
  assert.equal(readFileSync(join(hawserd.rootDir, "snapshots/overlayfs/layout"), "utf8"), "overlay\n");
});

function directories(hawserd: Hawserd): string[] {
  const dir = join(hawserd.rootDir, "snapshots/overlayfs");
  return readdirSync(dir)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => join(dir, name));
}
