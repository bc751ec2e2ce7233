// The one writer of an ingest: appends, keeps the digest on the way, and in the end has it made a blob. Whoever continues an
// ingest begins by reading back what is there, so that the digest covers every byte that will be in the blob.
// Always true: after an error of the disk the writer takes nothing more, and `data` ends where the last good write ended, so
// that the ingest can be continued by another writer. Disposing of a writer leaves the ingest as it is.
import { type FileHandle, open } from "node:fs/promises";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Info, Status } from "../../proto/gen/content.ts";
import { type DigestAlgorithm, Digester, parseDigest } from "./digest.ts";
import type { Ingest } from "./ingest.ts";
import { storageError } from "./storage-error.ts";

/** Bytes that are read at once when the digest of what is there is made. */
const CHUNK_BYTES = 1024 * 1024;

/** What a commit says of the bytes; both are checked. */
export interface CommitOptions {
  /** The size that it must have. */
  readonly size?: number | undefined;
  /** The digest that it must have. */
  readonly expected?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What the content store does for a writer. */
export interface IngestWriterOptions {
  readonly maxBytes: number;
  /** Makes a blob of the durable data. */
  readonly keep: (ingest: Ingest, digest: string, options: CommitOptions) => Promise<Info>;
  /** Gives up the lock. */
  readonly release: () => void;
}

/** Writes one ingest; one call at a time. Made by `ContentStore.write`. Dispose of it. */
export class IngestWriter implements AsyncDisposable {
  readonly #ingest: Ingest;
  readonly #options: IngestWriterOptions;
  #file: FileHandle | undefined;
  #digester: Digester;
  #end: HawserError | undefined;

  private constructor(ingest: Ingest, options: IngestWriterOptions, file: FileHandle, digester: Digester) {
    this.#ingest = ingest;
    this.#options = options;
    this.#file = file;
    this.#digester = digester;
  }

  /** Opens the data of `ingest` and reads it through. Throws system errors. */
  static async open(ingest: Ingest, options: IngestWriterOptions): Promise<IngestWriter> {
    const file = await open(ingest.dataPath, "r+");
    try {
      // Beyond the end there may be part of a write that failed.
      await file.truncate(ingest.offset);
      const { expected } = ingest.about;
      const algorithm = expected === "" ? "sha256" : parseDigest(expected).algorithm;
      const digester = await digestFile(file, ingest.offset, algorithm);
      return new IngestWriter(ingest, options, file, digester);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** How many bytes there are; where the next ones go. */
  get offset(): number {
    return this.#ingest.offset;
  }

  status(): Status {
    return this.#ingest.status();
  }

  /** The digest of what there is. */
  digest(): string {
    return this.#digester.digest();
  }

  /** Appends. Throws ResourceExhausted when the disk is full or the blob too big. */
  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#use("write");
    const { offset } = this.#ingest;
    if (offset + bytes.length > this.#options.maxBytes) {
      const limit = `a blob has at most ${this.#options.maxBytes} bytes`;
      throw new HawserError(Code.ResourceExhausted, `${this.#what("write")}: ${limit}`);
    }
    try {
      const writing = writeAll(file, bytes, offset);
      // The pool writes while this thread hashes.
      this.#digester.update(bytes);
      await writing;
    } catch (caught) {
      throw await this.#fail("write", caught);
    }
    this.#ingest.offset = offset + bytes.length;
    this.#ingest.updatedAt = new Date();
  }

  /** Back to nothing. */
  async truncate(): Promise<void> {
    const file = this.#use("truncate");
    try {
      await file.truncate(0);
    } catch (caught) {
      throw await this.#fail("truncate", caught);
    }
    this.#digester = new Digester(this.#digester.algorithm);
    this.#ingest.offset = 0;
    this.#ingest.updatedAt = new Date();
  }

  /**
   * Makes it a blob, durable when this returns; the writer is at its end then. Throws FailedPrecondition when size or
   * digest are not as they must be, and AlreadyExists when the namespace has the blob.
   */
  async commit(options: CommitOptions = {}): Promise<Info> {
    const file = this.#use("commit");
    const { offset, about } = this.#ingest;
    const size = options.size || about.total;
    if (size > 0 && size !== offset) throw this.#refuse(`it has ${offset} bytes, expected ${size}`);
    const digest = await this.#checkDigest(file, options.expected || about.expected);
    try {
      await file.datasync();
    } catch (caught) {
      throw await this.#fail("commit", caught);
    }
    await this.#close();
    this.#end = new HawserError(Code.FailedPrecondition, `${this.#what("write")}: it has been committed`);
    return await this.#options.keep(this.#ingest, digest, options);
  }

  /** Ends it, because the ingest is taken away: what it is asked from here on throws Aborted. */
  async abandon(): Promise<void> {
    this.#end = new HawserError(Code.Aborted, `${this.#what("write")}: it was aborted`);
    await this.#close();
  }

  /** Gives up the lock; the ingest stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end ??= new HawserError(Code.FailedPrecondition, `${this.#what("write")}: its writer is closed`);
    await this.#close();
    this.#options.release();
  }

  async #checkDigest(file: FileHandle, expected: string): Promise<string> {
    if (expected === "") return this.#digester.digest();
    const { algorithm } = parseDigest(expected);
    if (algorithm !== this.#digester.algorithm) {
      this.#digester = await digestFile(file, this.#ingest.offset, algorithm);
    }
    const digest = this.#digester.digest();
    if (digest !== expected) throw this.#refuse(`its digest is ${digest}, expected ${expected}`);
    return digest;
  }

  #use(action: string): FileHandle {
    if (this.#end !== undefined) throw this.#end;
    if (this.#file === undefined) throw new Error(`${action}: the writer is closed`);
    return this.#file;
  }

  async #fail(action: string, caught: unknown): Promise<HawserError> {
    this.#end ??= storageError(this.#what(action), this.#ingest.dir, caught);
    try {
      await this.#file?.truncate(this.#ingest.offset);
    } catch {
      // Whoever continues reads the file back, whatever is in it; a digest that is wrong is found at the commit.
    }
    return this.#end;
  }

  #refuse(reason: string): HawserError {
    return new HawserError(Code.FailedPrecondition, `${this.#what("commit")}: ${reason}`);
  }

  #what(action: string): string {
    return `${action} ingest "${this.#ingest.about.ref}"`;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.close();
    } catch {
      // What must be durable was synced before, and what was not is not promised.
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

async function digestFile(file: FileHandle, size: number, algorithm: DigestAlgorithm): Promise<Digester> {
  const digester = new Digester(algorithm);
  if (size === 0) return digester;
  const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size));
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, size - at), at);
    if (bytesRead === 0) throw new Error(`the data ends at byte ${at} of ${size}`);
    digester.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
  return digester;
}
