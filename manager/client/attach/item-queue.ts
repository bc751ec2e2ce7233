// What has come and was not read yet: items of output between the connection and whoever iterates. Bounded in bytes: the one who
// puts waits, so that what is not read stays in the kernel and then in the shim.
// One side puts, one reads. Ends once, well or with an error, and what was put before is still read.
import type { AttachItem } from "./output-place.ts";

/** Bytes that may wait here; one item more may be added to it. */
const MAX_BYTES = 256 * 1024;

/** A queue of items. */
export class ItemQueue {
  readonly #items: AttachItem[] = [];
  #bytes = 0;
  #end: { readonly error: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  /** Adds items in order, and resolves once the next may come. After the end it drops them. */
  async put(items: readonly AttachItem[]): Promise<void> {
    if (this.#end !== undefined) return;
    for (const item of items) {
      this.#items.push(item);
      this.#bytes += sizeOf(item);
    }
    this.#wakeReader?.();
    while (this.#bytes > MAX_BYTES && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  /** No more comes; `error` is thrown to the reader behind what is there. The first end counts. */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** Ends it and forgets what is there: nobody reads any more. */
  drop(): void {
    this.end();
    this.#items.length = 0;
    this.#bytes = 0;
  }

  /** The next item; undefined at the end. Throws what it ended with. */
  async next(): Promise<AttachItem | undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#bytes -= sizeOf(item);
        if (this.#bytes <= MAX_BYTES) this.#wakeWriter?.();
        return item;
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
  }
}

// Gaps are small and must count, too: a peer could send nothing else.
function sizeOf(item: AttachItem): number {
  return 64 + (item.gap === undefined ? item.bytes.length : 0);
}
