// The writing end of an output log: a directory of files that are begun one after the other at record borders, the oldest of
// which go. Owns the lock of the directory and the newest file. docs/logs.md says what is where.
// Always true: one writer at a time; what append() has counted is in the kernel's hands, so that it survives a kill -9, and a
// power cut as far as the disk got (nothing is fsynced: the container would not survive either); a record that was cut short is
// overwritten or taken away, and never told. The event loop waits for the disk when the log is opened and never again.
// Knows nothing about who wants the output, nor what is to be done when the disk is full: it says so and can be asked again.
import { constants, readFileSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { Code, HawserError } from "../proto/errors.ts";
import { makeDirectories } from "../sys/directory.ts";
import { codeOfError } from "../sys/errno.ts";
import { OwnedFd } from "../sys/fd.ts";
import { tryFlock } from "../sys/file-lock.ts";
import { Batch, type Piece, piecesOf } from "./batch.ts";
import { type FoundLog, findLog } from "./found-log.ts";
import { LogFileWriter } from "./log-file-writer.ts";
import { type LogFile, logFileName } from "./log-files.ts";
import type { OutputSink } from "./output-sink.ts";
import { type FileHeader, type OutputRecord, RECORD_HEADER_BYTES, RecordKind } from "./record.ts";

/** How a log is opened. */
export interface OutputLogOptions {
  /** Absolute; made with mode 0700 where it is missing. */
  readonly dir: string;
  /** A file is closed and the next begun before it gets longer. Default 16 MiB, at least {@link MIN_FILE_BYTES}. */
  readonly maxFileBytes?: number | undefined;
  /** So many files are kept. Default 4, at least 1. */
  readonly maxFiles?: number | undefined;
  /**
   * Told, in a sentence, what the log survived: a disk that refuses (once per stretch of failures, and its end), a torn tail.
   * Must not throw.
   */
  readonly onNotice?: ((notice: string, error?: unknown) => void) | undefined;
}

/** What is taken for a smaller limit of a file: room for a few records of the longest kind. */
export const MIN_FILE_BYTES = 256 * 1024;

const DEFAULT_FILE_BYTES = 16 * 1024 * 1024;
const DEFAULT_FILES = 4;

/**
 * So far the places jump behind a writer that did not end as it should. Whoever shows output before it is in the log must not be
 * further ahead of it than this: else one place would mean two bytes.
 */
export const UNSURE_BYTES = 1024 * 1024;

/** The log, open for writing. */
export class OutputLog implements OutputSink {
  readonly #dir: string;
  readonly #lock: OwnedFd;
  readonly #maxFileBytes: number;
  readonly #maxFiles: number;
  readonly #onNotice: (notice: string, error?: unknown) => void;
  /** The oldest first; the last one is `#file`'s, if there is that. */
  readonly #files: LogFile[];
  #file: LogFileWriter | undefined;
  /** Behind the last byte that is written; `#end` is further when the writer before us did not end well. */
  #writtenEnd: bigint;
  #end: bigint;
  #lastError: Error | undefined;
  #underWay: Promise<number> | undefined;
  #isClosed = false;

  private constructor(options: OutputLogOptions, lock: OwnedFd, { files, file, end, isUnsure }: FoundLog) {
    this.#dir = options.dir;
    this.#lock = lock;
    this.#maxFileBytes = Math.max(MIN_FILE_BYTES, options.maxFileBytes ?? DEFAULT_FILE_BYTES);
    this.#maxFiles = Math.max(1, options.maxFiles ?? DEFAULT_FILES);
    this.#onNotice = options.onNotice ?? (() => undefined);
    this.#files = files;
    this.#file = file;
    this.#writtenEnd = end;
    this.#end = isUnsure ? end + BigInt(UNSURE_BYTES) : end;
  }

  /**
   * Opens the log of a directory, or begins one. Takes a torn tail away. Throws FailedPrecondition while another writer has it,
   * otherwise what the disk said, with the directory in front.
   */
  static open(options: OutputLogOptions): OutputLog {
    const { dir } = options;
    let lock: OwnedFd | undefined;
    try {
      makeDirectories(dir, 0o700);
      lock = OwnedFd.open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
      if (!tryFlock(lock.fd)) {
        const message = "another process writes it; wait until that has ended";
        throw new HawserError(Code.FailedPrecondition, message);
      }
      return new OutputLog(options, lock, findLog(dir, options.onNotice ?? (() => undefined)));
    } catch (error) {
      lock?.[Symbol.dispose]();
      throw HawserError.from(error).wrap(`open output log "${dir}"`);
    }
  }

  /** Place of the oldest byte that is kept. */
  get startOffset(): bigint {
    return this.#files[0]?.first ?? this.#end;
  }

  /** Place of the next byte: where the output of a task goes on. */
  get endOffset(): bigint {
    return this.#end;
  }

  /** Why the last append did not write everything; undefined when it did. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * Writes records, whose offsets must rise; one call at a time. Bytes before {@link endOffset} are there already and are
   * skipped; a record that begins behind it says that what lies between was dropped. Resolves with how many are written: all, or
   * the first n, and {@link lastError} says why. Their bytes are borrowed until then. Never rejects.
   */
  append(records: readonly OutputRecord[]): Promise<number> {
    return this.#oneAtATime(() => this.#write(piecesOf(records, this.#end), records.length));
  }

  /**
   * Says that the output has come to `offset`: what is missing before it was dropped, and no record may follow that would say so.
   * Whether it is written. One call at a time, with append. Never rejects.
   */
  async advance(offset: bigint): Promise<boolean> {
    if (offset <= this.#end) return true;
    return (await this.#oneAtATime(() => this.#write([mark(RecordKind.place, offset, 1)], 1))) === 1;
  }

  /** Ends the log well, after an append under way. What fails is a notice. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#underWay;
    if (this.#files.length > 0) await this.#write([mark(RecordKind.closed, this.#end, 1)], 1);
    await this.#file?.close();
    this.#lock[Symbol.dispose]();
  }

  async #oneAtATime(action: () => Promise<number>): Promise<number> {
    if (this.#isClosed || this.#underWay !== undefined) {
      this.#lastError = new Error(this.#isClosed ? "the log is closed" : "an append is under way");
      return 0;
    }
    this.#underWay = action();
    try {
      return await this.#underWay;
    } finally {
      this.#underWay = undefined;
    }
  }

  /** Writes pieces, in batches that lie in one file each; how many of the caller's `total` records are written. */
  async #write(pieces: Iterable<Piece>, total: number): Promise<number> {
    let done = 0;
    try {
      const queue = this.#withReopened(pieces);
      for (let next = queue.next(); !next.done; ) {
        const file = await this.#fileFor(next.value);
        const batch = new Batch();
        while (!next.done && batch.add(next.value, this.#maxFileBytes - file.size)) next = queue.next();
        const { last, error } = await file.write(batch);
        if (last !== undefined) {
          done = last.doneRecords;
          this.#writtenEnd = last.offset + BigInt(last.payload.length);
          if (this.#writtenEnd > this.#end) this.#end = this.#writtenEnd;
        }
        if (error !== undefined) throw error;
      }
    } catch (caught) {
      const error = caught instanceof Error ? caught : new Error(String(caught));
      if (this.#lastError === undefined) this.#onNotice(`write output log "${this.#dir}", continuing`, error);
      this.#lastError = error;
      return done;
    }
    if (this.#lastError) this.#onNotice(`write output log "${this.#dir}": the disk takes output again`);
    this.#lastError = undefined;
    return total;
  }

  // Until that is written, every attempt begins with it.
  *#withReopened(pieces: Iterable<Piece>): Generator<Piece, void, undefined> {
    if (this.#end > this.#writtenEnd) yield mark(RecordKind.reopened, this.#end, 0);
    yield* pieces;
  }

  /** The file that a record goes to: a new one when there is none or this one is full. */
  async #fileFor({ offset, payload }: Piece): Promise<LogFileWriter> {
    const current = this.#file;
    if (current) {
      const size = current.size + RECORD_HEADER_BYTES + payload.length;
      if (current.isEmpty || size <= this.#maxFileBytes) return current;
    }
    const path = join(this.#dir, logFileName(offset));
    const begin = () => LogFileWriter.create(path, this.#header(offset));
    const file = await begin().catch(async (error: unknown) => {
      const isFull = codeOfError(error) === "ENOSPC" || codeOfError(error) === "EDQUOT";
      if (!isFull || this.#files.length < this.#maxFiles) throw error;
      // The oldest would go anyway, and makes room.
      await this.#dropOldest(this.#maxFiles - 1);
      return await begin();
    });
    this.#file = file;
    this.#files.push({ first: offset, path });
    await current?.close();
    await this.#dropOldest(this.#maxFiles);
    return file;
  }

  #header(first: bigint): FileHeader {
    const createdAt = BigInt(Date.now()) * 1_000_000n;
    return { salt: newSalt(), first, previousEnd: this.#writtenEnd, createdAt };
  }

  async #dropOldest(keptFiles: number): Promise<void> {
    for (const { path } of this.#files.splice(0, Math.max(0, this.#files.length - keptFiles))) {
      await unlink(path).catch((error: unknown) => {
        if (codeOfError(error) !== "ENOENT") this.#onNotice(`remove "${path}", continuing`, error);
      });
    }
  }
}

function mark(kind: number, offset: bigint, doneRecords: number): Piece {
  return { kind, offset, time: BigInt(Date.now()) * 1_000_000n, payload: new Uint8Array(0), doneRecords };
}

// From the kernel: a container must not guess it, and the state of other generators is the same in every forked process.
function newSalt(): number {
  return Number.parseInt(readFileSync("/proc/sys/kernel/random/uuid", "latin1").slice(0, 8), 16);
}
