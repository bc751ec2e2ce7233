// Writes proto/gen/ from the .proto files: one TypeScript module per file, named after it. `npm run gen` writes,
// `--check` only compares and exits 1 with the names of the files that differ. Another directory than proto/ can be
// named after the options.
// Always true: the same .proto files give the same bytes, and nothing in proto/gen/ is written by hand.
// Full protobufjs parses here, at build time; what is generated needs protobufjs/minimal only.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { emitModule } from "./proto/emit.ts";
import { loadSchema } from "./proto/schema.ts";

const { values, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false } },
  allowPositionals: true,
});
const protoDir = positionals[0] ?? join(import.meta.dirname, "../proto");
const genDir = join(protoDir, "gen");

/** What every module in proto/gen/ should hold, by file name. */
async function generate(): Promise<Map<string, string>> {
  const modules = new Map<string, string>();
  for (const file of await loadSchema(protoDir)) modules.set(`${file.module}.ts`, emitModule(file));
  return modules;
}

async function readGenerated(): Promise<Map<string, string>> {
  const modules = new Map<string, string>();
  await mkdir(genDir, { recursive: true });
  for (const name of await readdir(genDir)) modules.set(name, await readFile(join(genDir, name), "utf8"));
  return modules;
}

const wanted = await generate();
const present = await readGenerated();
const stale = [...wanted].filter(([name, text]) => present.get(name) !== text).map(([name]) => name);
const leftover = [...present.keys()].filter((name) => !wanted.has(name));

if (!values.check) {
  for (const name of stale) await writeFile(join(genDir, name), wanted.get(name) ?? "");
  for (const name of leftover) await rm(join(genDir, name));
  console.log(`proto/gen: ${wanted.size} modules, ${stale.length} written, ${leftover.length} removed`);
} else if (stale.length + leftover.length > 0) {
  for (const name of stale) console.error(`proto/gen/${name} differs from what its .proto file says`);
  for (const name of leftover) console.error(`proto/gen/${name} has no .proto file`);
  console.error("proto/gen is not up to date: run `npm run gen` and commit the result");
  process.exitCode = 1;
}
