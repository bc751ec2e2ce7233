// Memory that this process holds and does not use, back to the kernel: the engine's garbage and free pages, and what
// libc's malloc keeps for later (malloc_trim(3), glibc only); and an engine that stops collecting machine code.
// Takes 10 to 20 ms on the main thread for a heap of a few megabytes; when that is worth it, the caller knows.
// Flags are set here and not on the command line: any flag there that touches the compiler makes Node refuse the code
// cache of its own modules, 5 ms of every start (docs/shim-cost.md).
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { libcFunction, type NativeFunction } from "./libc.ts";

let mallocTrim: NativeFunction | undefined;
let isMissing = false;

/** Collects everything that can be collected, compacts, and gives free pages back. */
export function releaseUnusedMemory(): void {
  // Only a context made after the flag has the function. It goes with the next collection.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  // "last-resort" alone makes the engine give its empty pages back at once; a plain major collection keeps them.
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
  if (mallocTrim === undefined && !isMissing) {
    try {
      mallocTrim = libcFunction("malloc_trim", "int", ["size_t"]);
    } catch {
      isMissing = true; // musl has none, and keeps less
    }
  }
  mallocTrim?.(0);
}

/**
 * Code that is hot from now on is compiled once and not optimized: for a process that has done its work and mostly waits.
 * What is optimized already stays so.
 */
export function stopOptimizing(): void {
  for (const flag of ["--no-opt", "--no-maglev"]) setFlagsFromString(flag);
}
