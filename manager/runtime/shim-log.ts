// A shim's log, copied line by line into the manager's own. Holds the bundle's fifo open for both directions: a shim must
// find a reader when it starts, and one that goes away must not end the log.
// Always true: a shim that talks without end costs lines, which are counted and said, and never the manager's time: what
// is over the rate is read and dropped. Lines stay lines: the log quotes them.
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import { FdReader } from "../../sys/fd-io.ts";
import { openFifoForBoth } from "../../sys/fifo.ts";
import type { Log } from "../log.ts";

/** Lines that may come in one second; what is more is dropped. */
const LINES_PER_SECOND = 200;

/** A longer line is cut. Bytes. */
const MAX_LINE_BYTES = 4096;

/** Copies until it is disposed of. */
export class ShimLog implements Disposable {
  readonly #reader: FdReader;
  readonly #log: Log;
  #rest = "";
  #second = 0;
  #lines = 0;
  #dropped = 0;

  /** Opens the fifo of a bundle. Throws the system's error when there is none. */
  constructor(bundleDir: string, log: Log) {
    this.#reader = new FdReader(openFifoForBoth(bundleFile(bundleDir, BundleFile.log)));
    this.#log = log;
    void this.#copy();
  }

  [Symbol.dispose](): void {
    this.#takeRest();
    this.#reader[Symbol.dispose]();
  }

  async #copy(): Promise<void> {
    try {
      for await (const bytes of this.#reader) this.#take(bytes);
    } catch {
      // Disposed of while waiting: that is how it ends.
    }
  }

  // What the shim said last is still in the fifo: its reason to end, perhaps.
  #takeRest(): void {
    try {
      for (let bytes = this.#reader.tryRead(); bytes?.length; bytes = this.#reader.tryRead())
        this.#take(bytes);
    } catch {
      // Closed already.
    }
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
  }

  #take(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString("utf8")).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, MAX_LINE_BYTES);
    for (const line of lines) if (line !== "") this.#line(line);
  }

  #line(line: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
      if (this.#dropped > 0)
        this.#log.warn("shim logs too much, lines were dropped", { count: this.#dropped });
      this.#dropped = 0;
    }
    if (++this.#lines > LINES_PER_SECOND) {
      this.#dropped++;
      return;
    }
    const level = /\blevel="?(debug|info|warning|error)/.exec(line)?.[1];
    const text = line.slice(0, MAX_LINE_BYTES);
    if (level === "error") this.#log.error(`shim: ${text}`);
    else if (level === "warning") this.#log.warn(`shim: ${text}`);
    else this.#log.debug(`shim: ${text}`);
  }
}
