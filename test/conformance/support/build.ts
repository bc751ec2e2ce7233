// Makes sure that what runs is what the sources say.

import { resolve } from "node:path";
import { command } from "./command.ts";

const rootDir = resolve(import.meta.dirname, "../../..");

/** Builds the executables into bin/. Files of the suite may do so at the same time: one waits for the other. */
export async function buildExecutables(): Promise<void> {
  const build = [process.execPath, resolve(rootDir, "scripts/build.ts")];
  await command("flock", [resolve(rootDir, "scripts/build.ts"), ...build], { cwd: rootDir });
}
