import assert from "node:assert/strict";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { importLayout } from "../../../../manager/images/archive-import.ts";
import { ContentStore } from "../../../../manager/images/content-store.ts";
import { ImageTransfer, type TransferContext } from "../../../../manager/images/image-transfer.ts";
import { writeLayout } from "../../../../manager/images/layout-directory.ts";
import { readTar } from "../../../../manager/images/tar-reader.ts";
import { Metadata } from "../../../../manager/metadata/metadata.ts";
import type { Init } from "../../../../proto/codec.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";
import { ImageExportStream, ImageStore } from "../../../../proto/gen/transfer-image.ts";
import { useSuite } from "../../../support/suite.ts";
import {
  archiveFile,
  describe,
  dockerFiles,
  type Files,
  imageParts,
  json,
  multiPlatformFiles,
  ociFiles,
  pathOf,
  tarOf,
} from "./image-fixture.ts";
import { collect, pieces, sha256 } from "./support.ts";

const suite = useSuite();
const NAME = "example.com/app:1";
const NAMED = { "io.containerd.image.name": NAME };
const PREFIXED = { extraReferences: [{ name: "import", isPrefix: true, allowOverwrite: true }] };

class World implements Disposable {
  readonly dir: string;
  readonly metadata: Metadata;
  readonly content: ContentStore;
  readonly transfer: ImageTransfer;
  readonly unpacked: string[] = [];
  readonly progress: string[] = [];
  unpackError: Error | undefined;

  constructor(dir: string) {
    const events = { publish: () => undefined };
    this.dir = dir;
    this.metadata = Metadata.open(join(dir, "metadata.db"), { events });
    const { content: records, leases, images } = this.metadata;
    this.content = new ContentStore({ dir: join(dir, "content"), records, leases, events });
    this.transfer = new ImageTransfer({
      content: this.content,
      images,
      leases,
      unpack: async (_namespace, { digest }, { snapshotter }) => {
        if (this.unpackError) throw this.unpackError;
        this.unpacked.push(`${digest} ${snapshotter}`);
      },
    });
  }

  static async make(): Promise<World> {
    const dir = join(suite.dir, suite.newId());
    await mkdir(dir);
    return new World(dir);
  }

  get context(): TransferContext {
    return {
      namespace: "default",
      lease: undefined,
      signal: new AbortController().signal,
      onProgress: ({ event = "" }) => void this.progress.push(event),
    };
  }

  async import(archive: Buffer, end: Init<ImageStore> = PREFIXED, options: { compress?: boolean } = {}) {
    const images = await this.transfer.importArchive(
      pieces(archive),
      ImageStore.create(end),
      this.context,
      options,
    );
    return images.map(({ name }) => name);
  }

  async export(names: string[], wanted: Init<ImageExportStream> = {}): Promise<Buffer> {
    const [name = "", ...more] = names;
    const end = ImageStore.create({ name, extraReferences: more.map((one) => ({ name: one })) });
    return collect(await this.transfer.exportArchive(end, ImageExportStream.create(wanted), this.context));
  }

  names(): string[] {
    return [...this.metadata.images.list("default", [])].map(({ name }) => name);
  }

  [Symbol.dispose](): void {
    this.metadata[Symbol.dispose]();
  }
}

async function filesIn(archive: Buffer): Promise<Files> {
  const files: Files = {};
  for await (const entry of readTar(pieces(archive))) {
    if (entry.type === "file") files[entry.name] = await collect(entry.content);
  }
  return files;
}

test("an OCI archive is imported plain, in gzip and in zstd, and labelled for the collector", async () => {
  const files = await ociFiles("a", NAMED);
  const archive = await tarOf(files);
  for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive)]) {
    using world = await World.make();
    assert.deepEqual(await world.import(bytes), [NAME]);
    const { manifest, config, compressed } = await imageParts("a");
    assert.equal(world.metadata.images.get("default", NAME).target?.digest, sha256(manifest));
    assert.deepEqual(
      { ...world.content.info("default", sha256(manifest)).labels },
      {
        "containerd.io/gc.ref.content.config": sha256(config),
        "containerd.io/gc.ref.content.l.0": sha256(compressed),
      },
    );
    assert.deepEqual(
      [...world.metadata.leases.list("default", [])],
      [],
      "the lease of the transfer has ended",
    );
    assert.deepEqual(await world.content.statuses("default"), []);
  }
});

