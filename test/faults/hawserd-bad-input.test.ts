// Bad input and a hostile machine, end to end: one clear error that names the thing and the way out, nothing half-done left
// behind, nothing lost, and the daemon lives.

import assert from "node:assert/strict";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, test } from "node:test";
import { Metadata } from "../../manager/metadata/metadata.ts";
import { METADATA_SCHEMA } from "../../manager/metadata/schema.ts";
import { packJson } from "../../proto/any.ts";
import { Code, type HawserError } from "../../proto/errors.ts";
import { Container, Containers } from "../../proto/gen/containers.ts";
import { Content } from "../../proto/gen/content.ts";
import { Image, Images } from "../../proto/gen/images.ts";
import { Version } from "../../proto/gen/version.ts";
import { mountAll, unmountAll } from "../../sys/mount.ts";
import { begin } from "../support/begin.ts";
import { command } from "../support/command.ts";
import { GrpcClient } from "../support/grpc-client.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";

const suite = useSuite();
let archive = "";
before(async () => {
  archive = await begin(suite);
});

let count = 0;
function place(): { dir: string; namespace: string } {
  const dir = join(suite.dir, `p${count++}`);
  mkdirSync(dir);
  return { dir, namespace: `${suite.id}-${count}n` };
}

/** Nothing of an image, of a lease, of an ingest or of a snapshot, and nothing that nobody owns. */
async function assertNothingOfAnImage(hawserd: Hawserd): Promise<void> {
  for (const kind of ["images", "leases"]) {
    assert.equal((await hawserd.ctr([kind, "ls", "-q"])).stdout, "", kind);
  }
  // What no image refers to goes with the next collection, which a lease that is deleted makes happen.
  await hawserd.ctr(["leases", "create", "--id", "gc"]);
  await hawserd.ctr(["leases", "rm", "--sync", "gc"]);
  assert.equal((await hawserd.ctr(["content", "ls", "-q"])).stdout, "");
  assert.equal((await hawserd.ctr(["snapshots", "ls"])).stdout.trim().split("\n").length, 1);
  const { stdout } = await hawserd.hawser(["doctor", "--format", "json"]);
  assert.deepEqual(JSON.parse(stdout), { findings: [] });
}

// --- the machine ------------------------------------------------------------------------------------------------------

for (const which of ["root", "state"] as const) {
  test(`a ${which} directory on a read-only file system is named, with the way out`, async () => {
    const { dir, namespace } = place();
    await using hawserd = await Hawserd.start({ dir, namespace });
    await hawserd.stop();
    const path = which === "root" ? hawserd.rootDir : hawserd.stateDir;
    await mountAll([{ type: "bind", source: path, options: ["bind", "ro"] }], path);
    try {
      const { status, said } = await hawserd.refuse();
      assert.equal(status, 1);
      const wanted = `hawserd: use directory "${path}": it is on a read-only file system; or choose another one with --${which}\n`;
      assert.equal(said, wanted);
    } finally {
      await unmountAll(path);
    }
    await hawserd.restart();
  });
}

test("a socket path that is too long is refused before anything is made", async () => {
  const { dir } = place();
  const state = join(dir, "x".repeat(100));
  const { status, stderr } = await command("bin/hawserd", ["--root", join(dir, "r"), "--state", state], {
    status: "any",
  });
  assert.equal(status, 1);
  const length = Buffer.byteLength(`${state}/hawserd.sock.ttrpc`);
  assert.match(
    stderr,
    new RegExp(`has ${length} bytes, and the kernel takes 107: choose a shorter one with --address`),
  );
  assert.throws(() => statSync(state), { code: "ENOENT" });
});

const databases: [why: string, harm: (path: string) => void, message: RegExp][] = [
  [
    "of a newer hawserd",
    (path) => {
      using database = new DatabaseSync(path);
      database.exec(`PRAGMA user_version = ${METADATA_SCHEMA.migrations.length + 7}`);
    },
    /its version is \d+ and this hawserd knows versions up to \d+; use the hawserd that wrote it/,
  ],
  [
    "of another program",
    (path) => {
      using database = new DatabaseSync(path);
      database.exec("PRAGMA application_id = 1234");
    },
    /it is not a database of this kind .*; move it away/,
  ],
  [
    "with a torn page",
    (path) => {
      const fd = openSync(path, "r+");
      writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * 3);
      closeSync(fd);
    },
    /damaged|malformed/,
  ],
  [
    "that is a text",
    (path) => writeFileSync(path, "not a database, but long enough to be one\n".repeat(40)),
    /not a database/,
  ],
  [
    "that ends in the middle",
    (path) => truncateSync(path, 4096 * 2 + 100),
    /damaged|malformed|not a database/,
  ],
];

