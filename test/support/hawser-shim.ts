// Our own shim, freshly built: a suite must not test yesterday's.

import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";

const rootDir = resolve(import.meta.dirname, "../..");

/** Builds the executables and returns the path of the shim's. Builds at the same time wait for each other. */
export function buildHawserShim(): string {
  execFileSync(process.execPath, [join(rootDir, "scripts/build.ts")], { stdio: "pipe" });
  return join(rootDir, "bin/containerd-shim-hawser-v2");
}
