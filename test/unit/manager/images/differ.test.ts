import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { digestOf } from "../../../../manager/images/digest.ts";
import { Code, isNotFound } from "../../../../proto/errors.ts";
import type { Mount } from "../../../../proto/gen/mount.ts";
import { deviceNumber, FileType, makeNode, setTimes } from "../../../../sys/file-node.ts";
import { mountAll, unmountAll } from "../../../../sys/mount.ts";
import { setXattr } from "../../../../sys/xattr.ts";
import { ImageWorld } from "../../../support/image-world.ts";
import { type LayerEntry, layerArchive } from "../../../support/layer-archive.ts";
import { useSuite } from "../../../support/suite.ts";
import { treeListing } from "../../../support/tree-listing.ts";
import { until } from "../../../support/until.ts";

const suite = useSuite();
const world = () => ImageWorld.open({ dir: join(suite.dir, suite.newId()) });
const dir = (name: string): LayerEntry => ({ name, flag: "5" });
const file = (name: string, data = name): LayerEntry => ({ name, data });

const BASE = layerArchive(
  dir("etc"),
  file("etc/kept"),
  file("etc/removed"),
  file("etc/changed", "aaaa"),
  file("etc/owner"),
  dir("gone"),
  file("gone/x"),
  dir("emptied"),
  file("emptied/x"),
  file("becomes-dir"),
  dir("becomes-file"),
  file("becomes-file/x"),
  file("linked"),
  dir("untouched"),
  file("untouched/x"),
);

/** What a container might do to its root. */
async function change(root: string): Promise<void> {
  const at = (name: string): string => join(root, name);
  unlinkSync(at("etc/removed"));
  writeFileSync(at("etc/changed"), "bbbb");
  chownSync(at("etc/owner"), 1000, 3_000_000);
  chmodSync(at("etc/owner"), 0o4755);
  rmSync(at("gone"), { recursive: true });
  rmSync(at("emptied"), { recursive: true });
  mkdirSync(at("emptied"));
  writeFileSync(at("emptied/y"), "y");
  unlinkSync(at("becomes-dir"));
  mkdirSync(at("becomes-dir"));
  writeFileSync(at("becomes-dir/in"), "in");
  rmSync(at("becomes-file"), { recursive: true });
  writeFileSync(at("becomes-file"), "file");
  mkdirSync(at("new/deep"), { recursive: true });
  writeFileSync(at("new/deep/ü"), "ü");
  writeFileSync(Buffer.concat([Buffer.from(`${root}/new/latin-`), Buffer.from([0xe9])]), "latin");
  writeFileSync(at("new/big"), Buffer.alloc(700_000, "data"));
  linkSync(at("new/big"), at("new/second"));
  symlinkSync("x".repeat(120), at("new/link"));
  makeNode(at("new/fifo"), FileType.fifo | 0o600);
  makeNode(at("new/device"), FileType.characterDevice | 0o600, deviceNumber(5, 1));
  setXattr(at("new/big"), "user.mark", Buffer.from("\0binary\n"));
  writeFileSync(at("new/before"), "x");
  renameSync(at("new/before"), at("new/after"));
  setTimes(at("new/after"), 0n, 1_650_000_000_111_222_333n);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(at("new/socket"), resolve));
  // Closing would unlink it; a container that was killed leaves its sockets.
  renameSync(at("new/socket"), at("new/left-socket"));
  await new Promise((resolve) => server.close(resolve));
}

async function inside(
  at: ImageWorld,
  mounts: readonly Mount[],
  use: (root: string) => void | Promise<void>,
): Promise<void> {
  const root = join(at.dir, "root");
  mkdirSync(root, { recursive: true });
  await mountAll(mounts, root);
  try {
    await use(root);
  } finally {
    await unmountAll(root);
  }
}

for (const name of ["overlayfs", "native"]) {
  test(`${name}: what has changed becomes a layer, and that layer makes the same changes again`, async () => {
    await using at = await world();
    const image = await at.image({ archive: BASE, blob: BASE });
    const parent = await at.unpacker.unpackImage(at.namespace, image, { snapshotter: name });
    const snapshotter = at.snapshotters.get(name);
    const left = await snapshotter.view(at.namespace, "view", parent);
    const right = await snapshotter.prepare(at.namespace, "container", parent);
    let expected: string[] = [];
    await inside(at, right, async (root) => {
      await change(root);
      expected = treeListing(root).filter((line) => !line.includes("left-socket"));
    });
    const diffIds = new Set<string>();
    for (const mediaType of [
      undefined,
      "application/vnd.oci.image.layer.v1.tar+zstd",
      "application/vnd.oci.image.layer.v1.tar",
    ]) {
      const layer = await at.differ.diff(at.namespace, left, right, { mediaType, labels: { mine: "yes" } });
      assert.equal(layer.mediaType, mediaType ?? "application/vnd.oci.image.layer.v1.tar+gzip");
      const { labels, size } = at.content.info(at.namespace, layer.digest);
      assert.equal(size, layer.size);
      assert.equal(labels["mine"], "yes");
      const key = `again ${mediaType}`;
      const mounts = await snapshotter.prepare(at.namespace, key, parent);
      const { digest } = await at.applier.apply(at.namespace, layer, mounts);
      assert.equal(labels["containerd.io/uncompressed"] ?? layer.digest, digest);
      diffIds.add(digest);
      await inside(at, mounts, (root) => assert.deepEqual(treeListing(root), expected));
    }
    assert.equal(diffIds.size, 1, "the same changes are the same bytes");
    assert.deepEqual(await at.content.statuses(at.namespace, []), []);
  });
}