for (const [why, harm, message] of databases) {
  test(`a database ${why} is refused by name, and stays as it is`, async () => {
    await using hawserd = await Hawserd.start(place());
    await hawserd.stop();
    const path = join(hawserd.rootDir, "metadata.db");
    harm(path);
    const before = readFileSync(path);
    const { status, said } = await hawserd.refuse();
    assert.equal(status, 1);
    assert.match(said, /^hawserd: open database ".*metadata\.db": .*\n$/);
    assert.match(said, message);
    assert.deepEqual(readFileSync(path), before);
  });
}

test("a state directory that is behind a symbolic link is the same directory", async () => {
  const { dir, namespace } = place();
  mkdirSync(join(dir, "real"));
  symlinkSync("real", join(dir, "s"));
  await using _hawserd = await Hawserd.start({ dir, namespace });
  const { stderr } = await command("bin/hawserd", ["--root", join(dir, "o"), "--state", join(dir, "real")], {
    status: "any",
  });
  assert.match(stderr, /another hawserd, pid \d+, is using it/);
});

test("a disk that is full while an image is unpacked leaves nothing half-done, and room makes it work", async () => {
  const { dir, namespace } = place();
  mkdirSync(join(dir, "r"));
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=6m"] }], join(dir, "r"));
  try {
    await using hawserd = await Hawserd.start({ dir, namespace });
    const { status, stderr } = await hawserd.ctr(["images", "import", await largeImage()], { status: "any" });
    assert.notEqual(status, 0);
    assert.match(stderr, /no space|disk is full|file system is full/i);
    // ctr names an image before it unpacks it; without its name everything goes.
    await hawserd.ctr(["images", "rm", "--sync", "localhost/large:latest"]);
    await assertNothingOfAnImage(hawserd);
    await mountAll([{ type: "", source: "", options: ["remount", "size=64m"] }], join(dir, "r"));
    await hawserd.ctr(["images", "import", await largeImage()]);
    assert.equal(await hawserd.stop(), 0);
  } finally {
    await unmountAll(join(dir, "r"));
  }
});

/** An archive that is small and becomes 16 MiB. */
let large: Promise<string> | undefined;
function largeImage(): Promise<string> {
  large ??= (async () => {
    const [layout, bundle] = [join(suite.dir, "large-layout"), join(suite.dir, "large-bundle")];
    const image = ["--image", `${layout}:latest`];
    await command("umoci", ["init", "--layout", layout]);
    await command("umoci", ["new", ...image]);
    await command("umoci", ["unpack", ...image, bundle]);
    mkdirSync(join(bundle, "rootfs"), { recursive: true });
    writeFileSync(join(bundle, "rootfs/zeros"), Buffer.alloc(16 << 20));
    await command("umoci", ["repack", ...image, bundle]);
    const path = join(suite.dir, "large.tar");
    const policy = "--insecure-policy";
    await command("skopeo", [
      policy,
      "copy",
      `oci:${layout}:latest`,
      `oci-archive:${path}:localhost/large:latest`,
    ]);
    return path;
  })();
  return large;
}

// --- archives ---------------------------------------------------------------------------------------------------------

const archives: [why: string, harm: (bytes: Buffer) => Buffer][] = [
  ["is cut in its middle", (bytes) => bytes.subarray(0, bytes.length / 2)],
  ["has a flipped bit in a layer", (bytes) => flipped(bytes, Math.floor(bytes.length / 2))],
  ["is a text", () => Buffer.from("hello\n".repeat(1000))],
  ["is empty", () => Buffer.alloc(0)],
];

