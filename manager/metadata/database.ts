// One SQLite database, owned by this process alone: opened or made, checked, migrated, and then used through cached
// statements and transactions. Everything is synchronous: a transaction cannot be interrupted by another call of the
// manager, so that what it reads is still true when it writes, and no lock is needed above it.
// Always true: what SQLite raises leaves here as a HawserError that names the file; a failed transaction has changed nothing.
// Knows nothing of what is stored.
import { constants } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { checkAccess, preparePlace } from "./database-place.ts";
import { checkDatabase, type DatabaseSchema, migrate, requireVersion } from "./migration.ts";
import { translateSqliteError } from "./sqlite-error.ts";

export type { DatabaseSchema } from "./migration.ts";

/** How long a lock of somebody else (a copy being made, `hawser doctor`) is waited for. It blocks the event loop. */
const BUSY_TIMEOUT_MS = 2000;

/** What the write-ahead log is cut down to after a transaction that made it larger. */
const WAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024;

/** What a statement takes. */
export type SqlValue = SQLInputValue;

/** What `transaction` returns to bodies that have promised something: nothing, because it is over before they keep it. */
type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** A compiled statement whose rows are `Row`. Every call is complete when it returns: nothing stays open. */
export class Statement<Row> {
  readonly #statement: StatementSync;
  readonly #path: string;

  constructor(statement: StatementSync, path: string) {
    this.#statement = statement;
    this.#path = path;
  }

  /** Runs it and returns how many rows it changed. */
  run(...values: SqlValue[]): number {
    return this.#call("write to", () => Number(this.#statement.run(...values).changes));
  }

  /** Its first row. */
  get(...values: SqlValue[]): Row | undefined {
    return this.#call("read from", () => this.#statement.get(...values) as Row | undefined);
  }

  /** All its rows, in memory: the caller's LIMIT bounds them. */
  all(...values: SqlValue[]): Row[] {
    return this.#call("read from", () => this.#statement.all(...values) as Row[]);
  }

  #call<T>(action: string, body: () => T): T {
    try {
      return body();
    } catch (caught) {
      throw translateSqliteError(`${action} database`, this.#path, caught);
    }
  }
}

