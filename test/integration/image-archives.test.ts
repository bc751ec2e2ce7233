// Archives of images between hawser and other people's programs: what skopeo and umoci write is imported and unpacked, and what
// is exported they read and copy, digest for digest.
import assert from "node:assert/strict";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { importLayout } from "../../manager/images/archive-import.ts";
import { exportFiles } from "../../manager/images/image-export.ts";
import { ImageTransfer, type TransferContext } from "../../manager/images/image-transfer.ts";
import { writeLayout } from "../../manager/images/layout-directory.ts";
import { hostPlatform } from "../../manager/images/platform.ts";
import { ImageExportStream, ImageStore } from "../../proto/gen/transfer-image.ts";
import { command } from "../support/command.ts";
import { imageName, makeImageArchive } from "../support/image-archive.ts";
import { ImageWorld } from "../support/image-world.ts";
import { useSuite } from "../support/suite.ts";

const suite = useSuite();
const NAMESPACE = "world";

// Made by the first test: the suite's directory is there when tests run.
let making: Promise<string> | undefined;
function makeArchive(): Promise<string> {
  making ??= makeImageArchive(suite.dir);
  return making;
}

const skopeo = (...args: string[]) => command("skopeo", ["--insecure-policy", ...args]);

class ArchiveWorld implements AsyncDisposable {
  readonly world: ImageWorld;
  readonly transfer: ImageTransfer;

  private constructor(world: ImageWorld) {
    this.world = world;
    this.transfer = new ImageTransfer({
      content: world.content,
      images: world.metadata.images,
      leases: world.metadata.leases,
      unpack: (namespace, target, options) => world.unpacker.unpackImage(namespace, target, options),
    });
  }

  static async open(): Promise<ArchiveWorld> {
    return new ArchiveWorld(await ImageWorld.open({ dir: join(suite.dir, suite.newId()) }));
  }

  get context(): TransferContext {
    const { signal } = new AbortController();
    return { namespace: NAMESPACE, lease: undefined, signal, onProgress: () => undefined };
  }

  /** Imports and unpacks; returns the names, and the chain id of the one snapshot that nothing lies upon. */
  async import(path: string): Promise<{ names: string[]; snapshots: string[] }> {
    const { os, architecture } = hostPlatform();
    const end = ImageStore.create({
      extraReferences: [{ name: "import", isPrefix: true, allowOverwrite: true }],
      unpacks: [{ platform: { os, architecture }, snapshotter: this.world.snapshotters.default.name }],
    });
    const images = await this.transfer.importArchive(createReadStream(path), end, this.context);
    const snapshots = this.world.snapshotNames(this.world.snapshotters.default.name);
    return { names: images.map(({ name }) => name), snapshots };
  }

  async export(name: string, path: string): Promise<void> {
    const end = ImageStore.create({ name });
    const bytes = await this.transfer.exportArchive(end, ImageExportStream.create(), this.context);
    await pipeline(bytes, createWriteStream(path));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }
}

/** The digest of an image and those of its layers, as skopeo sees them. */
async function inspect(image: string): Promise<{ Digest: string; Layers: string[]; Architecture: string }> {
  return JSON.parse((await skopeo("inspect", image)).stdout);
}

test("what umoci and skopeo write as an OCI archive is imported, exported, and the same for skopeo", async () => {
  const archive = await makeArchive();
  await using one = await ArchiveWorld.open();
  const { names, snapshots } = await one.import(archive);
  assert.deepEqual(names, [imageName]);
  assert.equal(snapshots.length, 1);
  const exported = join(suite.dir, "exported.tar");
  await one.export(imageName, exported);
  const [before, after] = [await inspect(`oci-archive:${archive}`), await inspect(`oci-archive:${exported}`)];
  assert.deepEqual([after.Digest, after.Layers], [before.Digest, before.Layers]);
  const copy = join(suite.dir, "copied");
  await skopeo("copy", `oci-archive:${exported}`, `oci:${copy}:latest`);
  await command("umoci", ["unpack", "--image", `${copy}:latest`, join(suite.dir, "copied-bundle")]);
  assert.ok((await stat(join(suite.dir, "copied-bundle/rootfs/bin/busybox"))).isFile());
});

test("a docker-archive of skopeo is imported to the same layers, and ours is loaded as one", async () => {
  const archive = await makeArchive();
  const docker = join(suite.dir, "docker.tar");
  await skopeo("copy", `oci-archive:${archive}`, `docker-archive:${docker}:example.com/box:1`);
  await using one = await ArchiveWorld.open();
  const { names, snapshots } = await one.import(docker);
  assert.deepEqual(names, ["example.com/box:1"]);
  await using other = await ArchiveWorld.open();
  assert.deepEqual(snapshots, (await other.import(archive)).snapshots, "the layers have the same diff ids");
  const exported = join(suite.dir, "exported-docker.tar");
  await other.export(imageName, exported);
  const seen = await inspect(`docker-archive:${exported}`);
  assert.equal(seen.Layers.length, 1);
  await skopeo("copy", `docker-archive:${exported}`, `dir:${join(suite.dir, "as-dir")}`);
});

test("an archive in gzip, and one in zstd, is the same image", async () => {
  const archive = await makeArchive();
  for (const [program, suffix] of [
    ["gzip", "gz"],
    ["zstd", "zst"],
  ] as const) {
    const path = join(suite.dir, `image.tar.${suffix}`);
    const { bytes } = await command(program, ["-c", archive]);
    await pipeline([bytes], createWriteStream(path));
    await using one = await ArchiveWorld.open();
    assert.deepEqual((await one.import(path)).names, [imageName]);
  }
});

test("a layout directory of umoci is imported, and one of ours is read by umoci", async () => {
  const archive = await makeArchive();
  await using one = await ArchiveWorld.open();
  const { content } = one.world;
  const index = await importLayout({ store: content, namespace: NAMESPACE }, join(suite.dir, "image-layout"));
  assert.match(index.digest, /^sha256:/);
  await one.import(archive);
  const dir = join(suite.dir, "written");
  await mkdir(dir);
  const image = one.world.metadata.images.get(NAMESPACE, imageName);
  await writeLayout(dir, await exportFiles(content, NAMESPACE, [image]));
  const { stdout } = await command("umoci", ["stat", "--json", "--image", `${dir}:latest`]);
  assert.ok(JSON.parse(stdout).history.length > 0);
});