for (const [why, harm] of archives) {
  test(`an archive that ${why} is refused, and nothing of it stays`, async () => {
    await using hawserd = await Hawserd.start(place());
    const path = join(hawserd.dir, "bad.tar");
    writeFileSync(path, harm(readFileSync(archive)));
    const { status, stderr } = await hawserd.ctr(["images", "import", path], { status: "any" });
    assert.notEqual(status, 0);
    assert.notEqual(stderr, "");
    const { stdout } = await hawserd.ctr(["images", "ls", "-q"]);
    for (const name of stdout.split("\n").filter(Boolean))
      await hawserd.ctr(["images", "rm", "--sync", name]);
    await hawserd.ctr(["leases", "ls", "-q"]).then(async (leases) => {
      for (const id of leases.stdout.split("\n").filter(Boolean)) await hawserd.ctr(["leases", "rm", id]);
    });
    await assertNothingOfAnImage(hawserd);
    await hawserd.importImage(archive);
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0x10, at);
  return copy;
}

// --- calls ------------------------------------------------------------------------------------------------------------

test("ids that are none are refused by what is wrong with them, wherever they come in", async () => {
  await using hawserd = await Hawserd.start(place());
  using client = new GrpcClient(hawserd.address, { namespace: hawserd.namespace, timeoutMs: 10_000 });
  for (const id of ["../escape", "a/b", "..", "", "a b", "x".repeat(77), "a\u0000b"]) {
    const container = { id, runtime: { name: "io.containerd.hawser.v2" }, spec: packJson("Spec", {}) };
    await assert.rejects(client.call(Containers, "create", { container }), (error: HawserError) => {
      assert.equal(error.code, Code.InvalidArgument);
      assert.match(error.message, /container id ".*": it /);
      return true;
    });
  }
  const outside = { namespace: "../x" };
  await assert.rejects(client.call(Containers, "list", {}, outside), { code: Code.InvalidArgument });
  await hawserd.ctr(["version"]);
});

test("a message over the limit is refused in one sentence, and the connection goes on", async () => {
  await using hawserd = await Hawserd.start(place());
  using client = new GrpcClient(hawserd.address, { namespace: hawserd.namespace, timeoutMs: 30_000 });
  const spec = packJson("Spec", { hostname: "x".repeat(17 << 20) });
  const container = { id: "large", runtime: { name: "r.v2" }, spec };
  await assert.rejects(client.call(Containers, "create", { container }), (error: HawserError) => {
    assert.equal(error.code, Code.ResourceExhausted);
    assert.match(error.message, /16777216|16 MiB|larger/i);
    return true;
  });
  await client.call(Version, "version", {});
});

test("100,000 results come as a stream, or as one clear error where a client asks for one message", async () => {
  await using hawserd = await Hawserd.start(place());
  await hawserd.stop();
  fill(join(hawserd.rootDir, "metadata.db"), hawserd.namespace, 100_000);
  await hawserd.restart();
  const { stdout } = await hawserd.ctr(["containers", "ls", "-q"], { deadlineMs: 300_000 });
  assert.equal(stdout.trimEnd().split("\n").length, 100_000);
  using client = new GrpcClient(hawserd.address, { namespace: hawserd.namespace, timeoutMs: 60_000 });
  await assert.rejects(client.call(Images, "list", {}), (error: HawserError) => {
    assert.equal(error.code, Code.ResourceExhausted);
    assert.match(error.message, /; ask for less, with filters/);
    return true;
  });
  const { images } = await client.call(Images, "list", { filters: ["name==image-77777"] });
  assert.equal(images.length, 1);
});

// Straight into the tables: making each as a client does takes half a minute.
function fill(path: string, namespace: string, total: number): void {
  using metadata = Metadata.open(path, { events: { publish: () => undefined } });
  metadata.namespaces.ensure(namespace);
  const { database } = metadata;
  const container = database.statement(
    "INSERT INTO containers (namespace, id, record, snapshotter, snapshot_key) VALUES (?, ?, ?, '', '')",
  );
  const image = database.statement(
    "INSERT INTO images (namespace, name, record, target) VALUES (?, ?, ?, ?)",
  );
  const spec = packJson("Spec", {});
  const digest = `sha256:${"a".repeat(64)}`;
  const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1n };
  const labels = { filler: "x".repeat(100) };
  database.transaction(() => {
    for (let at = 0; at < total; at++) {
      const id = `c${at}`;
      container.run(namespace, id, Container.encode({ id, runtime: { name: "r.v2" }, spec }));
      const name = `image-${at}`;
      image.run(namespace, name, Image.encode({ name, target, labels }), digest);
    }
  });
}

test("a client that never reads its stream costs little memory, and others notice nothing", async () => {
  await using hawserd = await Hawserd.start(place());
  const path = join(hawserd.dir, "blob");
  writeFileSync(path, Buffer.alloc(256 << 20, 7));
  await hawserd.ctr(["content", "ingest", "big"], { input: readFileSync(path) });
  const digest = (await hawserd.ctr(["content", "ls", "-q"])).stdout.trim();
  const before = residentBytes(hawserd.pid);
  using sleeper = new GrpcClient(hawserd.address, { namespace: hawserd.namespace });
  const streams = Array.from({ length: 8 }, () => sleeper.stream(Content, "read", { digest }));
  // One message each, and then nobody reads on.
  for (const stream of streams) await stream[Symbol.asyncIterator]().next();
  for (let round = 0; round < 20; round++) await hawserd.ctr(["version"]);
  const grown = residentBytes(hawserd.pid) - before;
  assert.ok(grown < 64 << 20, `grown by ${grown} bytes`);
  for (const stream of streams) stream.cancel();
  await hawserd.ctr(["content", "ls", "-q"]);
});

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

test("an image whose name is there already, a lease that is not, and a snapshotter that nobody knows are named", async () => {
  await using hawserd = await Hawserd.start(place());
  await hawserd.importImage(archive);
  const twice = await hawserd.ctr(["images", "tag", imageName, imageName], { status: "any" });
  assert.match(twice.stderr, /already exists/);
  const unknown = await hawserd.ctr(["snapshots", "--snapshotter", "zfs", "ls"], { status: "any" });
  assert.match(unknown.stderr, /"zfs"; there are: overlayfs, native/);
  using client = new GrpcClient(hawserd.address, {
    namespace: hawserd.namespace,
    lease: "missing",
    timeoutMs: 10_000,
  });
  const container = { id: "c", runtime: { name: "r.v2" }, spec: packJson("Spec", {}) };
  await assert.rejects(client.call(Containers, "create", { container }), { code: Code.NotFound });
});
