// What SQLite says, as an error that names the file and the way out. Only what a person can do something about is
// translated: a full or failing disk, a damaged file, a lock. Anything else is a fault of ours and stays as it is.
import { Code, HawserError, messageOf } from "../../proto/errors.ts";

// Primary result codes, https://www.sqlite.org/rescode.html; extended ones hold them in their low byte.
const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

interface Translation {
  readonly code: Code;
  readonly sentence: string;
}

const TRANSLATIONS: ReadonlyMap<number, Translation> = new Map([
  [SQLITE_PERM, { code: Code.PermissionDenied, sentence: "the file may not be accessed" }],
  [SQLITE_BUSY, { code: Code.Unavailable, sentence: "another process holds its lock; try again" }],
  [SQLITE_READONLY, { code: Code.FailedPrecondition, sentence: "it is read-only; make it writable" }],
  [SQLITE_IOERR, { code: Code.DataLoss, sentence: "the disk fails; look at the kernel's log" }],
  [SQLITE_CORRUPT, { code: Code.DataLoss, sentence: "the file is damaged" }],
  [SQLITE_FULL, { code: Code.ResourceExhausted, sentence: "the disk is full; make room and try again" }],
  [SQLITE_CANTOPEN, { code: Code.FailedPrecondition, sentence: "it cannot be opened; check its directory" }],
  [SQLITE_NOTADB, { code: Code.FailedPrecondition, sentence: "it is not a database; move it away" }],
]);

/** What to do with a database that has lost data; the end of a sentence. */
export const WAY_OUT_OF_DAMAGE =
  "restore it from a copy, or move it away together with its -wal and -shm files to begin with an empty one";

/** The primary result code of an error that SQLite raised; undefined for any other error. */
export function sqliteCodeOf(caught: unknown): number | undefined {
  if (!(caught instanceof Error) || !("errcode" in caught)) return undefined;
  return typeof caught.errcode === "number" ? caught.errcode & 0xff : undefined;
}

/** What to throw for what was caught while doing `action` with the database at `path`. */
export function translateSqliteError(action: string, path: string, caught: unknown): unknown {
  const code = sqliteCodeOf(caught);
  if (code === undefined) return caught;
  const found = TRANSLATIONS.get(code);
  const where = `${action} "${path}"`;
  if (found === undefined) {
    return new HawserError(Code.Internal, `${where}: ${messageOf(caught)}`, { cause: caught });
  }
  const wayOut = code === SQLITE_CORRUPT ? `; ${WAY_OUT_OF_DAMAGE}` : "";
  const message = `${where}: ${found.sentence}${wayOut} (${messageOf(caught)})`;
  return new HawserError(found.code, message, { cause: caught });
}
