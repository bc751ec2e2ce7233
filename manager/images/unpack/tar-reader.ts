// A tar archive, pushed through in pieces of any size, synchronously: each entry is announced, its data handed on as it comes.
// Our own and not tar-stream, because here a stream and two promises per entry would cost more than the entry, and because
// nothing may be buffered that the archive alone decides the size of.
// Always true: at most one extended header (1 MiB) is held; a handler sees `entry`, any number of `data`, `entryEnd`.
// Dialects as Go's archive/tar reads them: global PAX headers are passed over, sparse entries are refused.
import type { BytePath } from "./byte-path.ts";
import { parsePaxRecords } from "./pax-records.ts";
import { BLOCK_BYTES, malformed, parseHeader, type TarHeader } from "./tar-header.ts";

/** The longest extended header or long name: as much as Go's reader takes. */
export const MAX_EXTENSION_BYTES = 1024 * 1024;

export type EntryType =
  | "file"
  | "link"
  | "symlink"
  | "character-device"
  | "block-device"
  | "directory"
  | "fifo";

/** An entry, with everything that extended headers say of it. Its names are not judged yet. */
export interface TarEntry {
  readonly name: BytePath;
  readonly linkName: BytePath;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow; 0 for everything but a file. */
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint | undefined;
  readonly major: number;
  readonly minor: number;
  readonly attributes: ReadonlyMap<string, Buffer>;
}

/** Who is told. What it throws ends the reading. `data` is borrowed for the call. */
export interface TarHandler {
  entry(entry: TarEntry): void;
  data(bytes: Buffer): void;
  entryEnd(): void;
  /** A header that is no entry: counted, so that an archive of nothing else ends, too. */
  extension(): void;
}

const NO_ATTRIBUTES: ReadonlyMap<string, Buffer> = new Map();

const TYPES = new Map<string, EntryType>([
  ["0", "file"],
  ["1", "link"],
  ["2", "symlink"],
  ["3", "character-device"],
  ["4", "block-device"],
  ["5", "directory"],
  ["6", "fifo"],
  ["7", "file"],
]);

type State = "header" | "extension" | "skip" | "data" | "ended";

/** Reads one archive. */
export class TarReader {
  readonly #handler: TarHandler;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #blockFilled = 0;
  #state: State = "header";
  /** Bytes of data, extension or skipped content still to come, and of padding behind them. */
  #remaining = 0;
  #padding = 0;
  #extension: { flag: string; pieces: Buffer[] } | undefined;
  #pax: ReturnType<typeof parsePaxRecords> | undefined;
  #longName: BytePath | undefined;
  #longLinkName: BytePath | undefined;
  #sawZeroBlock = false;
  #offset = 0;

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  /** The next bytes, borrowed. Throws InvalidArgument for what is no tar archive, and what the handler throws. */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.#state !== "ended"; ) {
      const taken = this.#step(bytes, at);
      at += taken;
      this.#offset += taken;
    }
  }

  /** No more bytes come. An archive may end without its two zero blocks, but not in the middle of something. */
  end(): void {
    const isComplete = this.#state === "ended" || (this.#state === "header" && this.#blockFilled === 0);
    if (!isComplete || this.#pax !== undefined || this.#longName !== undefined) {
      throw malformed(`the archive ends in the middle of an entry, at byte ${this.#offset}`);
    }
  }

  #step(bytes: Buffer, at: number): number {
    if (this.#remaining > 0) {
      const piece = bytes.subarray(at, at + this.#remaining);
      this.#remaining -= piece.length;
      if (this.#state === "data") this.#handler.data(piece);
      else if (this.#state === "extension") this.#extension?.pieces.push(Buffer.from(piece));
      if (this.#remaining === 0) this.#contentEnd();
      return piece.length;
    }
    if (this.#padding > 0) {
      const skipped = Math.min(this.#padding, bytes.length - at);
      this.#padding -= skipped;
      return skipped;
    }
    if (this.#blockFilled === 0 && bytes.length - at >= BLOCK_BYTES) {
      this.#header(bytes.subarray(at, at + BLOCK_BYTES));
      return BLOCK_BYTES;
    }
    const copied = bytes.copy(this.#block, this.#blockFilled, at);
    this.#blockFilled += copied;
    if (this.#blockFilled === BLOCK_BYTES) {
      this.#blockFilled = 0;
      this.#header(this.#block);
    }
    return copied;
  }

  #header(block: Buffer): void {
    const header = parseHeader(block);
    if (header === undefined) {
      if (this.#sawZeroBlock) this.#state = "ended";
      this.#sawZeroBlock = true;
      return;
    }
    if (this.#sawZeroBlock) throw malformed(`a header follows a block of zeros, at byte ${this.#offset}`);
    if ("xgLK".includes(header.flag)) this.#extensionHeader(header);
    else this.#entryHeader(header);
  }

  #extensionHeader({ flag, size }: TarHeader): void {
    this.#handler.extension();
    // Comments of a program for the whole archive: nothing in a layer depends on them.
    const isSkipped = flag === "g";
    if (size > MAX_EXTENSION_BYTES) {
      throw malformed(
        `an extended header of ${size} bytes, at byte ${this.#offset}; ${MAX_EXTENSION_BYTES} are allowed`,
      );
    }
    this.#extension = { flag, pieces: [] };
    this.#content(isSkipped ? "skip" : "extension", size);
  }

  #entryHeader(header: TarHeader): void {
    const pax = this.#pax;
    const name = pax?.path ?? this.#longName ?? header.name;
    const linkName = pax?.linkPath ?? this.#longLinkName ?? header.linkName;
    this.#pax = undefined;
    this.#longName = undefined;
    this.#longLinkName = undefined;
    const place = `at byte ${this.#offset}`;
    if (header.flag === "S" || pax?.isSparse) {
      throw malformed(`a sparse entry, ${place}, which is not supported; make the layer without --sparse`);
    }
    let type = TYPES.get(header.flag);
    if (type === undefined)
      throw malformed(`an entry of type ${JSON.stringify(header.flag)}, ${place}, is unknown`);
    // Before there were directories in tar, they were files that end in a slash.
    if (header.flag === "0" && name.endsWith("/")) type = "directory";
    // Others have a size now and then (a hard link that of its file), but never data.
    const size = type === "file" ? (pax?.size ?? header.size) : 0;
    const attributes = pax?.attributes ?? NO_ATTRIBUTES;
    this.#handler.entry({
      name,
      linkName,
      type,
      mode: header.mode,
      uid: pax?.uid ?? header.uid,
      gid: pax?.gid ?? header.gid,
      size,
      mtimeNs: pax?.mtimeNs ?? header.mtimeNs,
      atimeNs: pax?.atimeNs,
      major: header.major,
      minor: header.minor,
      attributes,
    });
    this.#content("data", size);
  }

  #content(state: State, size: number): void {
    this.#state = state;
    this.#remaining = size;
    this.#padding = -size & (BLOCK_BYTES - 1);
    if (size === 0) this.#contentEnd();
  }

  #contentEnd(): void {
    const state = this.#state;
    this.#state = "header";
    if (state === "data") this.#handler.entryEnd();
    else if (state === "extension") this.#extensionEnd();
  }

  #extensionEnd(): void {
    const { flag, pieces } = this.#extension ?? { flag: "", pieces: [] };
    this.#extension = undefined;
    const bytes = Buffer.concat(pieces);
    if (flag === "x") this.#pax = parsePaxRecords(bytes);
    else {
      const end = bytes.indexOf(0);
      const text = bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
      if (flag === "L") this.#longName = text;
      else this.#longLinkName = text;
    }
  }
}
