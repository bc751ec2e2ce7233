// What an OCI runtime leaves in a pid file, and what may be a pid at all. Read once and bounded: the writer may lie.
import { closeSync, openSync, readSync } from "node:fs";

/** A pid file holds a decimal number; what is longer is none. */
const MAX_PID_FILE_BYTES = 32;

/** The kernel's PID_MAX_LIMIT on 64 bits. */
const MAX_PID = 4_194_304;

/**
 * The pid in a pid file, or undefined when there is none: no file, or no number of a process in it. Also for who has to
 * find what a runtime started before it failed.
 */
export function readPidFile(path: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(MAX_PID_FILE_BYTES + 1);
    const text = bytes.toString("latin1", 0, readSync(fd, bytes)).trim();
    return /^\d{1,10}$/.test(text) && isPid(Number(text)) ? Number(text) : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** Whether this can be the pid of a process. */
export function isPid(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_PID;
}
