// The page that the numbers live on. Every bench owns what stands between its two markers and nothing else, so that a
// run of one leaves the numbers of the others alone.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const page = join(import.meta.dirname, "README.md");

/** Replaces the section of one bench, or adds it at the end when it is new. */
export async function writeSection(name: string, text: string): Promise<void> {
  const begin = `<!-- bench ${name}: generated, do not edit -->`;
  const end = `<!-- bench ${name}: end -->`;
  const old = await readFile(page, "utf8");
  const from = old.indexOf(begin);
  const to = old.indexOf(end, from);
  const section = `${begin}\n\n${text}\n\n${end}`;
  const fresh =
    from < 0 || to < 0
      ? `${old.trimEnd()}\n\n${section}\n`
      : old.slice(0, from) + section + old.slice(to + end.length);
  const beside = `${page}.${process.pid}`;
  await writeFile(beside, fresh);
  await rename(beside, page);
}
