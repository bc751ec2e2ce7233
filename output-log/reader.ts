// The reading end of an output log: from any place, while the writer writes and files go. Holds nothing between two reads but a
// position, so that a reader who rests costs nothing and keeps no removed file on the disk; there may be any number of them.
// Always true: what is given is what was appended, in order; what is missing between two records is said, with a reason.
// A record at the end that is not whole is being written, unless there is something behind it: then it is torn.
import { LogFileReader } from "./log-file-reader.ts";
import { type LogFile, listLogFiles } from "./log-files.ts";
import { type OutputPage, PageBuilder } from "./page.ts";
import { FILE_HEADER_BYTES, findRecord, MAX_RECORD_BYTES, RecordKind, readRecord } from "./record.ts";

/** How much is kept. */
export interface OutputRange {
  /** Place of the oldest byte. */
  readonly start: bigint;
  /** Place behind the newest. */
  readonly end: bigint;
}

/** For the first look of those who follow, and find a line or two. */
const FIRST_CHUNK_BYTES = 32 * 1024;
/** Room for at least three records, whatever they are. */
const CHUNK_BYTES = 4 * MAX_RECORD_BYTES;

/** Where to read on in a file. */
interface Start {
  readonly salt: number;
  readonly position: number;
}

/** Where the reader rests: at the record that holds the byte at `next`, or will. */
interface Place extends Start {
  readonly file: LogFile;
  readonly next: bigint;
}

/** A reader of one log. Its reads must come one after the other. */
export class OutputLogReader {
  readonly #dir: string;
  #place: Place | undefined;
  /** Whether the last page was full: more than a line or two is to be expected. */
  #isBehind = false;
  #lastKind: number | undefined;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** A reader of the log in a directory, which may not be there yet. */
  static open(dir: string): OutputLogReader {
    return new OutputLogReader(dir);
  }

  /** What is kept now; undefined when there is no log, or nothing in it yet. Rejects with the system's error. */
  async range(): Promise<OutputRange | undefined> {
    const files = await this.#files();
    for (const file of files.toReversed()) {
      await using opened = await LogFileReader.open(file);
      const header = await opened?.header();
      if (opened === undefined || header === undefined) continue;
      const end = (await opened.end(header.salt)).offset ?? header.first;
      return { start: files[0]?.first ?? end, end };
    }
    return undefined;
  }

