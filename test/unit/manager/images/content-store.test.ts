import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdir, open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BlobReader } from "../../../../manager/images/blob-reader.ts";
import { Code, type HawserError, hasCode } from "../../../../proto/errors.ts";
import { mountAll, unmountAll } from "../../../../sys/mount.ts";
import { useSuite } from "../../../support/suite.ts";
import { collect, contentStore, MemoryRecords, pieces, sha256 } from "./support.ts";

const suite = useSuite();
const NS = "default";

async function fresh(): Promise<string> {
  const dir = join(suite.dir, suite.newId());
  await mkdir(dir);
  return dir;
}

function files(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(dir, name)).isFile(),
  );
}

const code = (wanted: Code, text: RegExp) => (error: HawserError) => {
  assert.equal(error.code, wanted, error.message);
  assert.match(error.message, text);
  return true;
};

test("ingest() makes a blob that is read back, by parts and whole", async () => {
  const dir = await fresh();
  const records = new MemoryRecords();
  const store = contentStore(dir, records);
  const bytes = randomBytes(700_001);
  const digest = sha256(bytes);
  const info = await store.ingest(NS, "a", pieces(bytes), {
    expected: digest,
    size: bytes.length,
    lease: "l",
  });
  assert.equal(info.digest, digest);
  assert.deepEqual(records.leased, [`l content ${digest}`]);
  assert.deepEqual(records.events, [{ namespace: NS, type: "containerd.events.ContentCreate" }]);
  await using reader = await store.open(NS, digest);
  assert.equal(reader.size, bytes.length);
  assert.deepEqual(await collect(reader.stream()), bytes);
  assert.deepEqual(await reader.read(700_000, 100), bytes.subarray(700_000));
  assert.deepEqual(await collect(reader.stream(262_140, 10)), bytes.subarray(262_140, 262_150));
  assert.deepEqual(await store.readAll(NS, digest, { maxBytes: 1 << 20 }), bytes);
  assert.deepEqual(files(dir), [join("blobs", "sha256", digest.slice(7))]);
  assert.equal(statSync(join(dir, "blobs/sha256", digest.slice(7))).mode & 0o777, 0o444);
});

test("a lease that does not exist is NotFound before anything is written", async () => {
  const dir = await fresh();
  const store = contentStore(dir);
  await assert.rejects(store.write(NS, "a", { lease: "unknown" }), code(Code.NotFound, /lease "unknown"/));
  assert.deepEqual([files(dir), await store.statuses(NS, [])], [[], []]);
});

test("a blob may have a sha512 digest, told at the beginning or at the commit", async () => {
  const store = contentStore(await fresh());
  for (const [index, text] of ["first", "second"].entries()) {
    const digest = `sha512:${createHash("sha512").update(text).digest("hex")}`;
    await using writer = await store.write(NS, text, index === 0 ? { expected: digest } : {});
    await writer.write(Buffer.from(text));
    assert.equal((await writer.commit({ expected: digest })).digest, digest);
  }
});

test("commit() checks size and digest, and the ingest stays", async () => {
  const store = contentStore(await fresh());
  const table = [
    { size: 4, text: /it has 5 bytes, expected 4/ },
    { expected: sha256("other"), text: /its digest is sha256:[0-9a-f]{64}, expected sha256:/ },
  ];
  for (const { text, ...options } of table) {
    await using writer = await store.write(NS, "wrong");
    await writer.truncate();
    await writer.write(Buffer.from("bytes"));
    await assert.rejects(writer.commit(options), code(Code.FailedPrecondition, text));
    assert.equal((await store.status(NS, "wrong")).offset, 5n);
  }
  await using writer = await store.write(NS, "wrong");
  assert.equal((await writer.commit({ size: 5, expected: sha256("bytes") })).size, 5n);
});

