// What the tests of images share: a content store on a directory, with records, leases and events in memory, and bytes.
import { createHash } from "node:crypto";
import {
  type BlobRecords,
  ContentStore,
  type ContentStoreOptions,
} from "../../../../manager/images/content-store.ts";
import type { Codec, Init } from "../../../../proto/codec.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Info } from "../../../../proto/gen/content.ts";
import type { Resource } from "../../../../proto/gen/leases.ts";

/** Records of blobs in memory, with the promises of ContentRecords. */
export class MemoryRecords implements BlobRecords {
  readonly #infos = new Map<string, Info>();
  /** Leased resources, as `<lease> <type> <id>`. */
  readonly leased: string[] = [];
  /** Leases that have not ended, where a test asks. */
  readonly living = new Set<string>();
  readonly events: { namespace: string; type: string }[] = [];

  get(namespace: string, digest: string): Info {
    const info = this.find(namespace, digest);
    if (info === undefined) throw new HawserError(Code.NotFound, `content "${digest}": not found`);
    return info;
  }

  find(namespace: string, digest: string): Info | undefined {
    return this.#infos.get(`${namespace}/${digest}`);
  }

  *list(namespace: string): Generator<Info> {
    for (const [key, info] of this.#infos) if (key.startsWith(`${namespace}/`)) yield info;
  }

  add(
    namespace: string,
    { digest, size, labels }: { digest: string; size: bigint; labels: Record<string, string> },
    { lease }: { lease?: string | undefined },
  ): Info {
    if (this.find(namespace, digest)) throw new HawserError(Code.AlreadyExists, `content "${digest}"`);
    if (lease !== undefined) this.addResource(namespace, lease, { id: digest, type: "content" });
    const info = Info.create({ digest, size, labels });
    this.#infos.set(`${namespace}/${digest}`, info);
    return info;
  }

  update(namespace: string, info: Init<Info>, maskPaths: readonly string[]): Info {
    const known = this.get(namespace, info.digest ?? "");
    for (const path of maskPaths) {
      const key = path.replace(/^labels\./, "");
      const value = info.labels?.[key] ?? "";
      if (value === "") delete known.labels[key];
      else known.labels[key] = value;
    }
    return known;
  }

  delete(namespace: string, digest: string): void {
    this.get(namespace, digest);
    this.#infos.delete(`${namespace}/${digest}`);
  }

  isReferenced(digest: string): boolean {
    return [...this.#infos.keys()].some((key) => key.endsWith(`/${digest}`));
  }

  require(_namespace: string, lease: string): void {
    if (lease === "unknown") throw new HawserError(Code.NotFound, `lease "${lease}": not found`);
  }

  has(_namespace: string, lease: string): boolean {
    return this.living.has(lease);
  }

  isKept(_namespace: string, { id, type }: Resource): boolean {
    return this.leased.some((line) => line.endsWith(` ${type} ${id}`));
  }

  addResource(namespace: string, lease: string, { id, type }: Resource): void {
    this.require(namespace, lease);
    this.leased.push(`${lease} ${type} ${id}`);
  }

  publish<T>(namespace: string, codec: Codec<T>): void {
    this.events.push({ namespace, type: codec.typeName });
  }
}

/** A content store below `dir` on `records`; a second one on the same is what a restart finds. */
export function contentStore(
  dir: string,
  records: MemoryRecords = new MemoryRecords(),
  options: Partial<ContentStoreOptions> = {},
): ContentStore {
  return new ContentStore({ dir, records, leases: records, events: records, ...options });
}

/** The digest of some bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Bytes in pieces. */
export async function* pieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(size, bytes.length - at));
  }
}

/** All bytes of a stream. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
