// How far the output that goes to a page may be ahead of what the page has shown. Whoever sends waits here; whoever hears from the
// page says how far it is. Pure but for the waiting. One waiter.
import { OUTPUT_WINDOW_BYTES } from "./wire.ts";

/** The window of one page. */
export class ShownWindow {
  #shown = 0n;
  #wake: (() => void) | undefined;

  /** Output goes on at this place, whatever was before. */
  begin(place: bigint): void {
    if (place > this.#shown) this.#shown = place;
    this.#wake?.();
  }

  /** The page has shown everything before this place. One that is behind what it said before is ignored. */
  show(place: bigint): void {
    this.begin(place);
  }

  /** Waits until output up to `sent` is not too far ahead. Throws the reason of the signal. */
  async wait(sent: bigint, signal: AbortSignal): Promise<void> {
    while (sent - this.#shown > BigInt(OUTPUT_WINDOW_BYTES)) {
      signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const onAbort = () => resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      await promise;
      signal.removeEventListener("abort", onAbort);
      this.#wake = undefined;
    }
  }
}
