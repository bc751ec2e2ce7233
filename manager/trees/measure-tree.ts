// Counting what a tree takes on the disk, as a job of a worker: containerd's way, blocks of 512 bytes and inodes, each inode
// once however many names it has.
import { lstatSync, readdirSync } from "node:fs";
import { codeOfError } from "../../sys/errno.ts";
import type { MeasureTreeJob, TreeUsage } from "./jobs.ts";

const BLOCK_BYTES = 512;

/** Measures a tree, its top included. What disappears meanwhile is not counted. */
export function measureTree({ dir }: MeasureTreeJob): TreeUsage {
  let sizeBytes = 0;
  let inodes = 0;
  const linked = new Set<string>();
  const visit = (path: Buffer): void => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isDirectory() && stats.nlink > 1) {
      const key = `${stats.dev}:${stats.ino}`;
      if (linked.has(key)) return;
      linked.add(key);
    }
    sizeBytes += stats.blocks * BLOCK_BYTES;
    inodes += 1;
    if (!stats.isDirectory()) return;
    const prefix = Buffer.concat([path, Buffer.from("/")]);
    for (const name of namesIn(path)) visit(Buffer.concat([prefix, name]));
  };
  visit(Buffer.from(dir));
  return { sizeBytes, inodes };
}

function namesIn(dir: Buffer): Buffer[] {
  try {
    return readdirSync(dir, { encoding: "buffer" });
  } catch (error) {
    if (codeOfError(error) === "ENOENT") return [];
    throw error;
  }
}
