// Our own shim, freshly built: a suite must not test yesterday's.

import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";

const rootDir = resolve(import.meta.dirname, "../..");

/** Builds and returns the path of the program. Suites that run at the same time build one after the other. */
export function buildHawserShim(): string {
  const build = join(rootDir, "scripts/build.ts");
  execFileSync("flock", [build, process.execPath, build], { stdio: "pipe" });
  return join(rootDir, "bin/containerd-shim-hawser-v2");
}
