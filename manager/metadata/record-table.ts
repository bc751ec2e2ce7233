// A table of records of one kind, by namespace and key. The record is the message of the API, encoded; columns beside it are
// derived from it on every write, so that they cannot disagree. Lists come in pages by key: a list of a hundred thousand is
// never in memory as a whole, and no statement stays open while its reader waits.
// Not for records whose key changes: those are snapshot-records.ts.
import type { Codec } from "../../proto/codec.ts";
import { Code, HawserError, messageOf } from "../../proto/errors.ts";
import type { Database, SqlValue } from "./database.ts";
import { type FieldLookup, filterOf, parseSelectors, type Selector } from "./filter.ts";
import { shown } from "./labels.ts";
import { WAY_OUT_OF_DAMAGE } from "./sqlite-error.ts";

/** The most bytes of a record: a container's spec is most of it, and ten times the largest that was seen. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** Records that are read at a time. */
const PAGE_ROWS = 100;

/** What a table is made of. */
export interface RecordTableOptions<T> {
  readonly table: string;
  /** The column that is the key within a namespace. */
  readonly keyColumn: string;
  /** What a record is called in errors: `container`. */
  readonly noun: string;
  readonly codec: Codec<T>;
  readonly keyOf: (record: T) => string;
  /** Columns that follow from the record. */
  readonly derived: Readonly<Record<string, (record: T) => SqlValue>>;
  /** What filters see of a record. */
  readonly lookupIn: (record: T) => FieldLookup;
  /** The keys beside which no record can match the filters, where an index knows them; undefined: all may. */
  readonly narrow?: (namespace: string, filters: readonly (readonly Selector[])[]) => string[] | undefined;
}

interface Row {
  readonly record: Uint8Array;
}

/** Encodes a record. Throws InvalidArgument for one that is too large. */
export function encodeRecord<T>(what: string, codec: Codec<T>, record: T): Uint8Array {
  const bytes = codec.encode(record as never);
  if (bytes.length <= MAX_RECORD_BYTES) return bytes;
  throw new HawserError(
    Code.InvalidArgument,
    `store ${what}: the record has ${bytes.length} bytes; at most ${MAX_RECORD_BYTES}`,
  );
}

/** Decodes what encodeRecord made. Throws DataLoss for bytes that are not a record: the disk has changed them. */
export function decodeRecord<T>(what: string, codec: Codec<T>, bytes: Uint8Array, path: string): T {
  try {
    return codec.decode(bytes);
  } catch (caught) {
    const message = `read ${what}: its record in "${path}" is damaged; ${WAY_OUT_OF_DAMAGE} (${messageOf(caught)})`;
    throw new HawserError(Code.DataLoss, message, { cause: caught });
  }
}

/** Records of one kind. Borrows the database. */
export class RecordTable<T> {
  readonly #database: Database;
  readonly #options: RecordTableOptions<T>;
  readonly #sql: Readonly<Record<"get" | "insert" | "replace" | "delete" | "page" | "count", string>>;

  constructor(database: Database, options: RecordTableOptions<T>) {
    this.#database = database;
    this.#options = options;
    const { table, keyColumn, derived } = options;
    const columns = ["record", ...Object.keys(derived)];
    this.#sql = {
      get: `SELECT record FROM ${table} WHERE namespace = ? AND ${keyColumn} = ?`,
      insert:
        `INSERT INTO ${table} (${[...columns, "namespace", keyColumn].join(", ")}) ` +
        `VALUES (${[...columns, "", ""].map(() => "?").join(", ")}) ON CONFLICT DO NOTHING`,
      replace:
        `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(", ")} ` +
        `WHERE namespace = ? AND ${keyColumn} = ?`,
      delete: `DELETE FROM ${table} WHERE namespace = ? AND ${keyColumn} = ?`,
      page: `SELECT record FROM ${table} WHERE namespace = ? AND ${keyColumn} > ? ORDER BY ${keyColumn} LIMIT ${PAGE_ROWS}`,
      count: `SELECT count(*) AS count FROM ${table} WHERE namespace = ?`,
    };
  }

  /** The record, or undefined. */
  find(namespace: string, key: string): T | undefined {
    const row = this.#database.statement<Row>(this.#sql.get).get(namespace, key);
    return row === undefined ? undefined : this.#decode(row);
  }

  /** The record. Throws NotFound. */
  get(namespace: string, key: string): T {
    return this.find(namespace, key) ?? this.#notFound("get", namespace, key);
  }

  /** Adds a record. Throws AlreadyExists. */
  insert(namespace: string, record: T): void {
    if (this.#database.statement(this.#sql.insert).run(...this.#values(namespace, record)) === 1) return;
    const { noun, keyOf } = this.#options;
    throw new HawserError(
      Code.AlreadyExists,
      `create ${noun} ${shown(keyOf(record))}: it exists in namespace "${namespace}"`,
    );
  }

  /** Puts a record in the place of the one with its key. Throws NotFound. */
  replace(namespace: string, record: T): void {
    if (this.#database.statement(this.#sql.replace).run(...this.#values(namespace, record)) === 1) return;
    this.#notFound("update", namespace, this.#options.keyOf(record));
  }

  /** Removes a record. Throws NotFound. */
  delete(namespace: string, key: string): void {
    if (this.#database.statement(this.#sql.delete).run(namespace, key) === 1) return;
    this.#notFound("delete", namespace, key);
  }

  /** How many records a namespace has. */
  count(namespace: string): number {
    return this.#database.statement<{ count: number }>(this.#sql.count).get(namespace)?.count ?? 0;
  }

  /**
   * The records that any of the filters wants, in the order of their keys. Records that come and go meanwhile are seen or
   * not. Throws InvalidArgument for a bad filter, at once.
   */
  list(namespace: string, filters: readonly string[]): Iterable<T> {
    const selectors = parseSelectors(filters);
    const matches = filterOf(selectors);
    const keys = this.#options.narrow?.(namespace, selectors);
    return keys === undefined ? this.#pages(namespace, matches) : this.#picked(namespace, keys, matches);
  }

  *#picked(
    namespace: string,
    keys: readonly string[],
    matches: (lookup: FieldLookup) => boolean,
  ): Generator<T> {
    for (const key of new Set(keys.toSorted())) {
      const record = this.find(namespace, key);
      if (record !== undefined && matches(this.#options.lookupIn(record))) yield record;
    }
  }

  *#pages(namespace: string, matches: (lookup: FieldLookup) => boolean): Generator<T> {
    const { keyOf, lookupIn } = this.#options;
    for (let after = ""; ; ) {
      const rows = this.#database.statement<Row>(this.#sql.page).all(namespace, after);
      for (const row of rows) {
        const record = this.#decode(row);
        after = keyOf(record);
        if (matches(lookupIn(record))) yield record;
      }
      if (rows.length < PAGE_ROWS) return;
    }
  }

  #values(namespace: string, record: T): SqlValue[] {
    const { noun, codec, keyOf, derived } = this.#options;
    const key = keyOf(record);
    const bytes = encodeRecord(`${noun} ${shown(key)}`, codec, record);
    return [bytes, ...Object.values(derived).map((derive) => derive(record)), namespace, key];
  }

  #decode(row: Row): T {
    return decodeRecord(this.#options.noun, this.#options.codec, row.record, this.#database.path);
  }

  #notFound(action: string, namespace: string, key: string): never {
    const what = `${action} ${this.#options.noun} ${shown(key)}`;
    throw new HawserError(Code.NotFound, `${what}: not found in namespace "${namespace}"`);
  }
}
