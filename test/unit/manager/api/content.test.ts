import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { ApiHandlers, CallContext } from "../../../../manager/api/api-service.ts";
import { contentApi } from "../../../../manager/api/content.ts";
import type { ContentStore } from "../../../../manager/images/content-store.ts";
import type { Init } from "../../../../proto/codec.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";
import {
  type Content,
  WriteAction,
  WriteContentRequest,
  type WriteContentResponse,
} from "../../../../proto/gen/content.ts";
import { useSuite } from "../../../support/suite.ts";
import { contentStore, MemoryRecords, pieces, sha256 } from "../images/support.ts";

const suite = useSuite();
const { STAT, WRITE, COMMIT } = WriteAction;
type Handlers = Required<ApiHandlers<typeof Content>>;

const context: CallContext = {
  namespace: "default",
  lease: undefined,
  signal: new AbortController().signal,
  deadline: undefined,
};

async function fresh(): Promise<{ store: ContentStore; api: Handlers; dir: string; records: MemoryRecords }> {
  const dir = join(suite.dir, suite.newId());
  await mkdir(dir);
  const records = new MemoryRecords();
  const store = contentStore(dir, records);
  return { dir, records, store, api: contentApi(store).handlers as unknown as Handlers };
}

/** Says one line after the other, and hears the answers up to the end or an error. */
function converse(api: Handlers, ...requests: Init<WriteContentRequest>[]) {
  return converseIn(context, api, ...requests);
}

async function converseIn(context: CallContext, api: Handlers, ...requests: Init<WriteContentRequest>[]) {
  async function* speak() {
    for (const request of requests) yield WriteContentRequest.create(request);
  }
  const answers: Init<WriteContentResponse>[] = [];
  let error: HawserError | undefined;
  try {
    for await (const answer of api.write(speak(), context)) answers.push(answer);
  } catch (caught) {
    error = caught as HawserError;
  }
  return { answers, offsets: answers.map(({ offset }) => Number(offset)), error };
}

test("Write: a STAT, then bytes, then a COMMIT; each is answered with where the ingest is", async () => {
  const { store, api } = await fresh();
  const bytes = randomBytes(100);
  const digest = sha256(bytes);
  const { answers, offsets, error } = await converse(
    api,
    { action: STAT, ref: "r", total: 100n, expected: digest },
    { action: WRITE, offset: 0n, data: bytes.subarray(0, 60) },
    { action: WRITE, offset: 60n, data: bytes.subarray(60) },
    { action: COMMIT, offset: 100n, total: 100n, expected: digest, labels: { a: "b" } },
  );
  assert.equal(error, undefined);
  assert.deepEqual(offsets, [0, 60, 100, 100]);
  assert.deepEqual(
    answers.map(({ action, total }) => [action, total]),
    [STAT, WRITE, WRITE, COMMIT].map((action) => [action, 100n]),
  );
  assert.ok(answers[0]?.startedAt && answers[0].updatedAt);
  assert.equal(answers[3]?.digest, digest);
  assert.deepEqual({ ...store.info("default", digest).labels }, { a: "b" });
});

test("Write: what offsets, totals and digests mean", async () => {
  const data = Buffer.from("hello");
  const digest = sha256(data);
  const table: {
    why: string;
    said: Init<WriteContentRequest>[];
    offsets: number[];
    refused?: [Code, RegExp];
  }[] = [
    {
      why: "the first message names the ref",
      said: [{ action: STAT }],
      offsets: [],
      refused: [Code.InvalidArgument, /first message must name a ref/],
    },
    {
      why: "everything in one message",
      said: [{ action: COMMIT, ref: "r", data, expected: digest, total: 5n }],
      offsets: [5],
    },
    {
      why: "a gap is refused",
      said: [
        { action: WRITE, ref: "r", data },
        { action: WRITE, offset: 6n, data },
      ],
      offsets: [5],
      refused: [Code.OutOfRange, /byte 6 does not follow; the ingest is at 5/],
    },
    {
      why: "a gap at the beginning is refused",
      said: [{ action: WRITE, ref: "r", data, offset: 1n }],
      offsets: [],
      refused: [Code.OutOfRange, /byte 1 does not follow; the ingest is at 0/],
    },
    {
      why: "offset 0 begins again",
      said: [
        { action: WRITE, ref: "r", data: Buffer.from("wrong start") },
        { action: WRITE, offset: 0n, data },
        { action: COMMIT, offset: 5n, expected: digest },
      ],
      offsets: [11, 5, 5],
    },
    {
      why: "the size that was told is checked",
      said: [
        { action: STAT, ref: "r", total: 6n },
        { action: COMMIT, data },
      ],
      offsets: [0],
      refused: [Code.FailedPrecondition, /it has 5 bytes, expected 6/],
    },
    {
      why: "so is the digest",
      said: [
        { action: STAT, ref: "r", expected: sha256("other") },
        { action: COMMIT, data },
      ],
      offsets: [0],
      refused: [Code.FailedPrecondition, /its digest is/],
    },
    {
      why: "a total below zero",
      said: [{ action: STAT, ref: "r", total: -1n }],
      offsets: [],
      refused: [Code.InvalidArgument, /a total of -1 bytes/],
    },
    {
      why: "an action that nobody knows",
      said: [{ action: 7, ref: "r" }],
      offsets: [],
      refused: [Code.InvalidArgument, /action 7 is not known/],
    },
  ];
  for (const { why, said, offsets, refused } of table) {
    const { store, api } = await fresh();
    const heard = await converse(api, ...said);
    assert.deepEqual(heard.offsets, offsets, why);
    assert.equal(heard.error?.code, refused?.[0], `${why}: ${heard.error?.message}`);
    if (refused) assert.match(heard.error?.message ?? "", refused[1], why);
    assert.equal(store.has("default", digest), refused === undefined, why);
  }
});

