// The exit record that our shim leaves in a bundle (`proto/bundle-files.ts`), as a manager reads it after the shim's death:
// durable before the exit event left, it is the last word of the shim. Written in shim/exit-record.ts.
// Always true: what cannot be believed whole is not believed at all.
import { readFileSync } from "node:fs";
import { BundleFile, bundleFile, execExitRecordFile } from "../../proto/bundle-files.ts";

/** How a process ended, by the word of its shim. */
export interface ShimExitRecord {
  readonly pid: number;
  readonly startTime: bigint;
  readonly exitStatus: number;
  /** The shim itself could not say. */
  readonly isUnknown: boolean;
  readonly exitedAt: Date;
  /** Of the signal that ended it; 0: none. */
  readonly signal: number;
  /** It, or a process beside it, was killed for want of memory. */
  readonly oom: boolean;
  /** What became of its output: `open` (not known yet), `complete`, `direct`, `cut`. */
  readonly output: string;
}

const VERSION = 1;

/** More than this is no record. Bytes. */
const MAX_BYTES = 64 * 1024;

/** The record of init (`execId` empty) or of an exec; undefined when there is none that can be believed. */
export function readShimExitRecord(
  bundleDir: string,
  containerId: string,
  execId: string,
): ShimExitRecord | undefined {
  const path =
    execId === "" ? bundleFile(bundleDir, BundleFile.exitRecord) : execExitRecordFile(bundleDir, execId);
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > MAX_BYTES) return undefined;
    return parseShimExitRecord(JSON.parse(text), containerId, execId);
  } catch {
    // Not there, or broken: then the other witnesses are asked.
    return undefined;
  }
}

/** Reads a record's JSON; exported for its test. */
export function parseShimExitRecord(
  value: unknown,
  containerId: string,
  execId: string,
): ShimExitRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  const { version, pid, startTime, exitStatus, isUnknown, exitedAt } = record;
  if (version !== VERSION || record["containerId"] !== containerId) return undefined;
  if ((record["execId"] ?? "") !== execId) return undefined;
  if (!isNatural(pid) || !isNatural(exitStatus) || exitStatus > 255 || typeof isUnknown !== "boolean")
    return undefined;
  if (typeof startTime !== "string" || !/^\d{1,20}$/.test(startTime) || typeof exitedAt !== "string")
    return undefined;
  const at = new Date(exitedAt);
  if (Number.isNaN(at.getTime())) return undefined;
  // What these say is for people; a status is not disbelieved for want of them.
  const signal = isNatural(record["signal"]) ? record["signal"] : 0;
  const oom = record["oom"] === true;
  const output = typeof record["output"] === "string" ? record["output"] : "";
  return { pid, startTime: BigInt(startTime), exitStatus, isUnknown, exitedAt: at, signal, oom, output };
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
