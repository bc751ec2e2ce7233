// Content: blobs by digest, each kept once whoever has them, and the ingests that become blobs. Bytes are files below `dir`
// (blob-directory.ts, ingests.ts); which namespace has which blob is in the records, and the records are the truth.
// Always true: a record is made after its bytes are durable, and bytes go after their last record. So a crash anywhere leaves
// an ingest to continue, or bytes without a record, which `sweep` removes. Decisions that pair records with files (may these
// bytes go?) are synchronous, hence nothing comes between; a commit under way pins its digest meanwhile.
// Longer than 300 lines because that pairing is one promise, and blobs, ingests and sweeping are its three sides.
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError, hasCode, isErrno, messageOf } from "../../proto/errors.ts";
import type { Info, Status } from "../../proto/gen/content.ts";
import { ContentCreate } from "../../proto/gen/events.ts";
import type { EventPublisher } from "../events/publisher.ts";
import type { ContentRecords } from "../metadata/content-records.ts";
import { ABSENT, parseFilters, textField } from "../metadata/filter.ts";
import { CONTENT_RESOURCE, INGEST_RESOURCE, type LeaseStore } from "../metadata/leases.ts";
import { BlobDirectory } from "./blob-directory.ts";
import { BlobReader } from "./blob-reader.ts";
import { gathered } from "./byte-source.ts";
import { Digester, parseDigest } from "./digest.ts";
import type { Ingest, IngestAbout } from "./ingest.ts";
import { type CommitOptions, IngestWriter } from "./ingest-writer.ts";
import { checkRef, Ingests, type WriteOptions } from "./ingests.ts";
import { storageError } from "./storage-error.ts";

/** The part of ContentRecords that the store needs. */
export type BlobRecords = Pick<
  ContentRecords,
  "get" | "find" | "list" | "add" | "update" | "delete" | "isReferenced"
>;

/** What a content store is made of. */
export interface ContentStoreOptions {
  /** Everything of the store is below it; it is made when missing. */
  readonly dir: string;
  readonly records: BlobRecords;
  readonly leases: Pick<LeaseStore, "addResource" | "has" | "isKept" | "require">;
  readonly events: EventPublisher;
  /** Most bytes of a blob. */
  readonly maxBlobBytes?: number;
  /** Most ingests at a time, of all namespaces together. */
  readonly maxIngests?: number;
}

/** What is known of a blob that is written in one go. */
export interface IngestOptions extends CommitOptions {
  readonly lease?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Most bytes of a read that is made on the event loop. */
export const SMALL_READ_BYTES = 64 * 1024;
/** A terabyte: more than any layer, and an end to what a stranger can fill. */
const MAX_BLOB_BYTES = 2 ** 40;
const MAX_INGESTS = 4096;
/** Small pieces are gathered to this before they are written: a write costs more than its bytes. */
const WRITE_BYTES = 256 * 1024;
/** After so many decisions of a sweep the event loop gets its turn. */
const SWEEP_BURST = 200;

/** The content of all namespaces. Not for two processes at once: the lock on the root sees to that. */
export class ContentStore {
  readonly name = "content";
  readonly #options: ContentStoreOptions;
  readonly #blobs: BlobDirectory;
  readonly #ingests: Ingests;
  /** Digests whose files have no record yet, each with the number of commits under way. */
  readonly #pins = new Map<string, number>();
  /** Digests whose files cannot be read or are something else; forgotten by a restart, and found again by the next reader. */
  readonly #damaged = new Set<string>();
  #loading: Promise<void> | undefined;

  constructor(options: ContentStoreOptions) {
    this.#options = options;
    this.#blobs = new BlobDirectory(join(options.dir, "blobs"));
    this.#ingests = new Ingests(join(options.dir, "ingest"), options.maxIngests ?? MAX_INGESTS);
  }

  // --- blobs ----------------------------------------------------------------------------------------------------------

  /** What is known of a blob. Throws NotFound. */
  info(namespace: string, digest: string): Info {
    parseDigest(digest);
    return this.#options.records.get(namespace, digest);
  }

  /** Whether the namespace has a blob. */
  has(namespace: string, digest: string): boolean {
    parseDigest(digest);
    return this.#options.records.find(namespace, digest) !== undefined;
  }