test("Write: an ingest survives its caller and is continued by its ref", async () => {
  const { api } = await fresh();
  await converse(api, { action: WRITE, ref: "r", total: 10n, data: Buffer.from("hello") });
  const { status } = await api.status({ ref: "r" }, context);
  assert.equal(status?.offset, 5n);
  const again = await converse(
    api,
    { action: STAT, ref: "r", total: 10n },
    { action: COMMIT, offset: 5n, data: Buffer.from("world"), expected: sha256("helloworld") },
  );
  assert.deepEqual([again.offsets, again.error], [[5, 10], undefined]);
});

test("Write: what is there already ends with AlreadyExists, also when it is told late, and leaves no ingest", async () => {
  const { store, api } = await fresh();
  const digest = sha256("hello");
  await store.ingest("default", "first", pieces(Buffer.from("hello")));
  const early = await converse(api, { action: STAT, ref: "r", expected: digest });
  assert.equal(early.error?.code, Code.AlreadyExists);
  const late = await converse(
    api,
    { action: WRITE, ref: "r", data: Buffer.from("hello") },
    { action: COMMIT, offset: 5n, expected: digest },
  );
  assert.equal(late.error?.code, Code.AlreadyExists);
  const unsaid = await converse(api, { action: COMMIT, ref: "r", data: Buffer.from("hello") });
  assert.equal(unsaid.error?.code, Code.AlreadyExists);
  assert.deepEqual(await api.listStatuses({ filters: [] }, context), { statuses: [] });
});

test("Write: a digest that only the COMMIT names is kept by the lease, and heals a damaged blob", async () => {
  const { dir, records, store, api } = await fresh();
  const digest = sha256("hello");
  const path = join(dir, "blobs/sha256", digest.slice("sha256:".length));
  const commit = (lease: string) =>
    converseIn(
      { ...context, lease },
      api,
      { action: WRITE, ref: "r", data: Buffer.from("hello") },
      { action: COMMIT, offset: 5n, expected: digest },
    );
  await store.ingest("default", "first", pieces(Buffer.from("hello")));
  assert.equal((await commit("whole")).error?.code, Code.AlreadyExists);
  assert.deepEqual(records.leased, [`whole content ${digest}`]);

  rmSync(path);
  writeFileSync(path, "HELLO");
  await assert.rejects(store.verify("default", digest));
  assert.equal((await commit("healed")).error, undefined);
  await store.verify("default", digest);
  assert.deepEqual(records.leased, [`whole content ${digest}`, `healed content ${digest}`]);
  assert.deepEqual(await api.listStatuses({ filters: [] }, context), { statuses: [] });
});

test("Read: parts, the whole, and nothing beyond the end", async () => {
  const { store, api } = await fresh();
  const bytes = randomBytes(600_000);
  const digest = sha256(bytes);
  await store.ingest("default", "a", pieces(bytes));
  const read = async (offset: number, size: number) => {
    const chunks: Uint8Array[] = [];
    let next = offset;
    for await (const { offset: at, data } of api.read(
      { digest, offset: BigInt(offset), size: BigInt(size) },
      context,
    )) {
      assert.equal(Number(at), next);
      next += data?.length ?? 0;
      chunks.push(data ?? new Uint8Array());
    }
    return Buffer.concat(chunks);
  };
  assert.deepEqual(await read(0, 0), bytes);
  assert.deepEqual(await read(300_000, 7), bytes.subarray(300_000, 300_007));
  assert.deepEqual(await read(599_999, 0), bytes.subarray(599_999));
  assert.deepEqual(await read(600_000, 0), Buffer.alloc(0));
  for (const [offset, size] of [
    [600_001, 0],
    [0, 600_001],
    [-1, 0],
    [0, -1],
  ] as const) {
    await assert.rejects(read(offset, size), (error: HawserError) => error.code === Code.OutOfRange);
  }
});

test("List: a hundred records in a message; ListStatuses: filters on the ref", async () => {
  const { store, api } = await fresh();
  for (let index = 0; index < 201; index++) {
    await store.ingest("default", `r${index}`, pieces(Buffer.from(`${index}`)));
  }
  const sizes: number[] = [];
  for await (const { info } of api.list({ filters: [] }, context)) sizes.push(info?.length ?? 0);
  assert.deepEqual(sizes, [100, 100, 1]);
  for (const ref of ["layer-1", "layer-2", "config"]) {
    await converse(api, { action: STAT, ref });
  }
  const { statuses } = await api.listStatuses({ filters: ["ref~=^layer"] }, context);
  assert.deepEqual(statuses?.map(({ ref }) => ref).sort(), ["layer-1", "layer-2"]);
  await api.abort({ ref: "layer-1" }, context);
  await assert.rejects(async () => api.status({ ref: "layer-1" }, context), /there is none/);
});