test("what docker save writes is imported: layers by path, names in full, links followed", async () => {
  const files = await dockerFiles("d", ["app:2", "localhost:5000/team/app"]);
  using world = await World.make();
  const expected = ["docker.io/library/app:2", "localhost:5000/team/app:latest"];
  assert.deepEqual(await world.import(await tarOf(files)), expected);
  const { target } = world.metadata.images.get("default", "docker.io/library/app:2");
  const manifest = JSON.parse(
    String(await world.content.readAll("default", target?.digest ?? "", { maxBytes: 1e6 })),
  );
  const { layer, config } = await imageParts("d");
  assert.equal(manifest.config.digest, sha256(config));
  assert.deepEqual(manifest.layers, [describe("application/vnd.docker.image.rootfs.diff.tar", layer)]);

  using compressing = await World.make();
  await compressing.import(await tarOf(files), PREFIXED, { compress: true });
  const digest = compressing.metadata.images.get("default", "docker.io/library/app:2").target?.digest ?? "";
  const packed = JSON.parse(String(await compressing.content.readAll("default", digest, { maxBytes: 1e6 })));
  assert.equal(packed.layers[0].mediaType, "application/vnd.docker.image.rootfs.diff.tar.gzip");
  const label = compressing.content.info("default", packed.layers[0].digest).labels[
    "containerd.io/uncompressed"
  ];
  assert.equal(label, sha256(layer));
});

test("names: what an archive's annotations and a caller's references make of them", async () => {
  const full = await tarOf(await ociFiles("n", NAMED));
  const tagged = await tarOf(await ociFiles("n", { "org.opencontainers.image.ref.name": "v1" }));
  const digest = sha256((await imageParts("n")).manifest);
  const index = sha256((await ociFiles("n", NAMED))["index.json"] ?? Buffer.alloc(0));
  const prefix = (name: string, more: object = {}) => ({
    extraReferences: [{ name, isPrefix: true, ...more }],
  });
  const table: [Buffer, Init<ImageStore>, string[] | RegExp][] = [
    [full, prefix("import", { allowOverwrite: true }), [NAME]],
    [full, prefix("example.com/app"), [NAME]],
    [full, prefix("app"), [NAME]],
    [full, prefix("example.com/ap"), /none gets a name; name the import/],
    [full, prefix("other"), /it has 1 images and none gets a name/],
    [full, prefix("other", { addDigest: true }), [`other@${digest}`]],
    [tagged, prefix("example.com/app"), ["example.com/app:v1"]],
    [tagged, prefix("x", { addDigest: true }), ["x:v1", `x@${digest}`]],
    [tagged, prefix("x", { addDigest: true, skipNamedDigest: true }), ["x:v1"]],
    [full, { name: "whole" }, ["whole"]],
    [
      full,
      { name: "whole", extraReferences: [{ name: "also", addDigest: true }] },
      ["whole", `also@${index}`],
    ],
  ];
  for (const [archive, end, expected] of table) {
    using world = await World.make();
    if (expected instanceof RegExp) await assert.rejects(world.import(archive, end), expected);
    else assert.deepEqual(await world.import(archive, end), expected, JSON.stringify(end));
  }
});

test("an image that has a name already gets the new content", async () => {
  using world = await World.make();
  await world.import(await tarOf(await ociFiles("old", NAMED)));
  await world.import(await tarOf(await ociFiles("new", NAMED)), { ...PREFIXED, labels: { kept: "yes" } });
  const image = world.metadata.images.get("default", NAME);
  assert.equal(image.target?.digest, sha256((await imageParts("new")).manifest));
  assert.deepEqual({ ...image.labels }, { kept: "yes" });
});

