// Content and images under faults, through the socket: a manager that is killed in the middle of an ingest, clients that go
// away in the middle of an import, archives that are broken, and a disk that is full. Each is one clear error, nothing
// half-done is left, and the daemon goes on.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { pack, unpack } from "../../proto/any.ts";
import { Code, type HawserError } from "../../proto/errors.ts";
import { Content, WriteAction, type WriteContentResponse } from "../../proto/gen/content.ts";
import { Images } from "../../proto/gen/images.ts";
import { Leases } from "../../proto/gen/leases.ts";
import { StreamInit, Streaming } from "../../proto/gen/streaming.ts";
import { Transfer } from "../../proto/gen/transfer.ts";
import { Data, WindowUpdate } from "../../proto/gen/transfer-endpoint.ts";
import { ImageImportStream, ImageStore } from "../../proto/gen/transfer-image.ts";
import { mountAll, unmountAll } from "../../sys/mount.ts";
import { GrpcClient } from "../support/grpc-client.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName, makeImageArchive } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";
import { sha256 } from "../unit/manager/images/support.ts";

const suite = useSuite();
const { STAT, WRITE, COMMIT } = WriteAction;
// Content that nothing refers to is garbage from its first moment.
const KEPT = { "containerd.io/gc.root": "test" };
before(() => void buildHawserShim());

let count = 0;
async function start(prepare: (rootDir: string) => Promise<void> = async () => undefined): Promise<Hawserd> {
  const dir = join(suite.dir, String(count++));
  mkdirSync(join(dir, "r/content"), { recursive: true });
  await prepare(join(dir, "r"));
  return await Hawserd.start({ dir, namespace: suite.id });
}

let making: Promise<string> | undefined;
async function makeArchive(): Promise<Buffer> {
  making ??= makeImageArchive(join(suite.dir, "image"));
  return readFileSync(await making);
}

function clientOf(hawserd: Hawserd): GrpcClient {
  return new GrpcClient(hawserd.address, { namespace: suite.id, timeoutMs: 30_000 });
}

/** A conversation with Content/Write, line by line. */
function converse(client: GrpcClient) {
  const stream = client.bidirectional(Content, "write");
  const answers = stream[Symbol.asyncIterator]();
  return {
    async say(request: Parameters<typeof stream.send>[0]): Promise<WriteContentResponse> {
      await stream.send(request);
      const { value, done } = await answers.next();
      assert.ok(!done, "the conversation has ended");
      return value;
    },
    cancel: () => stream.cancel(),
  };
}

async function assertNothingIsLeft(hawserd: Hawserd, client: GrpcClient): Promise<void> {
  const { images } = await client.call(Images, "list", {});
  const { leases } = await client.call(Leases, "list", {});
  const { statuses } = await client.call(Content, "listStatuses", {});
  assert.deepEqual([images, leases, statuses], [[], [], []]);
  await until(() => readdirSync(join(hawserd.rootDir, "content/ingest")).length === 0, {
    what: "no ingest is left",
    deadline: 10_000,
  });
}

test("an ingest survives kill -9 of its manager, and goes on by its ref", async () => {
  await using hawserd = await start();
  const bytes = randomBytes(900_000);
  const digest = sha256(bytes);
  const half = bytes.subarray(0, 500_000);
  {
    using client = clientOf(hawserd);
    const writing = converse(client);
    await writing.say({ action: STAT, ref: "layer", total: 900_000n, expected: digest });
    assert.equal((await writing.say({ action: WRITE, data: half })).offset, 500_000n);
    await hawserd.kill();
  }
  await hawserd.restart();
  using client = clientOf(hawserd);
  const again = converse(client);
  const { offset, digest: sofar } = await again.say({
    action: STAT,
    ref: "layer",
    expected: digest,
  });
  assert.deepEqual([offset, sofar], [500_000n, sha256(half)]);
  await again.say({
    action: COMMIT,
    offset,
    data: bytes.subarray(500_000),
    total: 900_000n,
    expected: digest,
    labels: KEPT,
  });
  const { bytes: read } = await hawserd.ctr(["content", "get", digest]);
  assert.ok(read.equals(bytes));
});

test("ctr puts content in, lists it, takes it out again; a wrong digest is refused and can be sent again", async () => {
  await using hawserd = await start();
  const text = Buffer.from("some content");
  const wrong = ["content", "ingest", "--expected-digest", sha256("else"), "--expected-size", "12", "my-ref"];
  assert.match((await hawserd.ctr(wrong, { input: text, status: 1 })).stderr, /its digest is sha256:/);
  assert.match((await hawserd.ctr(["content", "active"])).stdout, /my-ref\s+12B/);
  using client = clientOf(hawserd);
  // ctr cannot go back in a pipe, so it cannot go on with what is there.
  await client.call(Content, "abort", { ref: "my-ref" });
  await hawserd.ctr(["content", "ingest", "--expected-digest", sha256(text), "my-ref"], { input: text });
  await hawserd.ctr(["content", "label", sha256(text), "containerd.io/gc.root=test"]);
  assert.equal((await hawserd.ctr(["content", "ls", "--quiet"])).stdout.trim(), sha256(text));
  assert.equal((await hawserd.ctr(["content", "get", sha256(text)])).stdout, "some content");
  await hawserd.ctr(["content", "label", sha256(text), "colour=blue"]);
  assert.match((await hawserd.ctr(["content", "ls", "labels.colour==blue"])).stdout, /colour=blue/);
  await hawserd.ctr(["content", "rm", sha256(text)]);
  const missing = await hawserd.ctr(["content", "get", sha256(text)], { status: 1 });
  assert.match(missing.stderr, /not found/);
});

