// What the tests of output logs share: records, and everything that a reader finds.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { OutputEntry } from "../../../output-log/page.ts";
import { OutputLogReader } from "../../../output-log/reader.ts";
import type { OutputRecord } from "../../../output-log/record.ts";

/** The byte at a place of the output: tells places up to 2^16 apart. */
export function byteAt(place: number): number {
  return (place * 31 + (place >> 8) * 17) & 0xff;
}

/** A record whose bytes tell their places. */
export function recordAt(offset: number, length: number, stream: 1 | 2 = 1, time = 0n): OutputRecord {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) bytes[index] = byteAt(offset + index);
  return { offset: BigInt(offset), stream, time, bytes };
}

/** Paths of the files of a log, the oldest first. */
export function filesIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(".hlog"))
    .toSorted()
    .map((name) => join(dir, name));
}

/** All that a reader gives from a place on, in pages of so many bytes. */
export async function readAll(dir: string, from = 0n, pageBytes = 64 * 1024): Promise<OutputEntry[]> {
  const reader = OutputLogReader.open(dir);
  const entries: OutputEntry[] = [];
  for (let next = from; ; ) {
    const page = await reader.read(next, pageBytes);
    if (page.entries.length === 0) return entries;
    entries.push(...page.entries);
    next = page.next;
  }
}

/** What is wrong with entries that are to begin at `from`: a hole, an overlap, or a byte that is not what it should be. */
export function complaintOf(entries: readonly OutputEntry[], from: bigint): string | undefined {
  let next = from;
  for (const { record, gap } of entries) {
    const start = record?.offset ?? gap?.from;
    if (start !== next) return `expected place ${next}, got ${start}`;
    if (record !== undefined) {
      const at = Number(record.offset);
      const wrong = record.bytes.findIndex((byte, index) => byte !== byteAt(at + index));
      if (wrong >= 0) return `wrong byte at ${at + wrong}`;
      next += BigInt(record.bytes.length);
    } else if (gap !== undefined) {
      if (gap.to <= gap.from) return `empty gap at ${gap.from}`;
      next = gap.to;
    }
  }
  return undefined;
}

/** Gaps, as `from-to reason`. */
export function gapsOf(entries: readonly OutputEntry[]): string[] {
  return entries.flatMap(({ gap }) => (gap ? [`${gap.from}-${gap.to} ${gap.reason}`] : []));
}

/** How many bytes of output there are. */
export function bytesOf(entries: readonly OutputEntry[]): number {
  return entries.reduce((sum, { record }) => sum + (record?.bytes.length ?? 0), 0);
}
