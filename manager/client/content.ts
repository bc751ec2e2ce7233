// Blobs of the daemon's content store, over the wire: read as a stream, written in one conversation. Memory does not grow with a
// blob. Whoever writes holds a lease, or labels what refers to the blob, else the daemon's collector may take it.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError, hasCode, isNotFound } from "../../proto/errors.ts";
import { Content as ContentService, type Info, WriteAction } from "../../proto/gen/content.ts";
import { toDate } from "../../proto/timestamp.ts";
import { Digester } from "../images/digest.ts";
import type { CallOptions } from "./connection.ts";
import type { Session } from "./session.ts";

/** A blob, as the daemon knows it. */
export interface Blob {
  /** `sha256:…`. */
  readonly digest: string;
  readonly sizeBytes: bigint;
  readonly createdAt: Date | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** Which part of a blob. */
export interface ReadOptions extends CallOptions {
  /** Default 0. */
  readonly offset?: number | undefined;
  /** Default: to the end. */
  readonly length?: number | undefined;
}

/** What is known of a blob before it is written. */
export interface WriteOptions extends CallOptions {
  /** The daemon refuses other bytes; and one that it has already costs nothing. */
  readonly digest?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What one message carries: far below the limit of a message, and enough to keep a disk busy. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The content store.
 *
 * @example
 * for await (const { digest, sizeBytes } of client.content.list()) console.log(digest, sizeBytes);
 */
export class Content {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** What is known of a blob. Throws NotFound. */
  async info(digest: string, options?: CallOptions): Promise<Blob> {
    const { info } = await this.#service.info({ digest }, options);
    return blobOf(info);
  }

  /** Whether the namespace has a blob. */
  async has(digest: string, options?: CallOptions): Promise<boolean> {
    try {
      await this.info(digest, options);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** All blobs that match one of the filters; without filters all. */
  async *list(
    { filters = [] }: { readonly filters?: readonly string[] } = {},
    options?: CallOptions,
  ): AsyncGenerator<Blob, void, undefined> {
    for await (const { info } of this.#service.list({ filters }, options)) yield* info.map(blobOf);
  }

  /** The bytes of a blob. */
  async *read(digest: string, options: ReadOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    const { offset = 0, length, ...call } = options;
    // To the daemon, no length means all.
    if (length === 0) return;
    const request = { digest, offset: BigInt(offset), size: BigInt(length ?? 0) };
    for await (const { data } of this.#service.read(request, call)) {
      if (data.length > 0) yield Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    }
  }

  /** A blob as a whole. Throws ResourceExhausted when it has more than `maxBytes`, and has read no more than that. */
  async readAll(digest: string, maxBytes: number, options?: CallOptions): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.read(digest, options)) {
      length += chunk.length;
      if (length > maxBytes) {
        const reason = `it has more than ${maxBytes} bytes, which is more than was expected`;
        throw new HawserError(Code.ResourceExhausted, `read blob "${digest}": ${reason}`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /**
   * Writes a blob. One that is there already is a success. `ref` names the attempt: of two at a time, the second fails with
   * Unavailable. Throws FailedPrecondition when the bytes are not what was announced.
   *
   * @example
   * await using lease = await client.leases.create();
   * const { digest } = await client.leasing(lease).content.write("my-upload", [Buffer.from("hello")]);
   */
  async write(
    ref: string,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { digest = "", sizeBytes = 0, labels = {}, ...options }: WriteOptions = {},
  ): Promise<Blob> {
    // The daemon's refusal of what it has does not say what that is.
    const digester = digest === "" ? new Digester() : undefined;
    const bytes = digester === undefined ? source : digested(source, digester);
    try {
      return await this.info(await this.#send(ref, bytes, { digest, sizeBytes, labels }, options), options);
    } catch (error) {
      if (!hasCode(error, Code.AlreadyExists)) throw error;
      return await this.info(digester?.digest() ?? digest, options);
    }
  }

  /** Changes labels; one that is empty is removed. Returns the blob as it is now. */
  async label(
    digest: string,
    labels: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<Blob> {
    const paths = Object.keys(labels).map((key) => `labels.${key}`);
    if (paths.length === 0) return await this.info(digest, options);
    const { info } = await this.#service.update({ info: { digest, labels }, updateMask: { paths } }, options);
    return blobOf(info);
  }

  /** Takes a blob out of the namespace. Throws NotFound. */
  async delete(digest: string, options?: CallOptions): Promise<void> {
    await this.#service.delete({ digest }, options);
  }

  async #send(
    ref: string,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    about: { digest: string; sizeBytes: number; labels: Readonly<Record<string, string>> },
    options: CallOptions,
  ): Promise<string> {
    await using talk = this.#service.write(options);
    const common = { ref, expected: about.digest, total: BigInt(about.sizeBytes) };
    await talk.ask({ ...common, action: WriteAction.STAT });
    let offset = 0n;
    for await (const bytes of source) {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        const data = bytes.subarray(at, at + CHUNK_BYTES);
        // Offset 0 begins anew: what somebody wrote under this ref before is not known to be the same.
        await talk.ask({ ...common, action: WriteAction.WRITE, offset, data });
        offset += BigInt(data.length);
      }
    }
    const commit = { ...common, total: offset, action: WriteAction.COMMIT, offset, labels: about.labels };
    const { digest } = await talk.ask(commit);
    return digest;
  }

  get #service() {
    return this.#session.service(ContentService);
  }
}

async function* digested(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  digester: Digester,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of source) {
    digester.update(bytes);
    yield bytes;
  }
}

function blobOf(info: Init<Info> | undefined): Blob {
  const { digest = "", size = 0n, createdAt, labels = {} } = info ?? {};
  return { digest, sizeBytes: size, createdAt: toDate(createdAt), labels: labels as Record<string, string> };
}