test("an ingest goes on after a restart, wherever it stopped", async () => {
  const dir = await fresh();
  const records = new MemoryRecords();
  const bytes = randomBytes(300_000);
  for (const stop of [0, 1, 131_072, 299_999, 300_000]) {
    const ref = `stop-${stop}`;
    const content = Buffer.concat([Buffer.from(ref), bytes]);
    {
      await using writer = await contentStore(dir, records).write(NS, ref, { total: content.length });
      await writer.write(content.subarray(0, stop));
    }
    const after = contentStore(dir, records);
    const status = await after.status(NS, ref);
    assert.deepEqual([status.offset, status.total], [BigInt(stop), BigInt(content.length)]);
    await using writer = await after.write(NS, ref);
    await writer.write(content.subarray(writer.offset));
    assert.equal((await writer.commit({ expected: sha256(content) })).size, BigInt(content.length));
    await assert.rejects(after.status(NS, ref), code(Code.NotFound, /there is none/));
  }
});

test("a second writer of a ref is told Unavailable, until the first is closed", async () => {
  const store = contentStore(await fresh());
  {
    await using first = await store.write(NS, "one");
    await assert.rejects(store.write(NS, "one"), code(Code.Unavailable, /another writer has it/));
    await using other = await store.write("elsewhere", "one");
    assert.equal(other.offset, first.offset);
  }
  await using second = await store.write(NS, "one");
  assert.equal(second.offset, 0);
});

test("expected content that is there is AlreadyExists, also when another namespace had it", async () => {
  const records = new MemoryRecords();
  const store = contentStore(await fresh(), records);
  const digest = sha256("shared");
  await store.ingest(NS, "a", pieces(Buffer.from("shared")));
  await assert.rejects(
    store.write(NS, "b", { expected: digest }),
    code(Code.AlreadyExists, /is there already/),
  );
  assert.equal(store.has("other", digest), false);
  await assert.rejects(
    store.write("other", "b", { expected: digest, lease: "l" }),
    code(Code.AlreadyExists, /there/),
  );
  assert.equal(store.has("other", digest), true);
  assert.deepEqual(records.leased, [`l content ${digest}`]);
  const info = await store.ingest(NS, "c", pieces(Buffer.from("shared")), { labels: { a: "b" }, lease: "m" });
  assert.deepEqual({ ...info.labels }, { a: "b" }, "labels are added to what is there");
  assert.deepEqual(records.leased, [`l content ${digest}`, `m content ${digest}`]);
  assert.deepEqual(await store.statuses(NS), []);
});

test("the bytes go with the last record, and not while a commit of the same digest is under way", async () => {
  const dir = await fresh();
  const store = contentStore(dir);
  const bytes = Buffer.from("precious");
  const digest = sha256(bytes);
  await store.ingest(NS, "a", pieces(bytes));
  await store.ingest("other", "a", pieces(bytes));
  await store.delete(NS, digest);
  assert.deepEqual(await store.readAll("other", digest, { maxBytes: 100 }), bytes);
  await Promise.all([store.delete("other", digest), store.ingest(NS, "again", pieces(bytes))]);
  assert.deepEqual(await store.readAll(NS, digest, { maxBytes: 100 }), bytes);
  await store.delete(NS, digest);
  assert.deepEqual(files(dir), []);
  await assert.rejects(store.open(NS, digest), code(Code.NotFound, /not found/));
});

test("abort() removes an ingest and ends its writer", async () => {
  const dir = await fresh();
  const store = contentStore(dir);
  await using writer = await store.write(NS, "gone");
  await writer.write(Buffer.from("some"));
  await store.abort(NS, "gone");
  await assert.rejects(writer.write(Buffer.from("more")), code(Code.Aborted, /it was aborted/));
  await assert.rejects(writer.commit(), code(Code.Aborted, /it was aborted/));
  await assert.rejects(store.abort(NS, "gone"), code(Code.NotFound, /there is none/));
  assert.deepEqual(files(dir), []);
});

test("abort() in the middle of a commit: either the blob is there, or the commit says Aborted", async () => {
  const dir = await fresh();
  const store = contentStore(dir);
  for (let turns = 0; turns < 12; turns++) {
    const bytes = Buffer.from(`contested ${turns}`);
    await using writer = await store.write(NS, "contested");
    await writer.write(bytes);
    const outcome = writer.commit().then(
      () => undefined,
      (error: HawserError) => error,
    );
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await store.abort(NS, "contested").catch((error: HawserError) => assert.equal(error.code, Code.NotFound));
    const error = await outcome;
    assert.ok(error === undefined || error.code === Code.Aborted, error?.message);
    assert.equal(store.has(NS, sha256(bytes)), error === undefined);
    if (error === undefined) await store.verify(NS, sha256(bytes));
  }
  assert.deepEqual(await store.statuses(NS), []);
});

