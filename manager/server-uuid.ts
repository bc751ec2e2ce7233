// The identity of a root directory: made at its first use and kept in it, so that a client can tell one manager's state from
// another's whatever path it is at. Nothing but the answer of Introspection/Server depends on it: one that is not readable as
// a UUID is replaced.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../proto/errors.ts";
import { writeFileAtomic } from "../sys/atomic-file.ts";

const FILE = "uuid";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The UUID of this root directory; the caller has the directory's lock. */
export function loadServerUuid(rootDir: string): string {
  const path = join(rootDir, FILE);
  const kept = read(path);
  if (UUID.test(kept)) return kept;
  const uuid = randomUUID();
  writeFileAtomic(path, `${uuid}\n`);
  return uuid;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  }
}