test("overlays that were not made from each other are compared through mounts, with the same result", async () => {
  await using at = await world();
  const layers = [BASE, layerArchive(file("etc/.wh.kept"), file("second"))].map((archive) => ({
    archive,
    blob: archive,
  }));
  const parent = await at.unpacker.unpackImage(at.namespace, await at.image(...layers));
  const left = await at.snapshotters.default.view(at.namespace, "view", parent);
  const right = await at.snapshotters.default.prepare(at.namespace, "container", parent);
  await inside(at, right, change);
  const first = await at.differ.diff(at.namespace, left, right);
  // The same mounts, but not recognisable as such.
  const disguised = right.map((mount) => ({ ...mount, target: "/" }));
  const compared = await at.differ.diff(at.namespace, left, disguised);
  const results: string[][] = [];
  for (const layer of [first, compared]) {
    const mounts = await at.snapshotters.default.prepare(at.namespace, `again ${results.length}`, parent);
    await at.applier.apply(at.namespace, layer, mounts);
    await inside(at, mounts, (root) => void results.push(treeListing(root)));
  }
  assert.deepEqual(results[0], results[1]);
  const nothing = await at.differ.diff(at.namespace, left, left, {
    mediaType: "application/vnd.oci.image.layer.v1.tar",
  });
  assert.equal(nothing.digest, digestOf(layerArchive()), "no difference is an empty archive");
});

test("a first layer is everything there is, with no time later than asked for", async () => {
  await using at = await world();
  const mounts = await at.snapshotters.default.prepare(at.namespace, "container", "");
  await inside(at, mounts, (root) => {
    mkdirSync(join(root, "d"));
    writeFileSync(join(root, "d/f"), "x");
    setTimes(join(root, "d/f"), 0n, 5_000_000_000n);
  });
  const layer = await at.differ.diff(at.namespace, [], mounts, { latestNs: 9_000_000_000n });
  const again = await at.snapshotters.default.prepare(at.namespace, "again", "");
  await at.applier.apply(at.namespace, layer, again);
  await inside(at, again, (root) => {
    assert.equal(lstatSync(join(root, "d"), { bigint: true }).mtimeNs, 9_000_000_000n);
    assert.equal(lstatSync(join(root, "d/f"), { bigint: true }).mtimeNs, 5_000_000_000n);
  });
});

test("a layer that cannot be made leaves no blob and no ingest", async () => {
  await using at = await world();
  const { differ, namespace } = at;
  const source = join(at.dir, "source");
  mkdirSync(source);
  writeFileSync(join(source, "big"), Buffer.alloc(80 * 2 ** 20, "not zeros"));
  const mounts = [{ type: "bind", source, options: ["rbind"] }];
  const controller = new AbortController();
  const reason = new Error("enough");
  const diffing = differ.diff(namespace, [], mounts, { signal: controller.signal, ref: "mine" });
  const hasBegun = () =>
    at.content.statuses(namespace, []).then((all) => all.some(({ offset }) => offset > 0n));
  const aborting = until(hasBegun, { what: "the layer has begun" }).then(() => controller.abort(reason));
  await assert.rejects(diffing, reason);
  await aborting;
  assert.throws(() => at.content.info(namespace, digestOf(Buffer.alloc(0))), isNotFound);
  await assert.rejects(
    differ.diff(namespace, [], [{ type: "bind", source: join(at.dir, "missing") }]),
    /ENOENT/,
  );
  await assert.rejects(differ.diff(namespace, [], mounts, { mediaType: "text/plain" }), {
    code: Code.Unimplemented,
  });
  await assert.rejects(differ.diff(namespace, [], []), { code: Code.InvalidArgument });
  assert.deepEqual(await at.content.statuses(namespace, []), []);
  assert.deepEqual([...at.content.list(namespace, [])], []);
});
