// What a writer finds when it opens a log: its files, and where the newest ends. Takes a torn tail away. Synchronous; for a
// start only.
import { constants, fstatSync, ftruncateSync, readdirSync, readSync } from "node:fs";
import { OwnedFd } from "../sys/fd.ts";
import { type FileEnd, findFileEnd } from "./file-end.ts";
import { LogFileWriter } from "./log-file-writer.ts";
import { type LogFile, logFilesOf } from "./log-files.ts";
import { FILE_HEADER_BYTES, RecordKind, readFileHeader } from "./record.ts";

/** What there is. */
export interface FoundLog {
  /** The oldest first; the last one is `file`, if there is one to go on with. */
  readonly files: LogFile[];
  /** Belongs to the caller; undefined when there is none. */
  readonly file: LogFileWriter | undefined;
  /** Place behind the last byte. */
  readonly end: bigint;
  /** The writer before did not end well: it may have had output that is not here. */
  readonly isUnsure: boolean;
}

/** Finds the end of the log in a directory. Throws the system's error. */
export function findLog(dir: string, onNotice: (notice: string) => void): FoundLog {
  const files = logFilesOf(dir, readdirSync(dir));
  const newest = files.at(-1);
  if (newest === undefined) return { files, file: undefined, end: 0n, isUnsure: false };
  return { files, ...openEnd(newest, onNotice) };
}

function openEnd({ path, first }: LogFile, onNotice: (notice: string) => void): Omit<FoundLog, "files"> {
  using fd = OwnedFd.open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  const header = readFileHeader(readAt(fd.fd, 0, FILE_HEADER_BYTES));
  const { size } = fstatSync(fd.fd);
  if (header === undefined) {
    onNotice(`open output log: "${path}" has no whole header, continuing in another file`);
    // It stays until its turn to go: to remember how far the output had come, at most.
    return { file: undefined, end: first + BigInt(size), isUnsure: true };
  }
  const { position, offset, kind } = endOf(fd.fd, size, header.salt);
  const tornBytes = size - position;
  if (tornBytes > 0) {
    onNotice(`open output log: remove ${tornBytes} bytes of torn records from "${path}", continuing`);
    ftruncateSync(fd.fd, position);
  }
  return {
    file: new LogFileWriter(fd.release(), header.salt, position),
    // What has gone with the torn records had places, too.
    end: (offset ?? header.first) + BigInt(tornBytes),
    isUnsure: tornBytes > 0 || kind !== RecordKind.closed,
  };
}

function endOf(fd: number, size: number, salt: number): FileEnd {
  const search = findFileEnd(size, salt);
  let step = search.next();
  while (!step.done) step = search.next(readAt(fd, step.value.position, step.value.length));
  return step.value;
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
