import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf } from "../../../../manager/images/digest.ts";
import { chainIds } from "../../../../manager/images/unpacker.ts";
import { Code, isNotFound } from "../../../../proto/errors.ts";
import { mountAll, unmountAll } from "../../../../sys/mount.ts";
import { mountsUnder } from "../../../../sys/mount-table.ts";
import { ImageWorld, type LayerInit } from "../../../support/image-world.ts";
import { type LayerEntry, layerArchive } from "../../../support/layer-archive.ts";
import { useSuite } from "../../../support/suite.ts";
import { treeListing } from "../../../support/tree-listing.ts";
import { until } from "../../../support/until.ts";

const suite = useSuite();
const world = (options: Partial<Parameters<typeof ImageWorld.open>[0]> = {}) =>
  ImageWorld.open({ dir: join(suite.dir, suite.newId()), ...options });

const gzip = (archive: Buffer): LayerInit => ({
  archive,
  blob: gzipSync(archive),
  mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
});
const zstd = (archive: Buffer): LayerInit => ({
  archive,
  blob: zstdCompressSync(archive),
  mediaType: "application/vnd.oci.image.layer.v1.tar+zstd",
});
const plain = (archive: Buffer): LayerInit => ({ archive, blob: archive });
const dir = (name: string): LayerEntry => ({ name, flag: "5" });
const file = (name: string, data = name): LayerEntry => ({ name, data });

const BASE = layerArchive(
  dir("etc"),
  file("etc/one"),
  file("etc/two"),
  dir("old"),
  file("old/x"),
  dir("opt"),
  file("opt/a"),
);
const MIDDLE = layerArchive(
  file("etc/.wh.one"),
  file(".wh.old"),
  dir("opt"),
  file("opt/.wh..wh..opq"),
  file("opt/b"),
);
const TOP = layerArchive(file("etc/two", "changed"), { name: "etc/three", flag: "1", linkName: "etc/two" });
const WANTED = [`"etc" 40755`, `"etc/three" 100644`, `"etc/two" 100644`, `"opt" 40755`, `"opt/b" 100644`];
const shown = (root: string): string[] =>
  treeListing(root).map((line) => line.split(" ").slice(0, 2).join(" "));

