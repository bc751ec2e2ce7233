// What an archive of images has in it: its files become blobs as they come by, its few documents are kept, and links between
// names are remembered. The order of entries does not matter; what it all means is decided at the end, by archive-import.ts.
// Always true: a file called `blobs/<algorithm>/<hex>` has that digest, or the import ends there.
import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";
import { parseDigest } from "./digest.ts";
import type { ImageBlobs } from "./image-blobs.ts";
import { MAX_DOCUMENT_BYTES } from "./oci-document.ts";
import type { TarEntry } from "./tar-reader.ts";

/** Where the blobs of an import go, and who waits for it. */
export interface ImportTarget {
  readonly store: ImageBlobs;
  readonly namespace: string;
  /** The lease that all of it belongs to. */
  readonly lease?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file that has become a blob. */
export interface ArchivedBlob {
  readonly digest: string;
  readonly size: bigint;
}

/** The documents that say what kind of archive it is. */
export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";
export const DOCKER_MANIFEST_FILE = "manifest.json";

/** Names that are kept in memory, all together. Bytes. */
const MAX_NAMES_BYTES = 16 * 1024 * 1024;
/** A link to a link to a link is already more than `docker save` makes. */
const MAX_LINKS = 8;

/** The files of one archive. */
export class ArchiveContents {
  readonly target: ImportTarget;
  readonly #blobs = new Map<string, ArchivedBlob>();
  readonly #links = new Map<string, string>();
  readonly #documents = new Map<string, Buffer>();
  /** Refs of ingests: unique, so that two imports of the same archive are not in each other's way. */
  readonly #prefix = `import-${randomUUID()}`;
  #count = 0;
  #namesBytes = 0;

  constructor(target: ImportTarget) {
    this.target = target;
  }

  /** Takes an entry with its content. Throws an error that names the entry and its place. */
  async take(entry: TarEntry): Promise<void> {
    const name = clean(entry.name);
    this.target.signal?.throwIfAborted();
    if (entry.type === "symlink")
      return this.#remember(entry, posix.join(posix.dirname(name), entry.linkName));
    if (entry.type === "link") return this.#remember(entry, clean(entry.linkName));
    if (entry.type !== "file") return;
    try {
      this.#countName(name);
      if (name === LAYOUT_FILE || name === DOCKER_MANIFEST_FILE) {
        this.#documents.set(name, await readDocument(entry));
      } else {
        this.#blobs.set(name, await this.#ingest(entry.content, entry.size, digestIn(name)));
      }
    } catch (caught) {
      throw HawserError.from(caught).wrap(`entry ${JSON.stringify(name)} at byte ${entry.offset}`);
    }
  }

  /** A document; undefined when the archive has none of this name. */
  document(name: string): Buffer | undefined {
    return this.#documents.get(name);
  }

  /** The blob that a name stands for, through links; undefined when there is none. */
  find(name: string): ArchivedBlob | undefined {
    let at = clean(name);
    for (let links = 0; links <= MAX_LINKS; links++) {
      const blob = this.#blobs.get(at);
      if (blob !== undefined) return blob;
      const next = this.#links.get(at);
      if (next === undefined) return undefined;
      at = next;
    }
    return undefined;
  }

  /** Makes a blob of bytes that are made here, and not in the archive. */
  async add(
    content: AsyncIterable<Uint8Array>,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<ArchivedBlob> {
    return await this.#ingest(content, undefined, undefined, labels);
  }

  async #ingest(
    content: AsyncIterable<Uint8Array>,
    size: number | undefined,
    expected: string | undefined,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<ArchivedBlob> {
    const { store, namespace, lease, signal } = this.target;
    const options = { expected, size, lease, signal, labels };
    const info = await store.ingest(namespace, `${this.#prefix}-${this.#count++}`, content, options);
    return { digest: info.digest, size: info.size };
  }

  #remember({ name, offset }: TarEntry, to: string): void {
    this.#countName(name);
    this.#countName(to);
    if (clean(name) === to) {
      throw new HawserError(
        Code.InvalidArgument,
        `entry ${JSON.stringify(name)} at byte ${offset}: links to itself`,
      );
    }
    this.#links.set(clean(name), to);
  }

  #countName(name: string): void {
    this.#namesBytes += Buffer.byteLength(name);
    if (this.#namesBytes <= MAX_NAMES_BYTES) return;
    throw new HawserError(
      Code.InvalidArgument,
      `the archive has more than ${MAX_NAMES_BYTES} bytes of names`,
    );
  }
}

// The names that documents use: no "./" in front, no double slashes.
function clean(name: string): string {
  return posix.normalize(name).replace(/^\/+/, "").replace(/\/+$/, "");
}

function digestIn(name: string): string | undefined {
  const [folder, algorithm, hex, more] = name.split("/");
  if (folder !== "blobs" || hex === undefined || more !== undefined) return undefined;
  const digest = `${algorithm}:${hex}`;
  parseDigest(digest);
  return digest;
}

async function readDocument({ size, content }: TarEntry): Promise<Buffer> {
  if (size > MAX_DOCUMENT_BYTES) {
    throw new HawserError(
      Code.InvalidArgument,
      `it has ${size} bytes, a document has at most ${MAX_DOCUMENT_BYTES}`,
    );
  }
  const pieces: Buffer[] = [];
  for await (const bytes of content) pieces.push(bytes);
  return Buffer.concat(pieces);
}
