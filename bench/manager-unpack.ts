// How fast an image becomes snapshots: the same archive, the same `ctr`, in turns. `ctr images import` sends the archive and has
// its layers unpacked; `ctr snapshots unpack` has them unpacked from the content store alone.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "./bench.ts";
import { makeImageArchive } from "./image-archive.ts";
import type { Daemon } from "./manager-daemon.ts";
import { median, spread } from "./sample.ts";
import { table } from "./table.ts";

const IMAGE = "localhost/hawser-bench-unpack:latest";
const TURNS = 4;
const WARM_UP_TURNS = 1;
const MEGABYTE = 1_000_000;

// What images are like: most files are small, most bytes are in big ones.
const SMALL_FILES = 4_000;
const SMALL_BYTES = 3_000;
const BIG_FILES = 12;
const BIG_BYTES = 8 * MEGABYTE;
const FILES_IN_DIRECTORY = 50;

/** Measures the daemons; the first is the peer that the others are compared with. Makes its image below `dir`. */
export async function measureUnpack(daemons: readonly Daemon[], dir: string): Promise<Report> {
  const image = await makeImage(dir);
  const results = daemons.map((daemon) => ({ daemon, imports: [] as number[], unpacks: [] as number[] }));
  for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++) {
    for (const { daemon, imports, unpacks } of results) {
      const taken = [
        await timeImport(daemon, image.archive),
        await timeUnpack(daemon, image.archive),
      ] as const;
      if (turn < 0) continue;
      imports.push(taken[0]);
      unpacks.push(taken[1]);
    }
  }
  const rate = (values: readonly number[]): number[] =>
    values.map((ms) => image.bytes / MEGABYTE / (ms / 1_000));
  const peer = results[0];
  const compare = (mine: readonly number[], theirs: readonly number[] = []): string =>
    (median(rate(mine)) / median(rate(theirs))).toFixed(2);
  const rows = results.map(({ daemon, imports, unpacks }) => [
    daemon.kind.name,
    spread(rate(imports), 0),
    compare(imports, peer?.imports),
    spread(rate(unpacks), 0),
    compare(unpacks, peer?.unpacks),
  ]);
  const text = [
    "### An image, from its archive to its snapshot",
    "",
    `MB of the unpacked image per second, ${(image.bytes / MEGABYTE).toFixed(0)} MB in ${SMALL_FILES + BIG_FILES} files, one layer with gzip, on disk; ${TURNS} turns.`,
    "`import` is all of `ctr images import`, `unpack` is `ctr snapshots unpack` of an image that was imported without.",
    "",
    table(["", "import, MB/s", "× peer", "unpack, MB/s", "× peer"], rows),
  ].join("\n");
  const [theirs, ours] = results;
  const isMet =
    theirs !== undefined && ours !== undefined && Number(compare(ours.imports, theirs.imports)) >= 1;
  const measured = `${compare(ours?.imports ?? [], theirs?.imports)} of its rate`;
  return { text, targets: [{ what: "import as fast as containerd", measured, isMet }] };
}

async function timeImport(daemon: Daemon, archive: string): Promise<number> {
  const began = performance.now();
  await daemon.ctr("images", "import", archive);
  const taken = performance.now() - began;
  await daemon.ctr("images", "rm", "--sync", IMAGE);
  return taken;
}

async function timeUnpack(daemon: Daemon, archive: string): Promise<number> {
  await daemon.ctr("images", "import", "--no-unpack", archive);
  const listed = await daemon.ctr("images", "list", `name==${IMAGE}`);
  const digest = /sha256:[0-9a-f]{64}/.exec(listed)?.[0] ?? "";
  const began = performance.now();
  await daemon.ctr("snapshots", "unpack", digest);
  const taken = performance.now() - began;
  await daemon.ctr("images", "rm", "--sync", IMAGE);
  return taken;
}

async function makeImage(dir: string): Promise<{ archive: string; bytes: number }> {
  const rootDir = join(dir, "unpack-root");
  for (let index = 0; index < SMALL_FILES; index++) {
    const below = join(rootDir, `d${Math.floor(index / FILES_IN_DIRECTORY)}`);
    if (index % FILES_IN_DIRECTORY === 0) await mkdir(below, { recursive: true });
    await writeFile(join(below, `f${index}`), filling(SMALL_BYTES, index));
  }
  await mkdir(join(rootDir, "big"));
  for (let index = 0; index < BIG_FILES; index++) {
    await writeFile(join(rootDir, "big", `f${index}`), filling(BIG_BYTES, index));
  }
  const archive = await makeImageArchive({
    rootDir,
    dir: join(dir, "unpack-image"),
    name: IMAGE,
    isCompressed: true,
  });
  return { archive, bytes: SMALL_FILES * SMALL_BYTES + BIG_FILES * BIG_BYTES };
}

// Compresses to about a third, as programs do; the same on every run.
function filling(bytes: number, seed: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let state = seed + 1;
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    buffer.writeUInt32LE(at % 12 === 0 ? state : at, at);
  }
  return buffer;
}