test("ingest() that fails leaves nothing", async () => {
  const dir = await fresh();
  const store = contentStore(dir);
  async function* breaks(): AsyncGenerator<Buffer> {
    yield Buffer.from("half");
    throw new Error("the source broke");
  }
  await assert.rejects(store.ingest(NS, "a", breaks()), /the source broke/);
  const wrong = { expected: sha256("else") };
  await assert.rejects(
    store.ingest(NS, "b", pieces(Buffer.from("some")), wrong),
    code(Code.FailedPrecondition, /digest/),
  );
  const unknown = { lease: "unknown" };
  await assert.rejects(
    store.ingest(NS, "c", pieces(Buffer.from("some")), unknown),
    code(Code.NotFound, /lease/),
  );
  await store.sweep();
  assert.deepEqual(files(dir), []);
});

test("a damaged blob is DataLoss with the way out, and writing it again heals it", async () => {
  const dir = await fresh();
  const store = contentStore(dir);
  const bytes = randomBytes(5000);
  const digest = sha256(bytes);
  const path = join(dir, "blobs/sha256", digest.slice(7));
  const damages: [string, () => void, RegExp][] = [
    ["removed", () => unlinkSync(path), /its file is missing; import or pull the image again/],
    ["cut", () => truncateSync(path, 4999), /its file has 4999 bytes instead of 5000; import or pull/],
  ];
  await store.ingest(NS, "a", pieces(bytes));
  for (const [what, damage, text] of damages) {
    damage();
    await assert.rejects(store.open(NS, digest), code(Code.DataLoss, text), what);
    assert.throws(() => store.readSmall(NS, digest, 0, 7), code(Code.DataLoss, text), what);
    await store.ingest(NS, "again", pieces(bytes), { expected: digest });
    await store.verify(NS, digest);
    assert.deepEqual(store.readSmall(NS, digest, 4990, 10), bytes.subarray(4990), what);
  }
  unlinkSync(path);
  writeFileSync(path, randomBytes(5000));
  await assert.rejects(store.verify(NS, digest), code(Code.DataLoss, /the digest of its bytes is/));
  await assert.rejects(store.readAll(NS, digest, { maxBytes: 9999 }), code(Code.DataLoss, /import or pull/));
  await store.ingest(NS, "once more", pieces(bytes), { expected: digest });
  assert.deepEqual(await store.readAll(NS, digest, { maxBytes: 9999 }), bytes);
  await assert.rejects(
    store.readAll(NS, digest, { maxBytes: 4999 }),
    code(Code.ResourceExhausted, /has 5000 bytes/),
  );
});

test("a blob that the disk cannot read is DataLoss, and writing it again heals it", async () => {
  const dir = await fresh();
  const store = contentStore(dir);
  const digest = sha256("");
  const path = join(dir, "blobs/sha256", digest.slice(7));
  await store.ingest(NS, "a", pieces(Buffer.alloc(0)));
  // A file of no size whose first byte reads as EIO: nothing is mapped there.
  unlinkSync(path);
  symlinkSync("/proc/self/mem", path);
  assert.throws(() => store.readSmall(NS, digest, 0, 7), code(Code.DataLoss, /EIO.*; import or pull/));
  await using writer = await store.write(NS, "again", { expected: digest });
  await writer.commit();
  assert.equal(statSync(path).isFile() && !lstatSync(path).isSymbolicLink(), true);
});

test("a reader that the disk fails says so, and tells who opened it", async () => {
  let count = 0;
  const open = async (path: string, size: number) =>
    new BlobReader(sha256(""), size, await openFile(path, "r"), () => {
      count += 1;
    });
  await using unreadable = await open("/proc/self/mem", 7);
  await assert.rejects(unreadable.read(0, 7), code(Code.DataLoss, /EIO.*; import or pull/));
  assert.equal(count, 1);
  await using short = await open("/dev/null", 7);
  await assert.rejects(short.read(0, 7), code(Code.DataLoss, /ends at byte 0 of 7; import or pull/));
  assert.equal(count, 2);
});

