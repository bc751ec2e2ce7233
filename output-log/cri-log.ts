// The output of a process as a file in the format of Kubernetes' CRI, line by line, for whoever reads such files: kubelet, and the
// agents that collect logs. Owns the file.
// A line longer than 16 KiB is written in pieces (P … P F). What was dropped ends the lines under way and is a line of its own on
// stderr. The file is never cut here: whoever rotates it renames it away, and it is made anew when that is seen, within a second.
// Always true: lines are whole. What a full disk took half of is finished before anything else is written.
// A line that has not ended is in memory until it has; it is lost with a process that is killed, as it is with containerd.
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { HawserError, isErrno } from "../proto/errors.ts";
import { makeDirectories } from "../sys/directory.ts";
import { criLine } from "./cri-line.ts";
import { LineReader } from "./line-reader.ts";
import type { OutputSink } from "./output-sink.ts";
import type { OutputRecord } from "./record.ts";

/** How a CRI log is opened. */
export interface CriLogOptions {
  /** Absolute. */
  readonly path: string;
  /** Place of the first byte that will be appended. */
  readonly startOffset: bigint;
  /** Told, in a sentence, when the file refuses and when it takes output again. Must not throw. */
  readonly onNotice?: ((notice: string, error?: unknown) => void) | undefined;
}

/** How often is looked whether the file is still the one of this name. */
const LOOK_MS = 1000;

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/** A log that others read. */
export class CriLog implements OutputSink {
  readonly startOffset: bigint;
  readonly #path: string;
  readonly #onNotice: (notice: string, error?: unknown) => void;
  readonly #lines = new LineReader();
  #end: bigint;
  #file: FileHandle | undefined;
  #lookedAtMs = 0;
  /** What the file has not taken yet: at most what one append made. */
  #pending: Buffer = Buffer.alloc(0);
  #lastError: Error | undefined;
  #underWay: Promise<unknown> | undefined;
  #isClosed = false;

  /** Opens nothing: the file is made with the first line. Its directory is to be there. */
  constructor({ path, startOffset, onNotice = () => undefined }: CriLogOptions) {
    this.#path = path;
    this.startOffset = startOffset;
    this.#end = startOffset;
    this.#onNotice = onNotice;
  }

  /** Makes the directory of a log. Throws what the disk said, with the path of the log in front. */
  static makeDirectory(path: string): void {
    try {
      makeDirectories(dirname(path), 0o755);
    } catch (error) {
      throw HawserError.from(error).wrap(`open log "${path}"`);
    }
  }

  get endOffset(): bigint {
    return this.#end;
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  // Records that are pending are not told as written; who appends them again finds them there.
  async append(records: readonly OutputRecord[]): Promise<number> {
    return (await this.#oneAtATime(() => this.#linesOf(records))) ? records.length : 0;
  }

  advance(offset: bigint): Promise<boolean> {
    return this.#oneAtATime(() => this.#droppedUntil(offset));
  }

  /** Writes lines that have not ended and closes the file. What fails is a notice. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#underWay;
    await this.#write(() => [...this.#lines.flush()].flatMap(criLine));
    await this.#close();
  }

  async #oneAtATime(lines: () => Uint8Array[]): Promise<boolean> {
    if (this.#isClosed || this.#underWay !== undefined) {
      this.#lastError = new Error(this.#isClosed ? "the log is closed" : "an append is under way");
      return false;
    }
    const underWay = this.#write(lines);
    this.#underWay = underWay;
    const isWritten = await underWay;
    this.#underWay = undefined;
    return isWritten;
  }

  /** Writes what is pending and then what `lines` makes. Whether all of it is written; what is not stays pending. */
  async #write(lines: () => Uint8Array[]): Promise<boolean> {
    try {
      await this.#drain();
      this.#pending = Buffer.concat(lines());
      await this.#drain();
    } catch (caught) {
      const error = caught instanceof Error ? caught : new Error(String(caught));
      if (this.#lastError === undefined) this.#onNotice(`write log "${this.#path}", continuing`, error);
      this.#lastError = error;
      return false;
    }
    if (this.#lastError !== undefined) this.#onNotice(`write log "${this.#path}": it takes output again`);
    this.#lastError = undefined;
    return true;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const file = await this.#fileNow();
      const { bytesWritten } = await file.write(this.#pending);
      this.#pending = this.#pending.subarray(bytesWritten);
    }
  }

  #linesOf(records: readonly OutputRecord[]): Uint8Array[] {
    const lines: Uint8Array[] = [];
    for (const record of records) {
      const { offset, bytes } = record;
      lines.push(...this.#droppedUntil(offset, record.time));
      // What is there already, after an append that was refused half way.
      const skip = this.#end > offset ? Number(this.#end - offset) : 0;
      if (skip >= bytes.length) continue;
      const rest = { ...record, offset: this.#end, bytes: bytes.subarray(skip) };
      for (const line of this.#lines.push(rest)) lines.push(...criLine(line));
      this.#end = offset + BigInt(bytes.length);
    }
    return lines;
  }

  #droppedUntil(offset: bigint, time = BigInt(Date.now()) * 1_000_000n): Uint8Array[] {
    if (offset <= this.#end) return [];
    const cut = [...this.#lines.flush()].flatMap((line) =>
      criLine({ ...line, bytes: ended(line.bytes), isPartial: false }),
    );
    const bytes = Buffer.from(`hawser: ${offset - this.#end} bytes were dropped\n`);
    const notice = criLine({ stream: 2, offset, time, bytes, isPartial: false });
    this.#end = offset;
    return [...cut, ...notice];
  }

  /** The file of this name: opened anew when it has been renamed or removed. */
  async #fileNow(): Promise<FileHandle> {
    const now = performance.now();
    if (this.#file !== undefined && now - this.#lookedAtMs >= LOOK_MS && !(await this.#isStillThere())) {
      await this.#close();
    }
    if (this.#file === undefined) this.#file = await open(this.#path, FLAGS, 0o640);
    if (now - this.#lookedAtMs >= LOOK_MS) this.#lookedAtMs = now;
    return this.#file;
  }

  async #isStillThere(): Promise<boolean> {
    try {
      const [named, ours] = await Promise.all([stat(this.#path), this.#file?.stat()]);
      return named.ino === ours?.ino && named.dev === ours.dev;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }

  // The kernel has let go of the descriptor, whatever close(2) says.
  async #close(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }
}

function ended(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.from("\n")]);
}
