// The ingests under way, of all namespaces: which there are, in memory and on disk, and who writes each. Owns the directory
// of ingests; knows nothing of blobs.
// Always true: an ingest has one writer at a time; one that is in the map has a directory, but for the moment in which it is
// removed; what a restart finds is what is on disk.
import { Code, HawserError, isErrno } from "../../proto/errors.ts";
import { parseDigest } from "./digest.ts";
import { Ingest, type IngestAbout } from "./ingest.ts";
import type { IngestWriter } from "./ingest-writer.ts";
import { storageError } from "./storage-error.ts";

/** What is known of an ingest when it is begun or continued. */
export interface WriteOptions {
  readonly expected?: string | undefined;
  /** Its size; 0 is not known. */
  readonly total?: number | undefined;
  /** The lease that the blob will belong to. */
  readonly lease?: string | undefined;
}

/** An ingest that nobody has written to for so long is rubbish; containerd's time. */
const INGEST_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Far more than the refs that clients make up. Characters. */
const MAX_REF_LENGTH = 4096;

/** All of them. Load before anything else; the calls that find nothing loaded find nothing. */
export class Ingests {
  readonly #dir: string;
  readonly #max: number;
  readonly #ingests = new Map<string, Ingest>();
  /** Who holds the lock on an ingest; undefined while the writer is being made. */
  readonly #writers = new Map<string, IngestWriter | undefined>();

  /** Below `dir`, at most `max` of them. */
  constructor(dir: string, max: number) {
    this.#dir = dir;
    this.#max = max;
  }

  /** Finds what is on disk. Throws system errors. */
  async load(): Promise<void> {
    this.#ingests.clear();
    for (const ingest of await Ingest.loadAll(this.#dir)) {
      this.#ingests.set(Ingest.keyOf(ingest.about.namespace, ingest.about.ref), ingest);
    }
  }

  /** Throws NotFound, which says what was to be done. */
  get(namespace: string, ref: string, action: string): Ingest {
    const ingest = this.#ingests.get(Ingest.keyOf(namespace, ref));
    if (ingest !== undefined) return ingest;
    throw new HawserError(Code.NotFound, `${action} ingest "${ref.slice(0, 200)}": there is none`);
  }

  /** Whether it is there, and not another one of its name. */
  has(ingest: Ingest): boolean {
    return this.#ingests.get(Ingest.keyOf(ingest.about.namespace, ingest.about.ref)) === ingest;
  }

  /** Those of a namespace. */
  of(namespace: string): Ingest[] {
    return [...this.#ingests.values()].filter(({ about }) => about.namespace === namespace);
  }

  /**
   * Takes the lock on an ingest for the writer that `open` makes of it, which has to give it up by calling `release`. Throws
   * Unavailable when another writer has it, ResourceExhausted when there are too many ingests, and what `open` throws.
   */
  async lock(
    namespace: string,
    ref: string,
    options: WriteOptions,
    open: (ingest: Ingest, release: () => void) => Promise<IngestWriter>,
  ): Promise<IngestWriter> {
    const key = Ingest.keyOf(namespace, ref);
    if (this.#writers.has(key)) {
      throw new HawserError(
        Code.Unavailable,
        `write ingest "${ref}": another writer has it; try again later`,
      );
    }
    this.#writers.set(key, undefined);
    const release = () => void this.#writers.delete(key);
    try {
      const writer = await open(await this.#findOrCreate(namespace, ref, options), release);
      this.#writers.set(key, writer);
      return writer;
    } catch (caught) {
      release();
      throw caught;
    }
  }

  /** Removes an ingest; its writer, if it has one, is told Aborted at its next step. Throws NotFound. */
  async abort(namespace: string, ref: string): Promise<void> {
    const ingest = this.get(namespace, ref, "abort");
    const key = Ingest.keyOf(namespace, ref);
    this.#ingests.delete(key);
    await this.#writers.get(key)?.abandon();
    try {
      await ingest.remove();
    } catch (caught) {
      // Whoever commits it at this moment has taken its directory.
      if (!isErrno(caught, "ENOENT")) throw storageError(`abort ingest "${ref}"`, this.#dir, caught);
    }
  }

  /** Cleaning up: whatever is in the way of it is found at the next start. Never throws. */
  async discard(namespace: string, ref: string): Promise<void> {
    const key = Ingest.keyOf(namespace, ref);
    const ingest = this.#ingests.get(key);
    this.#ingests.delete(key);
    try {
      await ingest?.remove();
    } catch {
      // Its directory may be gone, or its disk read-only by now.
    }
  }

  /** Removes those that nobody has continued for a day and that nothing keeps. Returns how many. */
  async expire(now: Date, isKept: (about: IngestAbout) => boolean): Promise<number> {
    let count = 0;
    for (const [key, ingest] of [...this.#ingests]) {
      const ageMs = now.getTime() - ingest.updatedAt.getTime();
      if (this.#writers.has(key) || ageMs < INGEST_LIFETIME_MS || isKept(ingest.about)) continue;
      await this.discard(ingest.about.namespace, ingest.about.ref);
      count += 1;
    }
    return count;
  }

  async #findOrCreate(namespace: string, ref: string, options: WriteOptions): Promise<Ingest> {
    const key = Ingest.keyOf(namespace, ref);
    const known = this.#ingests.get(key);
    if (known !== undefined) return known;
    if (this.#ingests.size >= this.#max) {
      const wayOut = "commit or abort some";
      throw new HawserError(
        Code.ResourceExhausted,
        `write ingest "${ref}": there are ${this.#max} ingests; ${wayOut}`,
      );
    }
    const { expected = "", total = 0, lease } = options;
    if (expected !== "") parseDigest(expected);
    const about = { namespace, ref, total, expected, startedAt: new Date(), lease };
    const ingest = await Ingest.create(this.#dir, about);
    this.#ingests.set(key, ingest);
    return ingest;
  }
}

/** Throws InvalidArgument for what cannot be the ref of an ingest. */
export function checkRef(ref: string): void {
  if (ref !== "" && ref.length <= MAX_REF_LENGTH) return;
  const flaw = ref === "" ? "it is empty" : `it has ${ref.length} characters, at most ${MAX_REF_LENGTH}`;
  throw new HawserError(Code.InvalidArgument, `write ingest: check ref: ${flaw}`);
}
