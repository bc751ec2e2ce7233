// What the documents of an image are read from, and its blobs written to: the manager's own content store, or that of a daemon at
// the other end of a socket. Whoever walks, imports or exports an image knows no more of it than this.
import type { Info } from "../../proto/gen/content.ts";
import type { IngestOptions } from "./content-store.ts";

/** A blob that is open. */
export interface OpenBlob extends AsyncDisposable {
  readonly size: number;
  /** Up to `length` bytes from `offset` on; fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  /** All bytes. */
  stream(): AsyncIterable<Buffer>;
}

/** Blobs by namespace and digest. */
export interface ImageBlobs {
  has(namespace: string, digest: string): boolean | Promise<boolean>;
  /** Throws NotFound. */
  info(namespace: string, digest: string): Info | Promise<Info>;
  /** Throws NotFound. */
  open(namespace: string, digest: string): Promise<OpenBlob>;
  /** A whole blob. Throws ResourceExhausted when it has more than `maxBytes`. */
  readAll(namespace: string, digest: string, limits: { readonly maxBytes: number }): Promise<Buffer>;
  /** Writes a blob in one go. That it is there already is a success. */
  ingest(
    namespace: string,
    ref: string,
    source: AsyncIterable<Uint8Array>,
    options?: IngestOptions,
  ): Promise<Info>;
  /** Throws DataLoss when the bytes of a blob have another digest than they should, and forgets them where it can. */
  checkDigest(digest: string, found: string): void;
}
