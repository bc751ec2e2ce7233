import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { diffApi } from "../../../../manager/api/diff.ts";
import { snapshotsApi } from "../../../../manager/api/snapshots.ts";
import { digestOf } from "../../../../manager/images/digest.ts";
import { Code } from "../../../../proto/errors.ts";
import { Diff } from "../../../../proto/gen/diff.ts";
import { Kind, Snapshots } from "../../../../proto/gen/snapshots.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { ImageWorld } from "../../../support/image-world.ts";
import { layerArchive } from "../../../support/layer-archive.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();
const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** Both services on a world of their own. */
async function services() {
  const images = await ImageWorld.open({ dir: join(suite.dir, suite.newId()) });
  const { snapshotters, applier, differ, namespace } = images;
  const grpc = await GrpcWorld.of(suite, [snapshotsApi(snapshotters), diffApi(applier, differ)]);
  return {
    images,
    client: grpc.client,
    options: { namespace },
    async [Symbol.asyncDispose]() {
      await grpc[Symbol.asyncDispose]();
      await images[Symbol.asyncDispose]();
    },
  };
}

const snapshotter = "overlayfs";

test("a snapshot is prepared, filled, committed, built on, looked at and removed over the socket", async () => {
  await using at = await services();
  const { client, options, images } = at;
  const archive = layerArchive({ name: "file", data: "text" });
  const diff = await images.put(archive, LAYER);
  const { mounts } = await client.call(Snapshots, "prepare", { snapshotter, key: "a" }, options);
  const { applied } = await client.call(Diff, "apply", { diff, mounts, syncFs: true }, options);
  assert.deepEqual(
    { ...applied, annotations: {} },
    { mediaType: LAYER, digest: digestOf(archive), size: BigInt(archive.length), annotations: {} },
  );
  const labels = { one: "1", two: "2" };
  await client.call(Snapshots, "commit", { snapshotter, name: "base", key: "a", labels }, options);
  const { mounts: view } = await client.call(
    Snapshots,
    "view",
    { snapshotter, key: "v", parent: "base" },
    options,
  );
  assert.deepEqual(
    view.map(({ type, options }) => [type, options]),
    [["bind", ["ro", "rbind"]]],
  );
  const child = await client.call(Snapshots, "prepare", { snapshotter, key: "c", parent: "base" }, options);
  assert.deepEqual(await client.call(Snapshots, "mounts", { snapshotter, key: "c" }, options), child);
  const update = { info: { name: "base", labels: { two: "" } }, updateMask: { paths: ["labels.two"] } };
  const { info } = await client.call(Snapshots, "update", { snapshotter, ...update }, options);
  assert.deepEqual({ ...info?.labels }, { one: "1" });
  const { info: stat } = await client.call(Snapshots, "stat", { snapshotter, key: "base" }, options);
  assert.deepEqual([stat?.kind, stat?.name, stat?.parent], [Kind.COMMITTED, "base", ""]);
  const usage = await client.call(Snapshots, "usage", { snapshotter, key: "base" }, options);
  assert.equal(usage.inodes, 2n);

  const upper = child.mounts[0]?.options.find((option) => option.startsWith("upperdir="))?.slice(9) ?? "";
  writeFileSync(join(upper, "new"), "new");
  const made = await client.call(
    Diff,
    "diff",
    { left: view, right: child.mounts, mediaType: LAYER },
    options,
  );
  assert.equal(made.diff?.mediaType, LAYER);
  const bytes = await images.content.readAll(images.namespace, made.diff?.digest ?? "", { maxBytes: 1e6 });
  assert.ok(bytes.includes("new") && !bytes.includes("text"));

  const refused = client.call(Snapshots, "remove", { snapshotter, key: "base" }, options);
  await assert.rejects(refused, { code: Code.FailedPrecondition });
  for (const key of ["c", "v", "base"]) await client.call(Snapshots, "remove", { snapshotter, key }, options);
  await client.call(Snapshots, "cleanup", { snapshotter }, options);
  assert.deepEqual(readdirSync(join(images.dir, "snapshots", snapshotter)), ["layout"]);
});

test("a list of 201 snapshots comes in pages of 100, and only those that the filters want", async () => {
  await using at = await services();
  const { client, options } = at;
  for (let index = 0; index < 201; index++) {
    const labels: Record<string, string> = index === 7 ? { special: "yes" } : {};
    await client.call(Snapshots, "view", { snapshotter, key: `view-${index}`, labels }, options);
  }
  const sizes: number[] = [];
  for await (const { info } of client.stream(Snapshots, "list", { snapshotter }, options))
    sizes.push(info.length);
  assert.deepEqual(sizes, [100, 100, 1]);
  const filters = ['labels."special"==yes'];
  const names: string[] = [];
  for await (const { info } of client.stream(Snapshots, "list", { snapshotter, filters }, options)) {
    names.push(...info.map(({ name }) => name));
  }
  assert.deepEqual(names, ["view-7"]);
});

test("a request that cannot be is one clear error", async () => {
  await using at = await services();
  const { client, options, images } = at;
  const diff = await images.put(layerArchive({ name: "../evil" }), LAYER);
  const target = join(images.dir, "target");
  mkdirSync(target);
  const mounts = [{ type: "bind", source: target, options: ["rbind"] }];
  const payloads = { "io.containerd.ocicrypt": { typeUrl: "x", value: Buffer.alloc(0) } };
  const calls: [() => Promise<unknown>, Code, RegExp][] = [
    [
      () => client.call(Snapshots, "prepare", { key: "a" }, options),
      Code.InvalidArgument,
      /no snapshotter is named; there are: overlayfs, native/,
    ],
    [
      () => client.call(Snapshots, "prepare", { snapshotter: "zfs", key: "a" }, options),
      Code.InvalidArgument,
      /no snapshotter "zfs"/,
    ],
    [
      () => client.call(Snapshots, "prepare", { snapshotter, key: "" }, options),
      Code.InvalidArgument,
      /snapshot key/,
    ],
    [() => client.call(Snapshots, "update", { snapshotter }, options), Code.InvalidArgument, /no info/],
    [
      () => client.call(Snapshots, "stat", { snapshotter, key: "a" }),
      Code.FailedPrecondition,
      /namespace is required/,
    ],
    [() => client.call(Diff, "apply", { mounts }, options), Code.InvalidArgument, /none is named/],
    [
      () => client.call(Diff, "apply", { diff, mounts }, options),
      Code.InvalidArgument,
      /unpack "\.\.\/evil": its name holds "\.\."/,
    ],
    [
      () => client.call(Diff, "apply", { diff, mounts, payloads }, options),
      Code.Unimplemented,
      /no processor for "io.containerd.ocicrypt"/,
    ],
    [
      () => client.call(Diff, "apply", { diff: { ...diff, digest: "sha256:zz" }, mounts }, options),
      Code.InvalidArgument,
      /digest/,
    ],
    [
      () => client.call(Diff, "apply", { diff, mounts: [{ type: "bind", source: "relative" }] }, options),
      Code.InvalidArgument,
      /"relative" is not an absolute path/,
    ],
    [() => client.call(Diff, "diff", { right: [] }, options), Code.InvalidArgument, /there are no mounts/],
    [
      () => client.call(Diff, "diff", { right: mounts, mediaType: "text/html" }, options),
      Code.Unimplemented,
      /"text\/html"/,
    ],
  ];
  for (const [call, code, message] of calls) await assert.rejects(call(), { code, message });
});