  /**
   * Entries from the place `from` on, with at most `maxBytes` (at least 1) of output; none when there is nothing there yet. What
   * they hold is the caller's. Rejects with the system's error.
   */
  async read(from: bigint, maxBytes: number): Promise<OutputPage> {
    const page = new PageBuilder(from, maxBytes);
    const resting = this.#place?.next === from ? this.#place : undefined;
    let file = resting?.file ?? holderOf(await this.#files(), from);
    let before: LogFile | undefined;
    while (file !== undefined && !page.isFull) {
      const isOver = await this.#readFile(file, before, page);
      if (!isOver) break;
      before = file;
      file = await this.#successorOf(file);
    }
    page.isAtEnd ||= file === undefined;
    this.#isBehind = page.isFull;
    this.#lastKind = page.lastKind ?? this.#lastKind;
    return page;
  }

  /** Whether what was read last is the word of a writer that has ended: nothing comes before another one begins. */
  get isClosed(): boolean {
    return this.#lastKind === RecordKind.closed;
  }

  /**
   * A place that nothing of this time (nanoseconds since 1970) or later lies before, as far as the machine's clock went forwards, and
   * not much more than a file before the first that does. Rejects with the system's error.
   */
  async placeBefore(time: bigint): Promise<bigint> {
    const files = await this.#files();
    for (const file of files.toReversed()) {
      await using opened = await LogFileReader.open(file);
      // What is in a file was read from the process before the next file was begun.
      const header = await opened?.header();
      if (header !== undefined && header.createdAt <= time) return file.first;
    }
    return files[0]?.first ?? 0n;
  }

  /** Reads on in a file; whether there is nothing left in it, and it is known that nothing will come. */
  async #readFile(file: LogFile, before: LogFile | undefined, page: PageBuilder): Promise<boolean> {
    await using opened = await LogFileReader.open(file);
    // Gone. Whether it is the last one is for the caller to find out.
    if (opened === undefined) return true;
    const place = this.#place;
    const isResting = place?.file.first === file.first && place.next === page.next;
    const start = isResting ? place : await this.#startIn(opened, before, page);
    // Without a header: as if it were not there.
    if (start === undefined) return true;
    const { salt } = start;
    let { position } = start;
    for (let isFinal = false; ; isFinal = true) {
      const length = this.#isBehind ? chunkFor(page) : FIRST_CHUNK_BYTES;
      const step = await readRecords(opened, { salt, position }, length, page);
      position = step.position;
      this.#place = { file, salt, position, next: page.next };
      if (!step.isAtEnd) return false;
      // What was written between that look and the start of a new file is to be read before the new file is.
      if (isFinal) return true;
      if ((await this.#successorOf(file)) === undefined) {
        page.isAtEnd = true;
        return false;
      }
    }
  }

  async #startIn(
    opened: LogFileReader,
    before: LogFile | undefined,
    page: PageBuilder,
  ): Promise<Start | undefined> {
    const header = await opened.header();
    if (header === undefined) return undefined;
    const { salt, previousEnd } = header;
    const position = await opened.positionOf(page.next, salt);
    if (position === FILE_HEADER_BYTES && previousEnd > page.next) {
      // Files go from the oldest on: when the one before is there, it has lost its end.
      page.skipTo(previousEnd, await this.#reasonBetween(before));
    }
    return { salt, position };
  }

  async #reasonBetween(before: LogFile | undefined): Promise<"rotated" | "torn"> {
    const isThere = before !== undefined && (await this.#files()).some(({ first }) => first === before.first);
    return isThere ? "torn" : "rotated";
  }

  async #successorOf(file: LogFile): Promise<LogFile | undefined> {
    return (await this.#files()).find(({ first }) => first > file.first);
  }

  #files(): Promise<LogFile[]> {
    return listLogFiles(this.#dir);
  }
}

/** What is read at once for those who catch up: what they want, and the record that it ends in. */
function chunkFor({ roomBytes }: PageBuilder): number {
  return Math.min(CHUNK_BYTES, roomBytes + MAX_RECORD_BYTES);
}

/** The file that holds the byte at `offset`; the oldest when it lies before that. */
function holderOf(files: readonly LogFile[], offset: bigint): LogFile | undefined {
  return files.findLast(({ first }) => first <= offset) ?? files[0];
}

/**
 * Puts the records from `position` on into a page, until that is full or the file has no more. Returns the position of the record
 * that is to be read next, or that is not whole.
 */
async function readRecords(
  file: LogFileReader,
  start: Start,
  firstBytes: number,
  page: PageBuilder,
): Promise<{ position: number; isAtEnd: boolean }> {
  const { salt } = start;
  let { position } = start;
  let isBehindTear = false;
  using memory = takeMemory();
  for (let length = firstBytes; ; length = CHUNK_BYTES) {
    const bytes = await file.readInto(memory.buffer.subarray(0, length), position);
    const isWhole = bytes.length < length;
    let at = 0;
    for (;;) {
      const record = readRecord(bytes, at, salt);
      if (typeof record === "object") {
        const isTaken = page.add(record, isBehindTear);
        if (isTaken) at = record.next;
        if (!isTaken || page.isFull) return { position: position + at, isAtEnd: false };
        isBehindTear = false;
      } else if (record === "short" && !isWhole) {
        break;
      } else {
        const found = findRecord(bytes, at + 1, salt);
        if (found < 0 && isWhole) return { position: position + at, isAtEnd: true };
        isBehindTear = true;
        // One that begins in the last bytes would be whole in the next look only.
        at = found < 0 ? Math.max(at + 1, bytes.length - MAX_RECORD_BYTES) : found;
        if (found < 0) break;
      }
    }
    position += at;
  }
}

// Memory to read into, used again: that of whoever was through last, unless the engine has taken it back meanwhile. A new one for
// each look would have the engine collect garbage most of the time.
let spare: WeakRef<Buffer> | undefined;

function takeMemory(): { readonly buffer: Buffer } & Disposable {
  const buffer = spare?.deref() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  spare = undefined;
  return {
    buffer,
    [Symbol.dispose]: () => {
      spare = new WeakRef(buffer);
    },
  };
}
