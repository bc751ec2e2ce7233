// What a process holds right now, after everything that is garbage has been collected: memory, descriptors, and whatever
// keeps an event loop alive. Needs `--expose-gc`, or turns it on.
import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Footprint {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Memory outside of the heap that objects hold: mostly buffers. */
  readonly externalBytes: number;
  readonly descriptors: number;
  /** Handles, timers and requests that are active. */
  readonly resources: number;
}

export async function footprint(): Promise<Footprint> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Buffers are given back in steps: a finalizer of one collection frees what the next one finds.
  for (let round = 0; round < 4; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    descriptors: readdirSync("/proc/self/fd").length,
    resources: process.getActiveResourcesInfo().length,
  };
}