test("platforms: what is not wanted may be missing, what is wanted may not", async () => {
  const files = await multiPlatformFiles();
  const arm = await imageParts("y", "arm64", "v8");
  const without = { ...files };
  delete without[pathOf(arm.compressed)];
  const archive = await tarOf(without);
  const amd64 = { os: "linux", architecture: "amd64" };
  using world = await World.make();
  await world.import(archive, {
    ...PREFIXED,
    platforms: [amd64],
    unpacks: [{ platform: amd64, snapshotter: "s" }],
  });
  assert.deepEqual(world.unpacked, [`${sha256((await imageParts("x")).manifest)} s`]);
  assert.deepEqual(world.progress, ["Importing", "extracting", "extracted", "saved", "Completed import"]);
  await world.import(archive, { ...PREFIXED, platforms: [amd64], allMetadata: true });
  for (const platforms of [[], [{ os: "linux", architecture: "aarch64" }]]) {
    await assert.rejects(world.import(archive, { ...PREFIXED, platforms }), (error: HawserError) => {
      assert.equal(error.code, Code.NotFound);
      assert.match(error.message, /layer\.v1\.tar\+gzip "sha256:[0-9a-f]+" of sha256:[0-9a-f]+ is missing/);
      return true;
    });
  }
});

test("a broken archive is one error with its place, and nothing gets a name", async () => {
  const files = await ociFiles("b", NAMED);
  const { config, compressed, manifest } = await imageParts("b");
  const archive = await tarOf(files);
  const flipped = Buffer.from(archive);
  const at = archive.indexOf(compressed);
  flipped.writeUInt8(flipped.readUInt8(at + 20) ^ 0x40, at + 20);
  const zipped = gzipSync(archive);
  const tail = Buffer.from(zipped);
  tail.writeUInt8(tail.readUInt8(tail.length - 6) ^ 1, tail.length - 6);
  const wrong = await imageParts("wrong");
  const nest = (depth: number) => {
    const nested: Files = {};
    let below: object = describe("application/vnd.oci.image.manifest.v1+json", manifest);
    for (let level = 0; level < depth; level++) {
      const index = json({ schemaVersion: 2, level, manifests: [below] });
      nested[pathOf(index)] = index;
      below = describe("application/vnd.oci.image.index.v1+json", index, { annotations: NAMED });
    }
    return { ...files, ...nested, "index.json": json({ schemaVersion: 2, manifests: [below] }) };
  };
  const swap = (name: string, bytes: Buffer) => tarOf({ ...files, [name]: bytes });
  const drop = (name: string) =>
    tarOf(Object.fromEntries(Object.entries(files).filter(([key]) => key !== name)));
  const docker = await dockerFiles("d", ["app"]);
  const loops: Files = { ...files };
  const self = json({
    schemaVersion: 2,
    manifests: [{ mediaType: "application/vnd.oci.image.index.v1+json", digest: sha256("x"), size: 1 }],
  });
  loops["index.json"] = self;
  const table: [string, Buffer, Code, RegExp][] = [
    ["no tar", Buffer.alloc(4096, "x"), Code.InvalidArgument, /read tar: entry at byte 0: .*checksum/],
    ["nothing", Buffer.alloc(0), Code.InvalidArgument, /neither oci-layout \(OCI\) nor manifest.json/],
    [
      "a flipped byte",
      flipped,
      Code.FailedPrecondition,
      /entry "blobs\/sha256\/[0-9a-f]{64}" at byte \d+: .*its digest is/,
    ],
    [
      "gzip cut",
      zipped.subarray(0, zipped.length / 2),
      Code.InvalidArgument,
      /read gzip stream: unexpected end/,
    ],
    [
      "zstd cut",
      zstdCompressSync(archive).subarray(0, 300),
      Code.InvalidArgument,
      /zstd stream|the archive ends/,
    ],
    [
      "gzip's own checksum",
      tail,
      Code.InvalidArgument,
      /read gzip stream: incorrect (data check|length check)/,
    ],
    [
      "a name that is no digest",
      await swap("blobs/sha256/xyz", config),
      Code.InvalidArgument,
      /entry "blobs\/sha256\/xyz" at byte \d+: check digest/,
    ],
    [
      "another blob under the name",
      await swap(pathOf(config), wrong.config),
      Code.FailedPrecondition,
      /its digest is/,
    ],
    ["config missing", await drop(pathOf(config)), Code.NotFound, /config\.v1\+json "sha256:.* is missing/],
    ["layer missing", await drop(pathOf(compressed)), Code.NotFound, /layer.* is missing/],
    ["manifest missing", await drop(pathOf(manifest)), Code.NotFound, /manifest.* of sha256:.* is missing/],
    ["index missing", await drop("index.json"), Code.InvalidArgument, /OCI layout without index.json/],
    [
      "layout of tomorrow",
      await swap("oci-layout", json({ imageLayoutVersion: "9" })),
      Code.InvalidArgument,
      /version of its layout is "9"/,
    ],
    [
      "layout no JSON",
      await swap("oci-layout", Buffer.from("{")),
      Code.InvalidArgument,
      /read oci-layout: it is not JSON/,
    ],
    ["index no object", await swap("index.json", json([])), Code.InvalidArgument, /it is not an object/],
    [
      "index and manifest",
      await swap("index.json", json({ manifests: [], layers: [] })),
      Code.InvalidArgument,
      /it is a manifest as well/,
    ],
    [
      "size below zero",
      await swap("index.json", json({ manifests: [{ digest: sha256("x"), size: -1 }] })),
      Code.InvalidArgument,
      /manifest 0: its size is -1/,
    ],
    ["an index of itself, as far as one can", await tarOf(loops), Code.NotFound, /is missing/],
    ["indexes too deep", await tarOf(nest(12)), Code.InvalidArgument, /nested more than 8 deep/],
    [
      "docker: layer missing",
      await tarOf({
        ...docker,
        "manifest.json": json([{ Config: Object.keys(docker)[1], Layers: ["no/layer.tar"] }]),
      }),
      Code.InvalidArgument,
      /names the layer "no\/layer.tar", which it does not have/,
    ],
    ["docker: no list", await tarOf({ "manifest.json": json({}) }), Code.InvalidArgument, /it is not a list/],
    [
      "docker: name",
      await tarOf(await dockerFiles("d", ["UPPER case"])),
      Code.InvalidArgument,
      /check image name/,
    ],
    [
      "document too big",
      await tarOf({ "oci-layout": Buffer.alloc(9 << 20) }),
      Code.InvalidArgument,
      /entry "oci-layout" at byte 0: it has 9437184 bytes/,
    ],
  ];
  for (const [what, bytes, code, text] of table) {
    using world = await World.make();
    await assert.rejects(world.import(bytes), (error: HawserError) => {
      assert.match(error.message, text, what);
      assert.equal(error.code, code, `${what}: ${error.message}`);
      return true;
    });
    assert.deepEqual(world.names(), [], what);
    assert.deepEqual([...world.metadata.leases.list("default", [])], [], what);
    assert.deepEqual(await world.content.statuses("default"), [], what);
  }
});

test("an archive that is cut anywhere gives no name to half an image", async () => {
  const archive = await tarOf(await ociFiles("c", NAMED));
  using world = await World.make();
  const whole = archive.length - 1024;
  for (let length = 0; length < whole; length += 509) {
    await assert.rejects(world.import(archive.subarray(0, length)), `cut at ${length}`);
    assert.deepEqual(world.names(), []);
  }
  assert.deepEqual(await world.import(archive.subarray(0, whole)), [NAME]);
});

test("an import whose unpacking fails, or that nobody waits for, gives no name", async () => {
  using world = await World.make();
  const archive = await tarOf(await ociFiles("u", NAMED));
  world.unpackError = new Error("no room to unpack");
  await assert.rejects(
    world.import(archive, { ...PREFIXED, unpacks: [{ snapshotter: "s" }] }),
    /no room to unpack/,
  );
  const gone = new AbortController();
  gone.abort(new Error("the caller has gone"));
  const context = { ...world.context, signal: gone.signal };
  await assert.rejects(
    world.transfer.importArchive(pieces(archive), ImageStore.create(PREFIXED), context),
    /the caller has gone/,
  );
  assert.deepEqual(world.names(), []);
});

test("what is exported is imported again, byte for byte, and the same images are the same bytes", async () => {
  using world = await World.make();
  await world.import(await tarOf(await ociFiles("e", NAMED)));
  world.transfer.tag(
    ImageStore.create({ name: NAME }),
    ImageStore.create({ name: "docker.io/library/short:1" }),
    world.context,
  );
  const archive = await world.export([NAME, "docker.io/library/short:1"]);
  assert.deepEqual(archive, await world.export([NAME, "docker.io/library/short:1"]));
  const files = await filesIn(archive);
  const { manifest, config, compressed } = await imageParts("e");
  assert.deepEqual(
    Object.keys(files),
    [...[manifest, config, compressed].map(pathOf), "index.json", "manifest.json", "oci-layout"].sort(
      (a, b) => (a < b ? -1 : 1),
    ),
  );
  assert.deepEqual(JSON.parse(String(files["manifest.json"])), [
    { Config: pathOf(config), RepoTags: [NAME, "short:1"], Layers: [pathOf(compressed)] },
  ]);
  const { manifests } = JSON.parse(String(files["index.json"]));
  assert.deepEqual(
    manifests.map(({ annotations }: { annotations: Record<string, string> }) => Object.values(annotations)),
    [
      [NAME, "1"],
      ["docker.io/library/short:1", "1"],
    ],
  );
  using other = await World.make();
  assert.deepEqual(await other.import(archive), [NAME, "docker.io/library/short:1"]);
  using asDocker = await World.make();
  delete files["oci-layout"];
  assert.deepEqual(await asDocker.import(await tarOf(files)), [NAME, "docker.io/library/short:1"]);
  assert.equal(
    (await filesIn(await world.export([NAME], { skipCompatibilityManifest: true })))["manifest.json"],
    undefined,
  );
});

test("export of an index: this platform's manifests, those asked for, or all of them", async () => {
  using world = await World.make();
  await world.import(await tarOf(await multiPlatformFiles()));
  const name = "example.com/multi:1";
  const arm = { os: "linux", architecture: "arm64" };
  const hasLayer = async (mark: string, arch: string, wanted: Init<ImageExportStream>) => {
    const { compressed } = await imageParts(mark, arch, arch === "arm64" ? "v8" : undefined);
    return pathOf(compressed) in (await filesIn(await world.export([name], wanted)));
  };
  const amd64 = { os: "linux", architecture: "amd64" };
  const table: [Init<ImageExportStream>, boolean, boolean][] = [
    [{ platforms: [amd64] }, true, false],
    [{ platforms: [arm] }, false, true],
    [{ platforms: [amd64, arm] }, true, true],
    [{ allPlatforms: true }, true, true],
  ];
  for (const [wanted, x, y] of table) {
    assert.deepEqual([await hasLayer("x", "amd64", wanted), await hasLayer("y", "arm64", wanted)], [x, y]);
  }
  const windows = { platforms: [{ os: "windows", architecture: "amd64" }] };
  await assert.rejects(world.export([name], windows), /no manifest for windows\/amd64/);
  await assert.rejects(world.export(["nobody"]), (error: HawserError) => error.code === Code.NotFound);
});

test("export of a blob that is damaged ends with an error, not with a broken archive that looks whole", async () => {
  using world = await World.make();
  await world.import(await tarOf(await ociFiles("x", NAMED)));
  const blob = join(world.dir, "content", pathOf((await imageParts("x")).compressed));
  const { size } = await stat(blob);
  await rm(blob);
  await writeFile(blob, Buffer.alloc(size));
  await assert.rejects(world.export([NAME]), (error: HawserError) => {
    assert.equal(error.code, Code.DataLoss);
    assert.match(error.message, /import or pull the image again/);
    return true;
  });
});

test("a layout directory is imported and written, and links in it are not followed", async () => {
  using world = await World.make();
  const dir = join(suite.dir, suite.newId());
  const files = await ociFiles("l", NAMED);
  await writeLayout(
    dir,
    Object.entries(files).map(([name, bytes]) => archiveFile(name, bytes)),
  );
  const target = { store: world.content, namespace: "default" };
  const index = await importLayout(target, dir);
  assert.equal(index.digest, sha256(files["index.json"] ?? Buffer.alloc(0)));
  await assert.rejects(importLayout(target, join(dir, "none")), /import layout ".*none": .*ENOENT/);
});
