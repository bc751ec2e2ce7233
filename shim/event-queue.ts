// The events that the manager has not acknowledged, in order, on disk (the bytes are in event-record.ts) and in memory.
// Append is one write, acknowledge one write of the header; when nothing is left of a backlog, the file is truncated.
// There is no fsync: what was appended survives the shim (kill -9 included), not a power cut, which the container would
// not survive either. A torn or broken record ends the file: everything from there on is cut at the next open.
// Always true: an entry is forgotten only by `acknowledge`, and sequence numbers rise by one without end, also over a
// reopening. The directory may vanish under us (the manager removes the bundle): the open descriptor goes on.
// Knows nothing about what the entries mean.
// Longer than 300 lines because window, disk and tail are one order: apart, neither could promise it.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import {
  beginsLikeAQueue,
  HEADER_BYTES,
  headerOf,
  MAX_PAYLOAD_BYTES,
  type QueueEntry,
  RECORD_HEADER_BYTES,
  readHeader,
  readRecord,
  recordOf,
  VERSION,
} from "../proto/event-record.ts";

const { O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
const O_CLOEXEC = 0o2000000;

/** Payload that is kept in memory as well; what is beyond is read back from disk in its turn. */
const DEFAULT_WINDOW_BYTES = 256 << 10;

/**
 * From here on the queue says that it is full (`isFull`), and it is for the publisher to leave out what may be left
 * out and for the shim to take on no new work. It never refuses: an exit has to go somewhere. A hundred thousand
 * events.
 */
const DEFAULT_CAP_BYTES = 32 << 20;

/** An acknowledged file that is no longer than this stays as it is: truncating for each event would cost more. */
const TRUNCATE_ABOVE_BYTES = 64 << 10;

export interface EventQueueOptions {
  /** The file; absent: in memory only. It is made with mode 0600 where there is none. */
  readonly path?: string | undefined;
  readonly windowBytes?: number;
  readonly capBytes?: number;
  /**
   * Told, in a sentence, what the queue survived: a disk that refuses (once per stretch of failures), a torn tail,
   * a file that was no queue. Must not throw.
   */
  readonly onNotice?: (notice: string, error?: unknown) => void;
}

/**
 * A queue of byte strings: append at the tail, look at the head, acknowledge the head. One process, one instance per
 * file. Every method is synchronous and, appending to the page cache, takes microseconds; none throws for the disk's
 * sake: what cannot be written is kept in memory, and said.
 */
export class EventQueue implements Disposable {
  /** 32 hexadecimal digits, drawn when the file was made: with the sequence number it names an entry for ever. */
  readonly id: string;
  readonly #capBytes: number;
  readonly #windowBytes: number;
  readonly #onNotice: (notice: string, error?: unknown) => void;
  #fd: number;
  /** The oldest entries, in order. */
  #window: QueueEntry[] = [];
  #windowStart = 0;
  #bytesInWindow = 0;
  /** Then those that are on disk only, from `start` to `end`. */
  #spilled = { count: 0, start: HEADER_BYTES, end: HEADER_BYTES };
  /** Then those that came after them and are on no disk. */
  #tail: QueueEntry[] = [];
  #acknowledged = 0n;
  #last = 0n;
  #waitingBytes = 0;
  #end = HEADER_BYTES;
  #isDiskFailing = false;

  /** Opens the file and reads what was not acknowledged, or starts empty. A file that is no queue is emptied. */
  static open(options: EventQueueOptions = {}): EventQueue {
    return new EventQueue(options);
  }

  private constructor(options: EventQueueOptions) {
    this.#capBytes = options.capBytes ?? DEFAULT_CAP_BYTES;
    this.#windowBytes = options.windowBytes ?? DEFAULT_WINDOW_BYTES;
    this.#onNotice = options.onNotice ?? (() => undefined);
    this.#fd = this.#openFile(options.path);
    this.id = this.#fd < 0 ? newId() : this.#recover();
  }

  /** Entries that wait. */
  get length(): number {
    return this.#window.length - this.#windowStart + this.#spilled.count + this.#tail.length;
  }

  /** Whether more than the cap waits. Appending works all the same. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#capBytes;
  }

  /** Payload bytes that are held in memory. */
  get bytesInMemory(): number {
    return this.#bytesInWindow + this.#tail.reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** Takes `payload`, which must not be changed afterwards. Throws RangeError when it is longer than an entry can be. */
  append(payload: Uint8Array): bigint {
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new RangeError(`append event: ${payload.length} bytes, at most ${MAX_PAYLOAD_BYTES}`);
    }
    const entry: QueueEntry = { sequence: ++this.#last, payload };
    this.#waitingBytes += payload.length;
    const position = this.#end;
    const isOnDisk = this.#writeRecord(entry);
    const isBehindDisk = this.#spilled.count > 0 || this.#tail.length > 0;
    if (!isBehindDisk && (this.#bytesInWindow < this.#windowBytes || !isOnDisk)) {
      this.#window.push(entry);
      this.#bytesInWindow += payload.length;
    } else if (isOnDisk && this.#tail.length === 0) {
      if (this.#spilled.count === 0) this.#spilled.start = position;
      this.#spilled.count++;
      this.#spilled.end = this.#end;
    } else {
      this.#tail.push(entry);
    }
    return entry.sequence;
  }

  /** The oldest entry; undefined when there is none. The same one until it is acknowledged. */
  peek(): QueueEntry | undefined {
    if (this.#windowStart === this.#window.length) this.#refill();
    return this.#window[this.#windowStart];
  }

  /** Forgets the oldest entry, which must be the one with this number: anything else is an error of the program. */
  acknowledge(sequence: bigint): void {
    const head = this.peek();
    if (head?.sequence !== sequence) {
      throw new Error(`acknowledge event ${sequence}: the oldest is ${head?.sequence ?? "none"}`);
    }
    this.#windowStart++;
    this.#bytesInWindow -= head.payload.length;
    this.#waitingBytes -= head.payload.length;
    this.#acknowledged = sequence;
    if (this.#windowStart === this.#window.length) {
      this.#window = [];
      this.#windowStart = 0;
    } else if (this.#windowStart >= 1024) {
      this.#window.splice(0, this.#windowStart);
      this.#windowStart = 0;
    }
    this.#writeAcknowledged();
  }

  /** Closes the file and leaves it as it is. What is appended afterwards is in memory only. */
  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeSync(fd);
  }

  [Symbol.dispose](): void {
    try {
      this.close();
    } catch {
      // close(2) lets go of the descriptor even when it reports an error
    }
  }

  #openFile(path: string | undefined): number {
    if (path === undefined) return -1;
    try {
      return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600);
    } catch (error) {
      this.#onNotice(`open event queue "${path}", continuing in memory`, error);
      this.#isDiskFailing = true;
      return -1;
    }
  }

  /** Reads the file and cuts what is no record; returns its id. */
  #recover(): string {
    const bytes = this.#readAt(0, this.#sizeOfFile());
    if (!beginsLikeAQueue(bytes)) return this.#reset(bytes);
    const version = bytes.length < 8 ? VERSION : bytes.readUInt32LE(4);
    if (version !== VERSION) {
      this.#onNotice(
        `open event queue: its version is ${version}, leaving it alone and continuing in memory`,
      );
      this.close();
      return newId();
    }
    // A header that is broken has lost the count, not the events: better twice than never.
    const header = readHeader(bytes) ?? { id: newId(), acknowledged: 0n };
    this.#acknowledged = header.acknowledged;
    this.#last = header.acknowledged;
    let position = HEADER_BYTES;
    for (let record = readRecord(bytes, position); record; record = readRecord(bytes, position)) {
      const next = position + RECORD_HEADER_BYTES + record.payload.length;
      if (record.sequence > this.#acknowledged) this.#restore(record, position, next);
      position = next;
    }
    this.#end = position;
    if (position < bytes.length) this.#cutTail(bytes.length - position);
    this.#tryDisk("start", () => writeAll(this.#fd, headerOf(header.id, this.#acknowledged), 0));
    return header.id;
  }

  #restore(record: QueueEntry, start: number, end: number): void {
    this.#last = record.sequence;
    this.#waitingBytes += record.payload.length;
    if (this.#spilled.count === 0 && this.#bytesInWindow < this.#windowBytes) {
      // A copy: the view would keep the whole file in memory.
      this.#window.push({ sequence: record.sequence, payload: new Uint8Array(record.payload) });
      this.#bytesInWindow += record.payload.length;
      return;
    }
    if (this.#spilled.count === 0) this.#spilled.start = start;
    this.#spilled.count++;
    this.#spilled.end = end;
  }

  #cutTail(bytes: number): void {
    this.#onNotice(`open event queue: ${bytes} bytes at its end are no whole record, ignoring`);
    this.#tryDisk("truncate", () => ftruncateSync(this.#fd, this.#end));
  }

  #reset(found: Buffer): string {
    if (found.length > 0) this.#onNotice("open event queue: the file is none, starting an empty one");
    const id = newId();
    this.#tryDisk("start", () => {
      ftruncateSync(this.#fd, 0);
      writeAll(this.#fd, headerOf(id, 0n), 0);
    });
    return id;
  }

  #writeRecord(entry: QueueEntry): boolean {
    if (this.#fd < 0) return false;
    const record = recordOf(entry);
    // At a position of our own: half a record that a full disk let through is written over by the next one.
    const isWritten = this.#tryDisk("append to", () => writeAll(this.#fd, record, this.#end));
    if (isWritten) this.#end += record.length;
    return isWritten;
  }

  #writeAcknowledged(): void {
    if (this.#fd < 0) return;
    // When this fails, the worst is that a successor sends again what the manager has.
    this.#tryDisk("acknowledge in", () => writeAll(this.#fd, headerOf(this.id, this.#acknowledged), 0));
    if (this.length > 0 || this.#end <= TRUNCATE_ABOVE_BYTES) return;
    this.#tryDisk("truncate", () => {
      ftruncateSync(this.#fd, HEADER_BYTES);
      this.#end = HEADER_BYTES;
    });
  }

  #refill(): void {
    const { count, start, end } = this.#spilled;
    if (count === 0) {
      if (this.#tail.length === 0) return;
      this.#window = this.#tail;
      this.#windowStart = 0;
      this.#bytesInWindow = this.#tail.reduce((sum, { payload }) => sum + payload.length, 0);
      this.#tail = [];
      return;
    }
    const entries = this.#readSpilled(start, end);
    if (entries.length === 0) {
      // The disk has lost what it had taken. Silence would be worse than the loss.
      this.#onNotice(`read event queue: ${count} events cannot be read back and are lost`);
      this.#spilled.count = 0;
      this.#waitingBytes = this.#tail.reduce((sum, { payload }) => sum + payload.length, 0);
      this.#refill();
      return;
    }
    this.#window = entries;
    this.#windowStart = 0;
    this.#bytesInWindow = entries.reduce((sum, { payload }) => sum + payload.length, 0);
    this.#spilled.count = count - entries.length;
    this.#spilled.start = entries.reduce(
      (at, { payload }) => at + RECORD_HEADER_BYTES + payload.length,
      start,
    );
  }

  #readSpilled(start: number, end: number): QueueEntry[] {
    let size = Math.min(end - start, this.#windowBytes + RECORD_HEADER_BYTES);
    for (;;) {
      const bytes = this.#readAt(start, size);
      const entries: QueueEntry[] = [];
      let position = 0;
      for (let record = readRecord(bytes, 0); record; record = readRecord(bytes, position)) {
        entries.push(record);
        position += RECORD_HEADER_BYTES + record.payload.length;
      }
      if (entries.length > 0 || size >= end - start) return entries;
      // The first record alone is longer than the window.
      size = Math.min(end - start, MAX_PAYLOAD_BYTES + RECORD_HEADER_BYTES);
    }
  }

  #sizeOfFile(): number {
    let size = 0;
    this.#tryDisk("read", () => {
      size = fstatSync(this.#fd).size;
    });
    return size;
  }

  #readAt(position: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    this.#tryDisk("read", () => {
      while (filled < size) {
        const got = readSync(this.#fd, bytes, filled, size - filled, position + filled);
        if (got === 0) break;
        filled += got;
      }
    });
    return bytes.subarray(0, filled);
  }

  /** Whether it worked. The first failure of a stretch is told, and so is its end. */
  #tryDisk(verb: string, action: () => void): boolean {
    try {
      action();
    } catch (error) {
      if (!this.#isDiskFailing) this.#onNotice(`${verb} event queue, continuing in memory`, error);
      this.#isDiskFailing = true;
      return false;
    }
    if (this.#isDiskFailing && verb === "append to") {
      this.#isDiskFailing = false;
      this.#onNotice("append to event queue: the disk takes events again");
    }
    return true;
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  // A disk that fills up takes a part first and says ENOSPC at the next attempt.
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

// From the kernel: the state of Math.random is the same in every process that was forked from one.
function newId(): string {
  return readFileSync("/proc/sys/kernel/random/uuid", "latin1").replaceAll("-", "").trim();
}
