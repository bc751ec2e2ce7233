// The Content service: blobs and ingests of the caller's namespace.
// Write is a conversation: every request gets one answer, an ingest stays when the caller goes away, and offsets are the
// caller's claim about where it is: 0 begins again, anything else must be where the ingest is.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import {
  Content,
  type Info,
  type ReadContentResponse,
  WriteAction,
  type WriteContentRequest,
  type WriteContentResponse,
} from "../../proto/gen/content.ts";
import { type ContentStore, SMALL_READ_BYTES } from "../images/content-store.ts";
import type { IngestWriter } from "../images/ingest-writer.ts";
import { type ApiService, apiService, type CallContext } from "./api-service.ts";

/** Records in one message of a list. */
const PAGE = 100;

/** The Content service on a store. */
export function contentApi(store: ContentStore): ApiService {
  return apiService(Content, {
    info: ({ digest }, { namespace }) => ({ info: store.info(namespace, digest) }),
    update({ info, updateMask }, { namespace }) {
      if (info === undefined) throw new HawserError(Code.InvalidArgument, "update content: no info");
      return { info: store.update(namespace, info, updateMask?.paths ?? []) };
    },
    async *list({ filters }, { namespace }) {
      for (const page of pages(store.list(namespace, filters))) yield { info: page };
    },
    async delete({ digest }, { namespace }) {
      await store.delete(namespace, digest);
      return {};
    },
    read: ({ digest, offset, size }, { namespace }) => read(store, namespace, digest, offset, size),
    status: async ({ ref }, { namespace }) => ({ status: await store.status(namespace, ref) }),
    listStatuses: async ({ filters }, { namespace }) => ({
      statuses: await store.statuses(namespace, filters),
    }),
    write: (requests, context) => write(store, requests, context),
    async abort({ ref }, { namespace }) {
      await store.abort(namespace, ref);
      return {};
    },
  });
}

function* pages(infos: Iterable<Info>): Generator<Info[]> {
  let page: Info[] = [];
  for (const info of infos) {
    page.push(info);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function* read(
  store: ContentStore,
  namespace: string,
  digest: string,
  offset: bigint,
  size: bigint,
): AsyncGenerator<Init<ReadContentResponse>> {
  const total = Number(store.info(namespace, digest).size);
  if (offset < 0n || size < 0n || offset > BigInt(total)) {
    const asked = `${size} bytes from byte ${offset}`;
    throw new HawserError(Code.OutOfRange, `read blob "${digest}": ${asked} of ${total}`);
  }
  let at = Number(offset);
  const length = size === 0n ? total - at : Number(size);
  if (at + length > total) {
    throw new HawserError(Code.OutOfRange, `read blob "${digest}": ends at byte ${at + length} of ${total}`);
  }
  if (length <= SMALL_READ_BYTES) {
    const data = store.readSmall(namespace, digest, at, length);
    if (length > 0) yield { offset, data };
    return;
  }
  await using reader = await store.open(namespace, digest);
  for await (const data of reader.stream(at, length)) {
    yield { offset: BigInt(at), data };
    at += data.length;
  }
}

async function* write(
  store: ContentStore,
  requests: AsyncIterable<WriteContentRequest>,
  { namespace, lease }: CallContext,
): AsyncGenerator<Init<WriteContentResponse>> {
  let writing: Writing | undefined;
  try {
    for await (const request of requests) {
      writing ??= await Writing.begin(store, namespace, request, lease);
      yield await writing.answer(request);
      if (request.action === WriteAction.COMMIT) return;
    }
  } finally {
    await writing?.[Symbol.asyncDispose]();
  }
}

/** One conversation about one ingest. */
class Writing implements AsyncDisposable {
  readonly #store: ContentStore;
  readonly #namespace: string;
  readonly #ref: string;
  readonly #writer: IngestWriter;
  readonly #lease: string | undefined;
  /** What the caller last said that it will be. */
  #total: bigint;
  #expected: string;

  private constructor(
    store: ContentStore,
    namespace: string,
    request: WriteContentRequest,
    writer: IngestWriter,
    lease: string | undefined,
  ) {
    this.#store = store;
    this.#namespace = namespace;
    this.#ref = request.ref;
    this.#writer = writer;
    this.#lease = lease;
    this.#total = request.total;
    this.#expected = request.expected;
  }

  static async begin(
    store: ContentStore,
    namespace: string,
    request: WriteContentRequest,
    lease: string | undefined,
  ): Promise<Writing> {
    const { ref, expected, total } = request;
    if (ref === "") {
      throw new HawserError(Code.InvalidArgument, "write content: the first message must name a ref");
    }
    const writer = await store.write(namespace, ref, { expected, total: sizeOf(total), lease });
    return new Writing(store, namespace, request, writer, lease);
  }

  async answer(request: WriteContentRequest): Promise<Init<WriteContentResponse>> {
    const { action, data, labels } = request;
    await this.#learn(request);
    if (action === WriteAction.STAT) {
      const { startedAt, updatedAt, offset } = this.#writer.status();
      return { action, startedAt, updatedAt, offset, total: this.#total, digest: this.#writer.digest() };
    }
    if (action !== WriteAction.WRITE && action !== WriteAction.COMMIT) {
      throw new HawserError(Code.InvalidArgument, `write content: action ${action} is not known`);
    }
    await this.#seek(request.offset);
    if (data.length > 0) await this.#writer.write(data);
    const answer = { action, offset: BigInt(this.#writer.offset), digest: this.#writer.digest() };
    if (action === WriteAction.COMMIT) {
      await this.#writer.commit({ size: sizeOf(this.#total), expected: this.#expected, labels });
    }
    return { ...answer, total: this.#total };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#writer[Symbol.asyncDispose]();
  }

  // A caller may say late what it writes; when that turns out to be there already, the ingest is not needed any more.
  async #learn({ expected, total }: WriteContentRequest): Promise<void> {
    if (total > 0n) this.#total = total;
    if (expected === "" || expected === this.#expected) return;
    this.#expected = expected;
    if (!this.#store.claim(this.#namespace, expected, this.#lease)) return;
    await this.#store.abort(this.#namespace, this.#ref);
    throw new HawserError(Code.AlreadyExists, `write content: blob "${expected}" is there already`);
  }

  async #seek(offset: bigint): Promise<void> {
    const now = BigInt(this.#writer.offset);
    if (offset === 0n && now > 0n) await this.#writer.truncate();
    else if (offset !== now) {
      throw new HawserError(
        Code.OutOfRange,
        `write content: byte ${offset} does not follow; the ingest is at ${now}`,
      );
    }
  }
}

function sizeOf(total: bigint): number {
  if (total >= 0n && total <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(total);
  throw new HawserError(Code.InvalidArgument, `write content: a total of ${total} bytes`);
}
