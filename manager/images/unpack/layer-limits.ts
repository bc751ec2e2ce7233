// What a layer may cost: a small archive can unpack to any size, any number of files, any time. The defaults are far above
// what images hold, and below what would take a machine down unnoticed; the disk is usually the first to say no.
// Pure bookkeeping: whoever spends says so, and is stopped by ResourceExhausted.
import { Code, HawserError } from "../../../proto/errors.ts";

/** Limits of one layer. */
export interface LayerLimits {
  /** Bytes of the archive after decompression. */
  readonly totalBytes: number;
  /** Headers: entries, and extended headers before them. */
  readonly entries: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /**
   * How many times larger than the compressed archive it may become, once it is larger than `ratioFreeBytes`. gzip cannot do
   * more than 1032, and does that for zeros alone; zstd can do millions.
   */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
}

/** What holds where nobody says otherwise. */
export const DEFAULT_LAYER_LIMITS: LayerLimits = {
  totalBytes: 256 * 1024 ** 3,
  entries: 5_000_000,
  fileBytes: 128 * 1024 ** 3,
  ratio: 1_100,
  ratioFreeBytes: 256 * 1024 ** 2,
};

/** Counts what one layer has cost so far. */
export class LayerMeter {
  readonly #limits: LayerLimits;
  readonly #compressedBytes: number;
  #totalBytes = 0;
  #entries = 0;

  constructor(limits: LayerLimits, compressedBytes: number) {
    this.#limits = limits;
    this.#compressedBytes = compressedBytes;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Bytes came out of the decompressor. */
  addBytes(count: number): void {
    const { totalBytes, ratio, ratioFreeBytes } = this.#limits;
    this.#totalBytes += count;
    if (this.#totalBytes > totalBytes) throw exceeded(`it unpacks to more than ${totalBytes} bytes`);
    if (this.#totalBytes > ratioFreeBytes && this.#totalBytes > ratio * this.#compressedBytes) {
      throw exceeded(`it unpacks to more than ${ratio} times its ${this.#compressedBytes} bytes`);
    }
  }

  /** A header was read. */
  addEntry(): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries)
      throw exceeded(`it holds more than ${this.#limits.entries} entries`);
  }

  /** A file of this size is about to be written; `name` is quoted for people. */
  checkFile(name: string, size: number): void {
    const { fileBytes } = this.#limits;
    if (size > fileBytes) throw exceeded(`the file ${name} has ${size} bytes, ${fileBytes} are allowed`);
  }
}

function exceeded(reason: string): HawserError {
  return new HawserError(Code.ResourceExhausted, `layer is over a limit: ${reason}`);
}
