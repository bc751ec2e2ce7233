// How a process ended, in a file of the bundle that is durable before the exit event leaves: whoever comes after a
// crash of the manager, of the shim or of both still learns the true status.
// Always true: a record is there whole or not at all (written beside, fsynced, renamed, the directory fsynced), and it
// names its process by pid and start time, so that it cannot be taken for the record of a later one.
// Synchronous on purpose: between the record and its event nothing else may come. On tmpfs, where bundles live, the
// two fsyncs are free; on a disk they cost milliseconds, once per process.
import { BundleFile, bundleFile, execExitRecordFile } from "../proto/bundle-files.ts";
import { writeFileAtomic } from "../sys/atomic-file.ts";
import {
  booleanAt,
  type Found,
  type JsonObject,
  naturalAt,
  readJsonFile,
  stringAt,
  ticksAt,
} from "./json-file.ts";

const VERSION = 1;

/** On the wire an unknown status is this number, which a process may also choose. */
export const UNKNOWN_EXIT_STATUS = 255;

/**
 * How much of the output was delivered. `direct`: the process wrote to the client's own fifo or file, and we never had
 * it. `open`: not known yet, because the exit does not wait for output; Delete replaces it by `complete` or by `cut`
 * (the drain ran out of time, or of sink).
 */
export type OutputState = "complete" | "cut" | "direct" | "open";

const OUTPUT_STATES: readonly string[] = ["complete", "cut", "direct", "open"] satisfies OutputState[];

/** How a process ended. */
export interface ExitRecord {
  readonly containerId: string;
  /** Absent: init. */
  readonly execId?: string | undefined;
  readonly pid: number;
  /** Of /proc/<pid>/stat: clock ticks since boot. 0 when the process was gone before we could read it. */
  readonly startTime: bigint;
  /** The code, or 128 + signal; UNKNOWN_EXIT_STATUS when `isUnknown`. */
  readonly exitStatus: number;
  /** The number of the signal that ended it. */
  readonly signal?: number | undefined;
  /** Nobody could say how it ended: the status is no statement. */
  readonly isUnknown: boolean;
  readonly exitedAt: Date;
  /** Whether the kernel killed it, or another process of its container, for want of memory. */
  readonly oom: boolean;
  /** It was killed because its time was up. Absent: it was not. */
  readonly timedOut?: true | undefined;
  readonly output: OutputState;
}

/** Which process: init, or an exec. */
export interface ProcessKey {
  readonly bundleDir: string;
  readonly execId?: string | undefined;
}

/**
 * Writes the record, in place of an earlier one of the same process; durable when it returns. Throws the system's
 * error (ENOSPC, ENOENT when the bundle is gone): the caller logs it and publishes all the same.
 */
export function writeExitRecord(bundleDir: string, record: ExitRecord): void {
  const { startTime, exitedAt, ...rest } = record;
  const text = JSON.stringify({
    version: VERSION,
    ...rest,
    startTime: startTime.toString(),
    exitedAt: exitedAt.toISOString(),
  });
  writeFileAtomic(pathOf({ bundleDir, execId: record.execId }), `${text}\n`);
}

/** The record of a process, or why there is none that can be believed. */
export function readExitRecord(key: ProcessKey): Found<ExitRecord> {
  return readJsonFile(pathOf(key), VERSION, (object) => {
    const record = parse(object);
    if (record.execId !== key.execId) throw new Error(`it is about "${record.execId ?? "init"}"`);
    return record;
  });
}

function pathOf({ bundleDir, execId }: ProcessKey): string {
  if (execId === undefined) return bundleFile(bundleDir, BundleFile.exitRecord);
  return execExitRecordFile(bundleDir, execId);
}

function parse(object: JsonObject): ExitRecord {
  const output = stringAt(object, "output");
  if (!OUTPUT_STATES.includes(output)) throw new Error(`output is "${output}"`);
  const exitedAt = new Date(stringAt(object, "exitedAt"));
  if (Number.isNaN(exitedAt.getTime())) throw new Error("exitedAt is no time");
  const exitStatus = naturalAt(object, "exitStatus");
  const signal = object["signal"] === undefined ? undefined : naturalAt(object, "signal");
  if (exitStatus > 255) throw new Error(`exitStatus is ${exitStatus}`);
  if (signal !== undefined && exitStatus !== 128 + signal)
    throw new Error(`exitStatus is not 128 + ${signal}`);
  return {
    containerId: stringAt(object, "containerId"),
    execId: object["execId"] === undefined ? undefined : stringAt(object, "execId"),
    pid: naturalAt(object, "pid"),
    startTime: ticksAt(object, "startTime"),
    exitStatus,
    signal,
    isUnknown: booleanAt(object, "isUnknown"),
    exitedAt,
    oom: booleanAt(object, "oom"),
    ...(object["timedOut"] === true ? { timedOut: true } : {}),
    output: output as OutputState,
  };
}
