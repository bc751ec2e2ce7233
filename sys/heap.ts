// Memory that this process holds and does not use, back to the kernel: the engine's garbage and free pages (only with
// `--expose-gc`), and what libc's malloc keeps for later (malloc_trim(3), glibc only).
// Takes 10 to 20 ms on the main thread for a heap of a few megabytes; when that is worth it, the caller knows.
import { libcFunction, type NativeFunction } from "./libc.ts";

let mallocTrim: NativeFunction | undefined;
let isMissing = false;

/** Collects everything that can be collected, compacts, and gives free pages back. */
export function releaseUnusedMemory(): void {
  // "last-resort" alone makes the engine give its empty pages back at once; a plain major collection keeps them.
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  if (mallocTrim === undefined && !isMissing) {
    try {
      mallocTrim = libcFunction("malloc_trim", "int", ["size_t"]);
    } catch {
      isMissing = true; // musl has none, and keeps less
    }
  }
  mallocTrim?.(0);
}