test("sweep() removes blobs without a record, strangers, and ingests of yesterday", async () => {
  const dir = await fresh();
  const records = new MemoryRecords();
  const first = contentStore(dir, records);
  await first.ingest(NS, "keep", pieces(Buffer.from("keep")));
  {
    await using writer = await first.write(NS, "old");
    await writer.write(Buffer.from("x"));
  }
  const orphan = join(dir, "blobs/sha256", sha256("orphan").slice(7));
  writeFileSync(orphan, "orphan");
  writeFileSync(join(dir, "blobs/sha256/.half.removed"), "");
  writeFileSync(join(dir, "ingest/stranger"), "");
  const store = contentStore(dir, records);
  assert.equal(await store.sweep(), 1);
  assert.equal(existsSync(orphan), false);
  assert.equal((await store.statuses(NS)).length, 1);
  assert.equal(await store.sweep(new Date(Date.now() + 25 * 60 * 60 * 1000)), 1);
  assert.deepEqual(files(dir), [join("blobs/sha256", sha256("keep").slice(7))]);
});

test("sweep() leaves old ingests that a lease names, or under which they were begun while it lives", async () => {
  const dir = await fresh();
  const records = new MemoryRecords();
  records.living.add("l");
  {
    const store = contentStore(dir, records);
    await using _begun = await store.write(NS, "begun under one", { lease: "l" });
    await using _named = await store.write(NS, "named by one");
    await using _other = await store.write(NS, "neither", { lease: "ended" });
    records.addResource(NS, "l", { type: "ingests", id: "named by one" });
  }
  const store = contentStore(dir, records);
  const later = () => store.sweep(new Date(Date.now() + 25 * 60 * 60 * 1000));
  const refs = async () =>
    (await store.statuses(NS)).map(({ ref }) => ref).sort((a, b) => a.localeCompare(b));
  assert.equal(await later(), 1);
  assert.deepEqual(await refs(), ["begun under one", "named by one"]);
  records.living.delete("l");
  assert.equal(await later(), 1);
  assert.deepEqual(await refs(), ["named by one"]);
});

test("limits: refs, sizes and the number of ingests", async () => {
  const store = contentStore(await fresh(), new MemoryRecords(), { maxBlobBytes: 10, maxIngests: 1 });
  await assert.rejects(store.write(NS, ""), code(Code.InvalidArgument, /it is empty/));
  await assert.rejects(store.write(NS, "x".repeat(4097)), code(Code.InvalidArgument, /at most 4096/));
  await assert.rejects(
    store.write(NS, "x", { expected: "sha256:../x" }),
    code(Code.InvalidArgument, /check digest/),
  );
  await using writer = await store.write(NS, "a");
  await assert.rejects(writer.write(Buffer.alloc(11)), code(Code.ResourceExhausted, /at most 10 bytes/));
  await assert.rejects(
    store.write(NS, "b"),
    code(Code.ResourceExhausted, /there are 1 ingests; commit or abort/),
  );
});

test("a full disk is ResourceExhausted naming the store, and the ingest goes on when there is room", async () => {
  const dir = await fresh();
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=256k"] }], dir);
  try {
    const store = contentStore(dir);
    const bytes = randomBytes(150_000);
    const ballast = join(dir, "ballast");
    writeFileSync(ballast, Buffer.alloc(120_000));
    {
      await using writer = await store.write(NS, "big");
      await writer.write(bytes.subarray(0, 50_000));
      const full = code(Code.ResourceExhausted, /write ingest "big" in ".*": ENOSPC.*make room on that disk/);
      await assert.rejects(writer.write(bytes.subarray(50_000)), full);
      await assert.rejects(writer.write(bytes.subarray(50_000)), full, "it takes nothing more");
    }
    unlinkSync(ballast);
    await using writer = await store.write(NS, "big");
    assert.equal(writer.offset, 50_000);
    await writer.write(bytes.subarray(50_000));
    await writer.commit({ expected: sha256(bytes) });
    await store.verify(NS, sha256(bytes));
  } finally {
    await unmountAll(dir);
  }
});

test("a directory that cannot be made is one error that names it", async () => {
  const dir = await fresh();
  writeFileSync(join(dir, "blobs"), "a file in the way");
  await assert.rejects(contentStore(dir).write(NS, "a"), (error) => {
    assert.ok(hasCode(error, Code.Internal));
    return String(error).includes(dir);
  });
});
