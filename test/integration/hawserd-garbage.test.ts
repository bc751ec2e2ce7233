// What becomes of images, blobs and snapshots that nobody needs any more, on a hawserd driven by `ctr`: they go, records first
// and bytes after that; and what is needed by anything at all stays.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
let archive = "";
before(async () => {
  archive = await begin(suite);
});

describe("garbage of hawserd", { timeout: 120_000 }, () => {
  let hawserd: Hawserd;
  before(async () => {
    const dir = join(suite.dir, "g");
    await mkdir(dir);
    hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  });
  after(async () => await hawserd?.[Symbol.asyncDispose]());

  const lines = async (...args: string[]) => {
    const { stdout } = await hawserd.ctr(args);
    return stdout.split("\n").filter((line) => line !== "");
  };
  const content = async (...flags: string[]) => await lines(...flags, "content", "ls", "-q");
  const snapshots = async () => (await lines("snapshots", "ls")).slice(1);
  const filesIn = (...path: string[]) => {
    const dir = join(hawserd.rootDir, ...path);
    return existsSync(dir) ? readdirSync(dir).filter((name) => !name.startsWith(".")) : [];
  };
  const blobsOnDisk = () => filesIn("content", "blobs", "sha256");
  const directoriesOnDisk = () => {
    return filesIn("snapshots").flatMap((snapshotter) => {
      return filesIn("snapshots", snapshotter).filter((name) => /^\d+$/.test(name));
    });
  };
  const removeImage = async (...flags: string[]) =>
    await hawserd.ctr([...flags, "images", "rm", "--sync", imageName]);

  // Whoever deletes with --sync waits for a collection.
  const collect = async () => {
    await hawserd.ctr(["leases", "create", "--id", "nothing"]);
    await hawserd.ctr(["leases", "delete", "--sync", "nothing"]);
  };

  test("an image that is removed takes its blobs and snapshots with it, from the records and from the disk", async () => {
    await hawserd.importImage(archive);
    // The client's copy of the archive's index is garbage by now.
    await collect();
    assert.ok((await content()).length >= 3 && (await snapshots()).length >= 1);
    assert.equal(blobsOnDisk().length, (await content()).length);
    assert.equal(directoriesOnDisk().length, (await snapshots()).length);
    await removeImage();
    assert.deepEqual([await content(), await snapshots()], [[], []]);
    assert.deepEqual([blobsOnDisk(), directoriesOnDisk()], [[], []]);
  });

  test("a container keeps its snapshot without its image, and nothing else; without the container that goes, too", async () => {
    const id = suite.newId();
    await hawserd.importImage(archive);
    await hawserd.ctr([
      "containers",
      "create",
      "--runtime",
      "io.containerd.hawser.v2",
      imageName,
      id,
      "true",
    ]);
    await removeImage();
    assert.deepEqual(await content(), []);
    const kept = await snapshots();
    assert.ok(kept.some((line) => line.startsWith(`${id} `)) && kept.length >= 2, kept.join("\n"));
    await hawserd.ctr(["containers", "rm", id]);
    await until(async () => (await snapshots()).length === 0, {
      what: "the snapshots below the container are collected",
      deadline: 10_000,
      logs: { log: () => hawserd.log.slice(-4_000) },
    });
    await until(() => directoriesOnDisk().length === 0, { what: "their directories go", deadline: 10_000 });
  });

  test("another namespace keeps the bytes that both have", async () => {
    const other = suite.newId();
    await hawserd.importImage(archive);
    await hawserd.ctr(["--namespace", other, "images", "import", archive]);
    await removeImage();
    assert.deepEqual(await content(), []);
    await collect();
    const shared = await content("--namespace", other);
    assert.ok(shared.length >= 3);
    assert.equal(blobsOnDisk().length, shared.length);
    assert.match((await lines("--namespace", other, "images", "check"))[1] ?? "", /complete/);
    const refused = await hawserd.ctr(["namespaces", "rm", other], { status: "any" });
    assert.match(refused.stderr, /it has 1 image, .* blobs; delete them first/);
    await removeImage("--namespace", other);
    assert.deepEqual(blobsOnDisk(), []);
    await hawserd.ctr(["namespaces", "rm", other]);
    assert.ok(!(await lines("namespaces", "ls", "-q")).includes(other));
  });

  test("a label keeps a blob and what it refers to, until it is taken away", async () => {
    await hawserd.importImage(archive);
    await collect();
    const [, row] = await lines("images", "ls");
    const manifest = /sha256:[0-9a-f]{64}/.exec(row ?? "")?.[0] ?? "";
    const all = await content();
    await hawserd.ctr(["content", "label", manifest, "containerd.io/gc.root=kept"]);
    await removeImage();
    assert.deepEqual(await content(), all);
    await hawserd.ctr(["content", "label", manifest, "containerd.io/gc.root="]);
    await collect();
    assert.deepEqual([await content(), blobsOnDisk()], [[], []]);
  });

  test("a lease ends when its time is over, without anybody asking", async () => {
    await hawserd.ctr(["leases", "create", "--id", "short", "--expires", "3s"]);
    assert.deepEqual(await lines("leases", "ls", "-q"), ["short"]);
    await until(async () => (await lines("leases", "ls", "-q")).length === 0, {
      what: "the lease has expired",
      deadline: 10_000,
    });
  });

  test("hawserd has nothing to complain of, and nothing is left", async () => {
    assert.deepEqual(
      hawserd.log.split("\n").filter((line) => / level=(warning|error) /.test(line)),
      [],
    );
    const { stdout } = await hawserd.hawser(["doctor", "--format", "json"]);
    assert.deepEqual(JSON.parse(stdout), { findings: [] });
  });
});