for (const snapshotter of ["overlayfs", "native"]) {
  test(`${snapshotter}: an image of three layers is unpacked as its layers say`, async () => {
    await using at = await world();
    const image = await at.image(gzip(BASE), zstd(MIDDLE), plain(TOP));
    const states: string[] = [];
    const onProgress = ({ index, state }: { index: number; state: string }) =>
      states.push(`${index} ${state}`);
    const top = await at.unpacker.unpackImage(at.namespace, image, { snapshotter, onProgress });
    const chain = chainIds([BASE, MIDDLE, TOP].map((archive) => digestOf(archive)));
    assert.equal(top, chain[2]);
    assert.deepEqual(new Set(at.snapshotNames(snapshotter)), new Set(chain));
    assert.deepEqual(
      states,
      [0, 1, 2].flatMap((index) => [`${index} extracting`, `${index} complete`]),
    );

    const one = at.snapshotters.get(snapshotter);
    const root = join(at.dir, "root");
    mkdirSync(root);
    await mountAll(await one.prepare(at.namespace, "container", top), root);
    assert.deepEqual(shown(root), WANTED);
    assert.equal(readFileSync(join(root, "etc/three"), "utf8"), "changed");
    writeFileSync(join(root, "new"), "new");
    await unmountAll(root);
    assert.deepEqual(treeListing(root), [], "nothing went to the mountpoint itself");

    // Each digest is where containerd's clients look for it.
    const manifest = JSON.parse(
      (await at.content.readAll(at.namespace, image.digest, { maxBytes: 1e6 })).toString(),
    );
    const config = at.content.info(at.namespace, manifest.config.digest);
    assert.equal(config.labels[`containerd.io/gc.ref.snapshot.${snapshotter}`], top);
    const layer = at.content.info(at.namespace, manifest.layers[1].digest);
    assert.equal(layer.labels["containerd.io/uncompressed"], digestOf(MIDDLE));

    states.length = 0;
    await at.unpacker.unpackImage(at.namespace, image, { snapshotter, onProgress });
    assert.deepEqual(states, ["0 exists", "1 exists", "2 exists"], "again is nothing to do");
  });

  test(`${snapshotter}: two that unpack the same image at once are both right`, async () => {
    await using at = await world();
    const image = await at.image(gzip(BASE), gzip(MIDDLE));
    const unpack = () => at.unpacker.unpackImage(at.namespace, image, { snapshotter });
    const [one, two] = await Promise.all([unpack(), unpack()]);
    assert.equal(one, two);
    assert.equal(at.snapshotNames(snapshotter).length, 2);
    await at.snapshotters.get(snapshotter).sweep();
    assert.equal(directories(at, snapshotter).length, 2);
  });

  test(`${snapshotter}: a layer that fails leaves nothing of itself, and those below it`, async () => {
    await using at = await world();
    const bad = layerArchive(file("good"), file("../bad"));
    const image = await at.image(gzip(BASE), gzip(bad));
    await assert.rejects(at.unpacker.unpackImage(at.namespace, image, { snapshotter }), {
      code: Code.InvalidArgument,
      message: /^apply layer "sha256:[0-9a-f]{64}": unpack "..\/bad": its name holds ".."$/,
    });
    assert.deepEqual(at.snapshotNames(snapshotter), [digestOf(BASE)]);
    await at.snapshotters.get(snapshotter).sweep();
    assert.equal(directories(at, snapshotter).length, 1);
  });

  test(`${snapshotter}: a full disk is said to be full, and nothing half-done is left on it`, async () => {
    const disk = join(suite.dir, suite.newId());
    mkdirSync(disk);
    await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=4m"] }], disk);
    try {
      await using at = await world({ snapshotDir: join(disk, "snapshots") });
      const big = layerArchive(file("big", "x".repeat(8 * 2 ** 20)));
      const image = await at.image(gzip(BASE), gzip(big));
      await assert.rejects(at.unpacker.unpackImage(at.namespace, image, { snapshotter }), {
        code: Code.ResourceExhausted,
        message: /^apply layer "sha256:.*": unpack "big": ENOSPC: no space left on device.*; make room/,
      });
      assert.deepEqual(at.snapshotNames(snapshotter), [digestOf(BASE)]);
      await at.snapshotters.get(snapshotter).sweep();
      const small = await at.image(gzip(BASE), gzip(layerArchive(file("small"))));
      await at.unpacker.unpackImage(at.namespace, small, { snapshotter });
    } finally {
      await unmountAll(disk);
    }
  });
}

function directories(at: ImageWorld, snapshotter: string): string[] {
  return readdirSync(join(at.dir, "snapshots", snapshotter)).filter((name) => name !== "layout");
}

test("unpacking that is given up in the middle ends at once and leaves nothing", async () => {
  await using at = await world();
  // A hundred megabytes of zeros: a while of work in a small blob.
  const archive = layerArchive(file("zeros", "\0".repeat(100 * 2 ** 20)));
  const image = await at.image(gzip(BASE), { ...gzip(archive), blob: gzipSync(archive, { level: 1 }) });
  const controller = new AbortController();
  const reason = new Error("enough");
  const unpacking = at.unpacker.unpackImage(at.namespace, image, { signal: controller.signal });
  const begun = join(at.dir, "snapshots/overlayfs/2/fs/zeros");
  const aborting = until(() => existsSync(begun), { what: "the layer has begun" }).then(() =>
    controller.abort(reason),
  );
  await assert.rejects(unpacking, reason);
  await aborting;
  assert.deepEqual(at.snapshotNames("overlayfs"), [digestOf(BASE)]);
  await at.snapshotters.default.sweep();
  assert.equal(directories(at, "overlayfs").length, 1);
});

test("a layer that is not what the configuration says is not committed", async () => {
  await using at = await world();
  const image = await at.image({ archive: TOP, blob: gzipSync(BASE), mediaType: gzip(BASE).mediaType ?? "" });
  await assert.rejects(at.unpacker.unpackImage(at.namespace, image), {
    code: Code.DataLoss,
    message: /it unpacks to sha256:.*, its configuration says sha256:/,
  });
  assert.deepEqual(at.snapshotNames("overlayfs"), []);
});