  /**
   * Whether the namespace has the blob with whole bytes, and has it from now on when only another namespace had it; the lease
   * keeps it then. A blob whose file is damaged does not count: writing it again is the way to heal it. Throws NotFound for
   * a lease that does not exist.
   */
  claim(namespace: string, digest: string, lease: string | undefined): boolean {
    const { records, leases } = this.#options;
    if (this.#damaged.has(digest)) return false;
    const size = this.#blobs.sizeOf(digest);
    if (size === undefined) return false;
    const info = records.find(namespace, digest);
    if (info !== undefined) {
      if (info.size !== BigInt(size)) return false;
      // Without this, a collection could take a blob between the answer "is there already" and its first use.
      if (lease !== undefined) leases.addResource(namespace, lease, { id: digest, type: CONTENT_RESOURCE });
      return true;
    }
    if (!records.isReferenced(digest)) return false;
    records.add(namespace, { digest, size: BigInt(size), labels: {} }, { lease });
    this.#options.events.publish(namespace, ContentCreate, { digest, size: BigInt(size) });
    return true;
  }

  /** What is known of all blobs that one of the filters matches; of all without filters. */
  list(namespace: string, filters: readonly string[]): Iterable<Info> {
    return this.#options.records.list(namespace, filters);
  }

  /** Changes the labels of a blob. Throws NotFound. */
  update(namespace: string, info: Init<Info>, maskPaths: readonly string[]): Info {
    parseDigest(info.digest ?? "");
    return this.#options.records.update(namespace, info, maskPaths);
  }

  /** Opens a blob. Throws NotFound, and DataLoss when its file is missing or has another size than its record. */
  async open(namespace: string, digest: string): Promise<BlobReader> {
    const { size } = this.info(namespace, digest);
    try {
      const file = await this.#blobs.open(digest);
      const onDamage = () => void this.#damaged.add(digest);
      const reader = new BlobReader(digest, Number(size), file, onDamage);
      // In memory, for an open file: a turn of the thread pool costs more. Go's client opens a blob for every 32 KiB.
      const found = fstatSync(file.fd).size;
      if (BigInt(found) === size) return reader;
      await reader[Symbol.asyncDispose]();
      throw damaged(digest, `its file has ${found} bytes instead of ${size}`);
    } catch (caught) {
      this.#judge(digest, caught);
      throw storageError(`open blob "${digest}"`, this.#options.dir, caught);
    }
  }

  /**
   * A part of a blob of at most SMALL_READ_BYTES, read without the thread pool: Go's client asks for whole layers in pieces of
   * 32 KiB, and the turns of the pool to open, read and close cost more than such a piece. Nothing stays open. Throws as
   * `open` does, and DataLoss when the part is not all there.
   */
  readSmall(namespace: string, digest: string, offset: number, length: number): Buffer {
    const { size } = this.info(namespace, digest);
    const bytes = Buffer.allocUnsafeSlow(Math.min(length, SMALL_READ_BYTES));
    let fd: number | undefined;
    try {
      fd = openSync(this.#blobs.pathOf(digest), "r");
      const found = fstatSync(fd).size;
      if (BigInt(found) !== size) throw damaged(digest, `its file has ${found} bytes instead of ${size}`);
      const count = readSync(fd, bytes, 0, bytes.length, offset);
      if (count === bytes.length) return bytes;
      throw damaged(digest, `its file ends at byte ${offset + count}`);
    } catch (caught) {
      this.#judge(digest, caught);
      throw storageError(`read blob "${digest}"`, this.#options.dir, caught);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** All bytes of a small blob, checked against its digest. Throws ResourceExhausted when it has more than `maxBytes`. */
  async readAll(namespace: string, digest: string, { maxBytes }: { maxBytes: number }): Promise<Buffer> {
    await using reader = await this.open(namespace, digest);
    if (reader.size > maxBytes) {
      const reason = `it has ${reader.size} bytes, at most ${maxBytes} are read at once`;
      throw new HawserError(Code.ResourceExhausted, `read blob "${digest}": ${reason}`);
    }
    const bytes = await reader.read(0, reader.size);
    const digester = new Digester(parseDigest(digest).algorithm);
    digester.update(bytes);
    this.checkDigest(digest, digester.digest());
    return bytes;
  }

  /** Reads a blob and compares it with its digest. Throws DataLoss when they differ. */
  async verify(namespace: string, digest: string, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    await using reader = await this.open(namespace, digest);
    const digester = new Digester(parseDigest(digest).algorithm);
    for await (const bytes of reader.stream()) {
      signal?.throwIfAborted();
      digester.update(bytes);
    }
    this.checkDigest(digest, digester.digest());
  }

  /**
   * For whoever has read all bytes of a blob: throws DataLoss when `found`, their digest, is another. The blob counts as
   * missing from then on for those who write it, so that writing it again heals it.
   */
  checkDigest(digest: string, found: string): void {
    if (found === digest) return;
    this.#damaged.add(digest);
    throw damaged(digest, `the digest of its bytes is ${found}`);
  }

  /** Takes a blob out of a namespace; its bytes go when no namespace has it. Throws NotFound. */
  async delete(namespace: string, digest: string): Promise<void> {
    parseDigest(digest);
    this.#options.records.delete(namespace, digest);
    try {
      await this.#removeBytes(digest);
    } catch {
      // The blob is deleted all the same, and the next sweep meets its bytes again.
    }
  }

  // --- ingests --------------------------------------------------------------------------------------------------------

  /**
   * Begins or continues an ingest and takes the lock on it, until the writer is disposed of. Throws Unavailable when
   * another writer has the lock, and AlreadyExists when the namespace has the blob; that is also the answer when only
   * another namespace had it and this one has it from now on.
   */
  async write(namespace: string, ref: string, options: WriteOptions = {}): Promise<IngestWriter> {
    checkRef(ref);
    const { expected = "", lease } = options;
    // Now, and not when everything has been written and cannot be kept.
    if (lease !== undefined) this.#options.leases.require(namespace, lease);
    if (expected !== "" && this.claim(namespace, expected, lease)) {
      throw new HawserError(Code.AlreadyExists, `write ingest "${ref}": blob "${expected}" is there already`);
    }
    try {
      await this.#load();
      return await this.#ingests.lock(namespace, ref, options, (ingest, release) =>
        IngestWriter.open(ingest, {
          maxBytes: this.#options.maxBlobBytes ?? MAX_BLOB_BYTES,
          keep: (done, digest, commit) => this.#keep(done, digest, commit, lease),
          release,
        }),
      );
    } catch (caught) {
      throw storageError(`write ingest "${ref}"`, this.#options.dir, caught);
    }
  }

  /**
   * Writes a blob in one go, from the beginning. That it is there already is a success; then its labels are added to.
   * What fails leaves no ingest behind.
   */
  async ingest(
    namespace: string,
    ref: string,
    source: AsyncIterable<Uint8Array>,
    options: IngestOptions = {},
  ): Promise<Info> {
    const { expected, size, lease, signal, labels } = options;
    let digest = expected;
    try {
      await using writer = await this.write(namespace, ref, { expected, total: size, lease });
      try {
        if (writer.offset > 0) await writer.truncate();
        for await (const bytes of gathered(source, WRITE_BYTES)) {
          signal?.throwIfAborted();
          await writer.write(bytes);
        }
        digest = writer.digest();
        return await writer.commit({ size, expected, labels });
      } catch (caught) {
        await this.#ingests.discard(namespace, ref);
        throw caught;
      }
    } catch (caught) {
      if (!hasCode(caught, Code.AlreadyExists) || digest === undefined) throw HawserError.from(caught);
      return this.#addLabels(namespace, digest, labels ?? {});
    }
  }

  /** How far an ingest is. Throws NotFound. */
  async status(namespace: string, ref: string): Promise<Status> {
    await this.#load();
    return this.#ingests.get(namespace, ref, "look at").status();
  }

  /** How far those ingests of a namespace are that one of the filters on `ref` matches; all without filters. */
  async statuses(namespace: string, filters: readonly string[] = []): Promise<Status[]> {
    const matches = parseFilters(filters);
    await this.#load();
    return this.#ingests
      .of(namespace)
      .filter(({ about }) => matches(([field]) => (field === "ref" ? textField(about.ref) : ABSENT)))
      .map((ingest) => ingest.status());
  }

  /** Removes an ingest; its writer, if it has one, is told Aborted at its next step. Throws NotFound. */
  async abort(namespace: string, ref: string): Promise<void> {
    await this.#load();
    await this.#ingests.abort(namespace, ref);
  }

  // --- sweeping -------------------------------------------------------------------------------------------------------

  /**
   * Removes bytes that no record names, and ingests that nobody has continued for a day, except those that a lease keeps: it
   * names them, or they were begun under it. Returns how many things.
   */
  async sweep(now = new Date()): Promise<number> {
    await this.#load();
    let count = 0;
    let burst = 0;
    for (const digest of this.#damaged) {
      if (!this.#options.records.isReferenced(digest)) this.#damaged.delete(digest);
    }
    for await (const digest of this.#blobs.digests()) {
      if (await this.#removeBytes(digest)) count += 1;
      if (++burst % SWEEP_BURST === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return count + (await this.#ingests.expire(now, (about) => this.#isLeased(about)));
  }

  // --- inside ---------------------------------------------------------------------------------------------------------

  #isLeased({ namespace, ref, lease }: IngestAbout): boolean {
    const { leases } = this.#options;
    if (lease !== undefined && leases.has(namespace, lease)) return true;
    return leases.isKept(namespace, { type: INGEST_RESOURCE, id: ref });
  }

  // The order that makes crashes safe: bytes first (they are durable when this is called), then the record, and the
  // ingest's directory last.
  async #keep(
    ingest: Ingest,
    digest: string,
    options: CommitOptions,
    lease: string | undefined,
  ): Promise<Info> {
    const { namespace, ref } = ingest.about;
    const size = BigInt(ingest.offset);
    if (this.#claimExisting(namespace, digest, size, lease)) {
      await this.#ingests.discard(namespace, ref);
      throw new HawserError(Code.AlreadyExists, `commit ingest "${ref}": blob "${digest}" is there already`);
    }
    let info: Info;
    this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
    try {
      await this.#blobs.adopt(ingest.dataPath, digest);
      this.#damaged.delete(digest);
      const blob = { digest, size, labels: { ...options.labels } };
      info = this.#record(namespace, blob, lease);
    } catch (caught) {
      if (!this.#ingests.has(ingest)) {
        throw new HawserError(Code.Aborted, `commit ingest "${ref}": it was aborted`);
      }
      // Without its data an ingest cannot be continued; with it, it can.
      if (!existsSync(ingest.dataPath)) await this.#ingests.discard(namespace, ref);
      throw storageError(`commit ingest "${ref}"`, this.#options.dir, caught);
    } finally {
      this.#unpin(digest);
    }
    await this.#ingests.discard(namespace, ref);
    this.#options.events.publish(namespace, ContentCreate, { digest, size });
    return info;
  }

  #record(
    namespace: string,
    blob: { digest: string; size: bigint; labels: Record<string, string> },
    lease: string | undefined,
  ): Info {
    const { records, leases } = this.#options;
    const known = records.find(namespace, blob.digest);
    if (known === undefined) return records.add(namespace, blob, { lease });
    // Its file was damaged and is whole again.
    if (lease !== undefined) {
      leases.addResource(namespace, lease, { id: blob.digest, type: CONTENT_RESOURCE });
    }
    return known;
  }

  #claimExisting(namespace: string, digest: string, size: bigint, lease: string | undefined): boolean {
    const info = this.#options.records.find(namespace, digest);
    return info?.size === size && this.claim(namespace, digest, lease);
  }

  #unpin(digest: string): void {
    const count = (this.#pins.get(digest) ?? 1) - 1;
    if (count === 0) this.#pins.delete(digest);
    else this.#pins.set(digest, count);
  }

  // The question and taking the file off its name are one step; nothing can begin to use it in between.
  async #removeBytes(digest: string): Promise<boolean> {
    if (this.#pins.has(digest) || this.#options.records.isReferenced(digest)) return false;
    this.#damaged.delete(digest);
    try {
      const remove = this.#blobs.hide(digest);
      await remove?.();
      return remove !== undefined;
    } catch (caught) {
      throw storageError(`remove blob "${digest}"`, this.#options.dir, caught);
    }
  }

  // What a system call on a blob's file says of the blob. Throws DataLoss when that is what writing it again would heal.
  #judge(digest: string, caught: unknown): void {
    if (isErrno(caught, "ENOENT")) throw damaged(digest, "its file is missing", caught);
    if (!isErrno(caught, "EIO")) return;
    this.#damaged.add(digest);
    throw damaged(digest, messageOf(caught), caught);
  }

  #addLabels(namespace: string, digest: string, labels: Readonly<Record<string, string>>): Info {
    const paths = Object.keys(labels).map((key) => `labels.${key}`);
    if (paths.length === 0) return this.info(namespace, digest);
    return this.#options.records.update(namespace, { digest, labels }, paths);
  }

  #load(): Promise<void> {
    this.#loading ??= this.#loadOnce().catch((caught: unknown) => {
      this.#loading = undefined;
      throw storageError("open content store", this.#options.dir, caught);
    });
    return this.#loading;
  }

  async #loadOnce(): Promise<void> {
    await this.#blobs.prepare();
    await this.#blobs.removeRubbish();
    await this.#ingests.load();
  }
}

function damaged(digest: string, reason: string, cause?: unknown): HawserError {
  const wayOut = "import or pull the image again";
  return new HawserError(Code.DataLoss, `open blob "${digest}": ${reason}; ${wayOut}`, { cause });
}
