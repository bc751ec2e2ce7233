// An output log from its end towards its beginning, for whoever wants the last of it without reading all of it.
// Looks at what is there when it begins, in pieces of a quarter of a MiB; holds one of them and one open file at a time.
import { LogFileReader } from "./log-file-reader.ts";
import { listLogFiles } from "./log-files.ts";
import {
  FILE_HEADER_BYTES,
  findRecord,
  MAX_RECORD_BYTES,
  type OutputRecord,
  RecordKind,
  readRecord,
} from "./record.ts";

// At least one record begins in it, whatever lies in it.
const WINDOW_BYTES = 4 * MAX_RECORD_BYTES;

/** The records of output of the log in a directory, the newest first. What is torn or missing is passed over in silence. */
export async function* recordsBackwards(dir: string): AsyncGenerator<OutputRecord, void, undefined> {
  for (const file of (await listLogFiles(dir)).toReversed()) {
    await using opened = await LogFileReader.open(file);
    const header = await opened?.header();
    if (opened === undefined || header === undefined) continue;
    const { salt } = header;
    for (let end = (await opened.end(salt)).position; end > FILE_HEADER_BYTES; ) {
      const start = Math.max(FILE_HEADER_BYTES, end - WINDOW_BYTES);
      const { records, first } = recordsIn(await opened.read(start, end - start), salt);
      yield* records.toReversed();
      // The next window ends where this one's first record begins. Without one, all of it is torn.
      end = start + first;
    }
  }
}

/** The output in a piece of a file, and where its first record begins; 0 when there is none. */
function recordsIn(bytes: Buffer, salt: number): { records: OutputRecord[]; first: number } {
  const records: OutputRecord[] = [];
  const first = Math.max(0, findRecord(bytes, 0, salt));
  for (let at = first; at >= 0 && at < bytes.length; ) {
    const found = readRecord(bytes, at, salt);
    if (typeof found === "object") {
      const { kind, offset, time, payload } = found;
      if (kind === RecordKind.stdout || kind === RecordKind.stderr) {
        records.push({ offset, stream: kind, time, bytes: payload });
      }
      at = found.next;
    } else {
      at = findRecord(bytes, at + 1, salt);
    }
  }
  return { records, first };
}
