// One file of a log, open for the length of one look. The writer may be writing it, and may have removed its name.
// Owns its descriptor.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isErrno } from "../proto/errors.ts";
import { type FileEnd, findFileEnd } from "./file-end.ts";
import type { LogFile } from "./log-files.ts";
import {
  FILE_HEADER_BYTES,
  type FileHeader,
  findRecord,
  MAX_RECORD_BYTES,
  readFileHeader,
  readRecord,
} from "./record.ts";

/** Below this, looking from the start costs no more than a search. */
const SEARCHED_BYTES = 512 * 1024;

/** A file that can be looked into. */
export class LogFileReader implements AsyncDisposable {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Opens; undefined when there is no such file any more. */
  static async open({ path }: LogFile): Promise<LogFileReader | undefined> {
    try {
      return new LogFileReader(await open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** Its header; undefined when that is not whole (yet). */
  async header(): Promise<FileHeader | undefined> {
    return readFileHeader(await this.read(0, FILE_HEADER_BYTES));
  }

  /** Bytes from there on; fewer where the file ends. */
  read(position: number, length: number): Promise<Buffer> {
    return this.readInto(Buffer.allocUnsafe(length), position);
  }

  /** The same, as many as there is room for, into memory of the caller's. */
  async readInto(bytes: Buffer, position: number): Promise<Buffer> {
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  /** Bytes now. */
  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** Where it ends now. */
  async end(salt: number): Promise<FileEnd> {
    const search = findFileEnd(await this.size(), salt);
    let step = search.next();
    while (!step.done) step = search.next(await this.read(step.value.position, step.value.length));
    return step.value;
  }

  /** A border of records at or before the record that holds the byte at `offset`, and not far before it. */
  async positionOf(offset: bigint, salt: number): Promise<number> {
    let low = FILE_HEADER_BYTES;
    let high = await this.size();
    while (high - low > SEARCHED_BYTES) {
      const middle = low + Math.floor((high - low) / 2);
      const bytes = await this.read(middle, 2 * MAX_RECORD_BYTES);
      const at = findRecord(bytes, 0, salt);
      const record = at < 0 ? "bad" : readRecord(bytes, at, salt);
      // Nothing legible in the middle: what is wanted may lie before it, and looking from before is never wrong.
      if (typeof record === "object" && record.offset <= offset) low = middle + at;
      else high = middle;
    }
    return low;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
