// The program behind the walls: reads the sources of the repository and fails when one of them breaks a rule of
// scripts/walls/walls.ts. Prints a line per violation, as compilers do.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findViolations } from "./walls/walls.ts";

const rootDir = resolve(import.meta.dirname, "..");
const dirs = ["proto", "ttrpc", "sys", "output-log", "shim", "manager", "test", "bench", "scripts"];

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(rootDir, path), "utf8")) as T;
}

function readSources(): Map<string, string> {
  const files = new Map<string, string>();
  for (const dir of dirs) {
    let names: string[];
    try {
      names = readdirSync(join(rootDir, dir), { recursive: true, encoding: "utf8" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw error;
    }
    for (const name of names) {
      const path = join(dir, name);
      if (
        !/\.[cm]?ts$/.test(name) ||
        /(^|\/)(node_modules|dist)\//.test(path) ||
        path.startsWith("test/fixtures/")
      )
        continue;
      files.set(path, readFileSync(join(rootDir, path), "utf8"));
    }
  }
  return files;
}

const { dependencies } = readJson<{ dependencies: Record<string, string> }>("package.json");
const shimAllowed = readJson<Record<string, string>>("shim/allowed-imports.json");
const violations = findViolations({
  files: readSources(),
  shimAllowed: new Set(Object.keys(shimAllowed)),
  dependencies: new Set(Object.keys(dependencies)),
});
for (const { file, line, message } of violations) process.stdout.write(`${file}:${line}: ${message}\n`);
process.exitCode = violations.length === 0 ? 0 : 1;