test("a second writer of a ref waits its turn, and one that vanished does not keep the lock", async () => {
  await using hawserd = await start();
  using client = clientOf(hawserd);
  const first = converse(client);
  await first.say({ action: WRITE, ref: "contested", data: Buffer.from("mine") });
  const second = converse(client);
  await assert.rejects(second.say({ action: STAT, ref: "contested" }), (error: HawserError) => {
    assert.equal(error.code, Code.Unavailable);
    return true;
  });
  first.cancel();
  await until(
    async () => {
      try {
        const { offset } = await converse(client).say({ action: STAT, ref: "contested" });
        return offset === 4n;
      } catch {
        return false;
      }
    },
    { what: "the lock is free", deadline: 10_000 },
  );
});

/** Begins an import over the transfer service and says some of the archive. */
async function beginImport(client: GrpcClient, archive: Buffer) {
  const stream = client.bidirectional(Streaming, "stream");
  const answers = stream[Symbol.asyncIterator]();
  const id = `import-${count++}`;
  await stream.send(pack(StreamInit, { id }));
  await answers.next();
  const gone = new AbortController();
  const done = client.call(
    Transfer,
    "transfer",
    {
      source: pack(ImageImportStream, { stream: id }),
      destination: pack(ImageStore, { name: "app" }),
    },
    { signal: gone.signal },
  );
  const failed = done.then(
    () => undefined,
    (error: HawserError) => error,
  );
  let window = 0;
  const pump = async (until: number) => {
    for (let at = 0; at < until; at += 32_768) {
      while (window < 32_768) {
        const { value, done: isOver } = await answers.next();
        if (isOver) return;
        window += unpack(value, WindowUpdate).update;
      }
      const data = archive.subarray(at, Math.min(at + 32_768, until));
      window -= data.length;
      // grpc-js never says what became of a message that was sent when its call had just ended.
      if ((await Promise.race([stream.send(pack(Data, { data })), failed])) !== undefined) return;
    }
  };
  return { stream, pump, failed, giveUp: () => gone.abort() };
}

test("a client that closes its stream in the middle of an archive, or vanishes, leaves nothing", async () => {
  await using hawserd = await start();
  const archive = await makeArchive();
  using client = clientOf(hawserd);
  const cut = await beginImport(client, archive);
  await cut.pump(200_000);
  cut.stream.end();
  const error = await cut.failed;
  assert.equal(error?.code, Code.InvalidArgument);
  assert.match(error.message, /import archive: .*the archive ends/);
  await assertNothingIsLeft(hawserd, client);

  const broken = await beginImport(client, archive);
  await broken.pump(200_000);
  broken.stream.cancel();
  assert.ok(await broken.failed);
  await assertNothingIsLeft(hawserd, client);

  const bored = await beginImport(client, archive);
  await bored.pump(200_000);
  bored.giveUp();
  assert.equal((await bored.failed)?.code, Code.Canceled);
  bored.stream.cancel();
  await until(async () => (await client.call(Leases, "list", {})).leases.length === 0, {
    what: "the lease of the import has ended",
    deadline: 10_000,
  });
  await assertNothingIsLeft(hawserd, client);
});

test("a manager that is killed in the middle of an import has no image afterwards, and imports it the next time", async () => {
  await using hawserd = await start();
  const archive = await makeArchive();
  {
    using client = clientOf(hawserd);
    const { pump } = await beginImport(client, archive);
    await pump(300_000);
    await hawserd.kill();
  }
  await hawserd.restart();
  using client = clientOf(hawserd);
  assert.deepEqual((await client.call(Images, "list", {})).images, []);
  await hawserd.importImage((await making) ?? "");
  assert.ok((await hawserd.ctr(["images", "ls", "--quiet"])).stdout.includes(imageName));
});

test("a broken archive is one error that names the place, and no image", async () => {
  await using hawserd = await start();
  const archive = await makeArchive();
  const flipped = Buffer.from(archive);
  const at = flipped.indexOf(Buffer.from([0x1f, 0x8b])) + 1000;
  flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
  using client = clientOf(hawserd);
  const transfer = await beginImport(client, flipped);
  await transfer.pump(flipped.length).catch(() => undefined);
  transfer.stream.end();
  const error = await transfer.failed;
  assert.match(
    error?.message ?? "",
    /import archive: entry "blobs\/sha256\/[0-9a-f]{64}" at byte \d+: .*its digest is/,
  );
  await assertNothingIsLeft(hawserd, client);
});

test("a full disk is ResourceExhausted that says what to do; there is room again afterwards, and the daemon lives", async () => {
  let mounted = "";
  try {
    await using hawserd = await start(async (rootDir) => {
      mounted = join(rootDir, "content");
      await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=512k"] }], mounted);
    });
    const archive = await makeArchive();
    using client = clientOf(hawserd);
    const transfer = await beginImport(client, archive);
    await transfer.pump(archive.length).catch(() => undefined);
    transfer.stream.end();
    const error = await transfer.failed;
    assert.equal(error?.code, Code.ResourceExhausted);
    assert.match(error.message, /ENOSPC.*make room on that disk/);
    await assertNothingIsLeft(hawserd, client);
    const data = Buffer.from("small enough");
    await converse(client).say({ action: COMMIT, ref: "small", data, labels: KEPT });
    assert.equal((await hawserd.ctr(["content", "get", sha256(data)])).stdout, "small enough");
  } finally {
    if (mounted !== "") await unmountAll(mounted);
  }
});