for (const [what, layer] of [
  ["that does not decompress", gzip(BASE)],
  ["that unpacks to something else", plain(BASE)],
] as const) {
  test(`a damaged blob ${what} is DataLoss, and writing it again heals it`, async () => {
    await using at = await world();
    const image = await at.image(layer);
    const digest = digestOf(layer.blob);
    const path = join(at.dir, "content/blobs/sha256", digest.slice(7));
    const bytes = Buffer.from(layer.blob);
    // In the data of a file: a tar header has a checksum of its own.
    const flaw = layer.mediaType === undefined ? bytes.indexOf("etc/one", 1024) : bytes.length >> 1;
    bytes.writeUInt8(bytes.readUInt8(flaw) ^ 0xff, flaw);
    rmSync(path);
    writeFileSync(path, bytes);
    await assert.rejects(at.unpacker.unpackImage(at.namespace, image), {
      code: Code.DataLoss,
      message: /the digest of its bytes is sha256:.*import or pull the image again/,
    });
    await at.content.ingest(at.namespace, "again", Readable.from([layer.blob]), { expected: digest });
    assert.equal(await at.unpacker.unpackImage(at.namespace, image), digestOf(BASE));
  });
}

test("limits of the configuration hold", async () => {
  await using at = await world({ limits: { entries: 3 } });
  await assert.rejects(at.unpacker.unpackImage(at.namespace, await at.image(gzip(BASE))), {
    code: Code.ResourceExhausted,
    message: /more than 3 entries/,
  });
});

test("an unknown snapshotter, platform or media type is an error that names it", async () => {
  await using at = await world();
  const image = await at.image(gzip(BASE));
  const { unpacker, namespace } = at;
  await assert.rejects(unpacker.unpackImage(namespace, image, { snapshotter: "zfs" }), {
    code: Code.InvalidArgument,
    message: /no snapshotter "zfs"; there are: overlayfs, native/,
  });
  await assert.rejects(
    unpacker.unpackImage(namespace, image, { platform: { os: "linux", architecture: "s390x" } }),
    isNotFound,
  );
  const encrypted = { ...plain(BASE), mediaType: "application/vnd.oci.image.layer.v1.tar+encrypted" };
  await assert.rejects(unpacker.unpackImage(namespace, await at.image(encrypted)), {
    code: Code.Unimplemented,
    message: /tar\+encrypted/,
  });
});

test("a layer is applied through mounts that only the kernel understands, and they are undone", async () => {
  await using at = await world();
  const blob = await at.put(BASE, "application/vnd.oci.image.layer.v1.tar");
  const target = join(at.dir, "target");
  mkdirSync(target);
  const mounts = [
    { type: "tmpfs", source: "tmpfs", options: ["size=1m"] },
    { type: "bind", source: target, target: "/etc", options: ["rbind", "X-nothing"] },
  ];
  mkdirSync(join(at.dir, "mounts"));
  await assert.rejects(at.applier.apply(at.namespace, blob, mounts), /apply layer/);
  const binds = [
    { type: "bind", source: target, options: ["rbind", "rw"] },
    { type: "tmpfs", source: "t", target: "/etc", options: [] },
  ];
  mkdirSync(join(target, "etc"));
  const { digest } = await at.applier.apply(at.namespace, blob, binds);
  assert.equal(digest, digestOf(BASE));
  assert.ok(existsSync(join(target, "old/x")));
  assert.deepEqual(
    readdirSync(join(target, "etc")),
    [],
    "what was mounted there has taken its files with it",
  );
  assert.deepEqual(mountsUnder(at.dir), []);
  assert.deepEqual(readdirSync(join(at.dir, "mounts")), []);
  await assert.rejects(
    at.applier.apply(at.namespace, blob, [{ type: "bind", source: target, options: ["ro"] }]),
    {
      code: Code.FailedPrecondition,
    },
  );
  await assert.rejects(at.applier.apply(at.namespace, blob, []), { code: Code.InvalidArgument });
});
