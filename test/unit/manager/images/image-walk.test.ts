import assert from "node:assert/strict";
import { test } from "node:test";
import { childLabels } from "../../../../manager/images/gc-labels.ts";
import { chooseManifests, findManifest, walkImage } from "../../../../manager/images/image-walk.ts";
import { MediaType } from "../../../../manager/images/media-type.ts";
import type { OciDescriptor } from "../../../../manager/images/oci-document.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";
import { Platform } from "../../../../proto/gen/platform.ts";
import { useSuite } from "../../../support/suite.ts";
import { type Files, multiPlatformFiles } from "./image-fixture.ts";
import { contentStore, pieces, sha256 } from "./support.ts";

const suite = useSuite();

function entry(mark: string, architecture?: string, variant = ""): OciDescriptor {
  const base = { mediaType: MediaType.ociManifest, digest: sha256(mark), size: 1n, annotations: {} };
  return architecture === undefined
    ? base
    : { ...base, platform: Platform.create({ os: "linux", architecture, variant }) };
}

async function storeWith(files: Files) {
  const store = contentStore(`${suite.dir}/${suite.newId()}`);
  for (const [name, bytes] of Object.entries(files)) {
    if (name.startsWith("blobs/")) await store.ingest("default", name, pieces(bytes));
  }
  const entries = JSON.parse(String(files["index.json"])).manifests;
  const { mediaType, digest, size } = entries[0];
  return { store, index: { mediaType, digest, size: BigInt(size), annotations: {} } };
}

test("chooseManifests() takes what a platform can run, the best first", () => {
  const all = [
    entry("amd", "amd64"),
    entry("v6", "arm", "v6"),
    entry("v7", "arm", "v7"),
    entry("arm64", "arm64", "v8"),
    entry("any"),
    entry("attestation", "unknown"),
  ];
  const marks = (wanted: object[], more = {}) =>
    chooseManifests(all, { platforms: wanted, ...more }).map(
      ({ digest }) =>
        ["amd", "v6", "v7", "arm64", "any", "attestation"].find((mark) => sha256(mark) === digest) ?? "?",
    );
  const linux = (architecture: string, variant = "") => ({ os: "linux", architecture, variant });
  const table: [object[], object, string[]][] = [
    [[], {}, ["amd", "v6", "v7", "arm64", "any", "attestation"]],
    [[linux("amd64")], {}, ["amd", "any"]],
    [[linux("x86_64")], {}, ["amd", "any"]],
    [[linux("arm", "v7")], {}, ["v7", "any", "v6"]],
    [[linux("arm", "6")], {}, ["v6", "any"]],
    [[linux("arm64")], {}, ["arm64", "any", "v7", "v6"]],
    [[linux("arm64"), linux("amd64")], { manifestLimit: 2 }, ["arm64", "any"]],
    [[linux("amd64")], { allMetadata: true }, ["amd", "any", "v6", "v7", "arm64", "attestation"]],
    [[{ os: "windows", architecture: "amd64" }], {}, ["any"]],
  ];
  for (const [wanted, more, expected] of table) {
    assert.deepEqual(marks(wanted, more), expected, JSON.stringify([wanted, more]));
  }
});

test("walkImage() visits every blob once, parents first, with what is wanted of it", async () => {
  const { store, index } = await storeWith(await multiPlatformFiles());
  const visit = async (options: object) => {
    const seen: string[] = [];
    for await (const { descriptor, children } of walkImage(store, "default", index, options)) {
      seen.push(
        `${descriptor.mediaType.replace(/^application\/vnd\.oci\.image\.|\.v1.*$/g, "")} ${children.length}`,
      );
    }
    return seen;
  };
  const image = ["manifest 2", "config 0", "layer 0"];
  assert.deepEqual(await visit({}), ["index 2", ...image, ...image]);
  const arm = [{ os: "linux", architecture: "arm64" }];
  assert.deepEqual(await visit({ platforms: arm }), ["index 1", ...image]);
  assert.deepEqual(await visit({ platforms: arm, allMetadata: true }), [
    "index 2",
    ...image,
    "manifest 1",
    "config 0",
  ]);
  assert.deepEqual(await visit({ manifestLimit: 1 }), ["index 1", ...image]);
});

test("findManifest() finds the platform's manifest, or says that there is none", async () => {
  const { store, index } = await storeWith(await multiPlatformFiles());
  const found = await findManifest(store, "default", index, { os: "linux", architecture: "aarch64" });
  assert.deepEqual([found.platform.architecture, found.platform.variant], ["arm64", "v8"]);
  const single = await findManifest(store, "default", { ...found }, { os: "linux", architecture: "arm64" });
  assert.equal(single.digest, found.digest);
  await assert.rejects(
    findManifest(store, "default", index, { os: "linux", architecture: "riscv64" }),
    (error: HawserError) => {
      assert.equal(error.code, Code.NotFound);
      assert.match(error.message, /no manifest for linux\/riscv64/);
      return true;
    },
  );
});

test("childLabels() are those that containerd writes", () => {
  const of = (mediaType: string, mark: string) => ({
    mediaType,
    digest: sha256(mark),
    size: 1n,
    annotations: {},
  });
  const layer = "application/vnd.oci.image.layer.v1.tar+zstd";
  const labels = childLabels([of(MediaType.ociConfig, "c"), of(layer, "1"), of(MediaType.dockerLayer, "2")]);
  assert.deepEqual(labels, {
    "containerd.io/gc.ref.content.config": sha256("c"),
    "containerd.io/gc.ref.content.l.0": sha256("1"),
    "containerd.io/gc.ref.content.l.1": sha256("2"),
  });
  const others = childLabels([
    of(MediaType.ociManifest, "m"),
    of(MediaType.dockerManifest, "n"),
    of("x/y", "z"),
  ]);
  assert.deepEqual(others, {
    "containerd.io/gc.ref.content.m.0": sha256("m"),
    "containerd.io/gc.ref.content.m.1": sha256("n"),
    "containerd.io/gc.ref.content.0": sha256("z"),
  });
});
