// From the file that is there to the schema that this program knows: whose database it is, how old, whether it is whole,
// and the steps that are missing. Always true: a database is at one version or at the next, never between, because each
// step and the number that says it was done are one transaction; and before the first step a copy of the old one lies
// beside it, so that the older program can be used again.
import { renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Code, HawserError } from "../../proto/errors.ts";
import { syncDirectory, syncFile } from "../../sys/atomic-file.ts";
import { WAY_OUT_OF_DAMAGE } from "./sqlite-error.ts";

/** What a database holds. */
export interface DatabaseSchema {
  /** Marks the file as one of this kind, and of ours: a positive 32-bit number. */
  readonly applicationId: number;
  /** SQL that leads from version N to N + 1, at index N. Never changed once released; only added to. */
  readonly migrations: readonly string[];
  /** FULL: a commit survives a power cut. NORMAL: it survives the death of the program, and a power cut may undo the last ones. */
  readonly synchronous: "FULL" | "NORMAL";
}

/** The number that a pragma answers. */
function numberOf(connection: DatabaseSync, pragma: string): number {
  const row = connection.prepare(`PRAGMA ${pragma}`).get();
  return Number(Object.values(row ?? {})[0]);
}

/**
 * Throws FailedPrecondition for a database that is not of this kind or that a newer program has written, and DataLoss for
 * one whose pages do not fit together. Returns its version; 0 is an empty one.
 */
export function checkDatabase(connection: DatabaseSync, path: string, schema: DatabaseSchema): number {
  const version = numberOf(connection, "user_version");
  const applicationId = numberOf(connection, "application_id");
  const isEmpty = numberOf(connection, "schema_version") === 0;
  if (isEmpty && applicationId === 0 && version === 0) return 0;
  if (applicationId !== schema.applicationId) {
    throw new HawserError(
      Code.FailedPrecondition,
      `open database "${path}": it is not a database of this kind (application id ${applicationId}, ` +
        `not ${schema.applicationId}); move it away`,
    );
  }
  if (version > schema.migrations.length) {
    throw new HawserError(
      Code.FailedPrecondition,
      `open database "${path}": its version is ${version} and this hawserd knows versions up to ` +
        `${schema.migrations.length}; use the hawserd that wrote it or a newer one, or put the copy ` +
        `"${copyPath(path, schema.migrations.length)}" in its place if there is one`,
    );
  }
  checkPages(connection, path);
  return version;
}

// quick_check reads every page and leaves out only the comparison of indexes with their tables, which a torn page cannot
// spoil without being seen: a tenth of a second for a hundred thousand containers.
function checkPages(connection: DatabaseSync, path: string): void {
  const rows = connection.prepare("PRAGMA quick_check(1)").all();
  const verdict = String(Object.values(rows[0] ?? {})[0]);
  if (verdict === "ok") return;
  const finding = verdict.replaceAll(/\s+/g, " ").slice(0, 300);
  throw new HawserError(
    Code.DataLoss,
    `open database "${path}": the file is damaged; ${WAY_OUT_OF_DAMAGE} (${finding})`,
  );
}

/** Throws FailedPrecondition for a database that this program can only migrate, where it is only to read it. */
export function requireVersion(path: string, schema: DatabaseSchema, version: number): void {
  if (version === schema.migrations.length) return;
  throw new HawserError(
    Code.FailedPrecondition,
    `open database "${path}": its version is ${version}, and this program reads ${schema.migrations.length}; ` +
      "use the program that belongs to the hawserd that wrote it",
  );
}

/** Brings a checked database of this version up to the schema. A migration that fails leaves it as it was. */
export function migrate(
  connection: DatabaseSync,
  path: string,
  schema: DatabaseSchema,
  version: number,
): void {
  if (version === schema.migrations.length) return;
  if (version > 0) copyBeside(connection, path, version);
  for (let next = version; next < schema.migrations.length; next++) {
    connection.exec("BEGIN IMMEDIATE");
    try {
      connection.exec(schema.migrations[next] ?? "");
      connection.exec(`PRAGMA application_id = ${schema.applicationId}; PRAGMA user_version = ${next + 1}`);
      connection.exec("COMMIT");
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (connection.isTransaction) connection.exec("ROLLBACK");
      throw error;
    }
  }
}

function copyPath(path: string, version: number): string {
  return `${path}.v${version}`;
}

// VACUUM INTO reads through the WAL, so that the copy is one file and complete. It does not sync what it writes.
function copyBeside(connection: DatabaseSync, path: string, version: number): void {
  const copy = copyPath(path, version);
  const beside = join(dirname(path), `.${basename(copy)}`);
  rmSync(beside, { force: true });
  try {
    connection.prepare("VACUUM INTO ?").run(beside);
    syncFile(beside);
    renameSync(beside, copy);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