/** An open database. */
export class Database implements Disposable {
  readonly path: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, Statement<unknown>>();
  #depth = 0;
  #afterCommit: {
    readonly action: () => void;
    readonly otherwise: ((error: unknown) => void) | undefined;
  }[] = [];

  private constructor(path: string, connection: DatabaseSync) {
    this.path = path;
    this.#connection = connection;
  }

  /**
   * Opens the database at `path`, makes it when there is none, checks all its pages and migrates it. Errors name the file
   * and the way out: FailedPrecondition (another kind of file, a newer version, read-only, no directory), DataLoss (damaged
   * pages), PermissionDenied, ResourceExhausted (full disk). A file that could not be opened is as it was.
   */
  static open(path: string, schema: DatabaseSchema): Database {
    preparePlace(path);
    return Database.#open(path, schema, { isReadOnly: false });
  }

  /**
   * Opens a database that another process may be using, for reading. One that is not there, or not of exactly the
   * schema's version, is FailedPrecondition: to look is not to migrate.
   */
  static openReadOnly(path: string, schema: DatabaseSchema): Database {
    checkAccess(path, path, constants.R_OK);
    return Database.#open(path, schema, { isReadOnly: true });
  }

  static #open(path: string, schema: DatabaseSchema, { isReadOnly }: { isReadOnly: boolean }): Database {
    let connection: DatabaseSync | undefined;
    try {
      connection = new DatabaseSync(path, { readOnly: isReadOnly, timeout: BUSY_TIMEOUT_MS });
      const version = checkDatabase(connection, path, schema);
      if (isReadOnly) {
        requireVersion(path, schema, version);
      } else {
        // Before the first write, so that the migrations go through the log already.
        connection.exec("PRAGMA journal_mode = WAL");
        connection.exec(`PRAGMA synchronous = ${schema.synchronous}; PRAGMA foreign_keys = ON`);
        connection.exec(`PRAGMA journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}`);
        // Refuses a damaged page that turns up later, before its numbers are believed.
        connection.exec("PRAGMA cell_size_check = ON");
        migrate(connection, path, schema, version);
      }
      return new Database(path, connection);
    } catch (caught) {
      connection?.close();
      throw translateSqliteError("open database", path, caught);
    }
  }

  /** The statement for this SQL, compiled once. `bigints`: its integers are read as bigint, for columns of 64 bits. */
  statement<Row = Record<string, unknown>>(sql: string, { bigints = false } = {}): Statement<Row> {
    const key = `${bigints} ${sql}`;
    let statement = this.#statements.get(key);
    if (statement === undefined) {
      statement = new Statement(this.#prepare(sql, bigints), this.path);
      this.#statements.set(key, statement);
    }
    return statement as Statement<Row>;
  }

  #prepare(sql: string, bigints: boolean): StatementSync {
    try {
      const prepared = this.#connection.prepare(sql);
      prepared.setReadBigInts(bigints);
      return prepared;
    } catch (caught) {
      throw translateSqliteError("read from database", this.path, caught);
    }
  }

  /**
   * Runs `body` in a transaction and commits; when it throws, nothing has happened. Inside another transaction it joins
   * that one: what it did is undone when it throws, and committed with the outer one otherwise. `body` must be
   * synchronous: a promise would be kept after the commit, so returning one is an error of the program.
   */
  transaction<T>(body: () => Synchronous<T>): T {
    const depth = this.#depth;
    const waiting = this.#afterCommit.length;
    let result: T;
    this.#execute(depth === 0 ? "BEGIN IMMEDIATE" : `SAVEPOINT nested_${depth}`);
    this.#depth++;
    try {
      result = body();
      if (result instanceof Promise) throw new Error("a transaction was given an asynchronous body");
      this.#execute(depth === 0 ? "COMMIT" : `RELEASE nested_${depth}`);
    } catch (caught) {
      this.#undo(depth);
      for (const { otherwise } of this.#afterCommit.splice(waiting)) otherwise?.(caught);
      throw caught;
    } finally {
      this.#depth = depth;
    }
    if (depth === 0) this.#runAfterCommit();
    return result;
  }

  /**
   * Calls `action` when what has been done so far is committed: at once outside of a transaction, never when the
   * transaction fails: then `otherwise` is called with the reason, and must not throw. Actions run in order; what one
   * throws does not undo the commit, and reaches the caller.
   */
  afterCommit(action: () => void, otherwise?: (error: unknown) => void): void {
    if (this.#depth === 0) action();
    else this.#afterCommit.push({ action, otherwise });
  }

  /**
   * Puts what is committed on the disk, for what has to be there before the next commit whatever `synchronous` is. A reader of
   * another process may delay it for BUSY_TIMEOUT_MS, and beyond that keep it from happening.
   */
  flush(): void {
    this.statement("PRAGMA wal_checkpoint(FULL)").get();
  }

  #runAfterCommit(): void {
    const errors: unknown[] = [];
    for (const { action } of this.#afterCommit.splice(0)) {
      try {
        action();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  // SQLite has ended the transaction itself after some errors (a full disk, a failing one).
  #undo(depth: number): void {
    if (!this.#connection.isTransaction) return;
    try {
      this.#execute(depth === 0 ? "ROLLBACK" : `ROLLBACK TO nested_${depth}; RELEASE nested_${depth}`);
    } catch {
      // The error that is the reason for undoing matters more, and nothing is committed without a COMMIT.
    }
  }

  #execute(sql: string): void {
    try {
      this.#connection.exec(sql);
    } catch (caught) {
      throw translateSqliteError("write to database", this.path, caught);
    }
  }

  /** Closes it; what is committed stays. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#connection.isOpen) this.#connection.close();
  }
}
