import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { Database, type DatabaseSchema } from "../../../../manager/metadata/database.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { mountAll, unmountAll } from "../../../../sys/mount.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

const schema: DatabaseSchema = {
  applicationId: 0x68617773,
  migrations: ["CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"],
  synchronous: "FULL",
};

const newPath = (): string => join(suite.dir, `${suite.newId()}.db`);

function refusal(code: Code, ...parts: (string | RegExp)[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HawserError, String(error));
    assert.equal(error.code, code, error.message);
    for (const part of parts) {
      if (typeof part === "string") assert.ok(error.message.includes(part), error.message);
      else assert.match(error.message, part);
    }
    return true;
  };
}

function texts(database: Database): string[] {
  return database
    .statement<{ text: string }>("SELECT text FROM notes ORDER BY id")
    .all()
    .map((row) => row.text);
}

function add(database: Database, text: string): void {
  database.statement("INSERT INTO notes (text) VALUES (?)").run(text);
}

test("Database.open() makes a private file in the log mode, and what was committed is there the next time", () => {
  const path = newPath();
  {
    using database = Database.open(path, schema);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
    add(database, "kept");
  }
  assert.ok(!existsSync(`${path}-wal`), "closing leaves one file");
  using again = Database.open(path, schema);
  assert.deepEqual(texts(again), ["kept"]);
});

test("Database.statement() compiles a text once, and reads integers as bigint only where asked", () => {
  using database = Database.open(newPath(), schema);
  const sql = "SELECT 1 AS one";
  assert.equal(database.statement(sql), database.statement(sql));
  assert.equal(database.statement<{ one: number }>(sql).get()?.one, 1);
  assert.equal(database.statement<{ one: bigint }>(sql, { bigints: true }).get()?.one, 1n);
});

test("Database.transaction() commits what its body did, or nothing", () => {
  using database = Database.open(newPath(), schema);
  assert.equal(
    database.transaction(() => {
      add(database, "a");
      return 7;
    }),
    7,
  );
  const reason = new Error("changed my mind");
  assert.throws(
    () =>
      database.transaction(() => {
        add(database, "b");
        throw reason;
      }),
    (error) => error === reason,
  );
  assert.deepEqual(texts(database), ["a"]);
});

test("Database.transaction() inside another one is undone alone, and committed with the outer one", () => {
  using database = Database.open(newPath(), schema);
  database.transaction(() => {
    add(database, "outer");
    database.transaction(() => add(database, "inner"));
    assert.throws(() =>
      database.transaction(() => {
        add(database, "undone");
        throw new Error("undo");
      }),
    );
  });
  assert.deepEqual(texts(database), ["outer", "inner"]);
});

test("Database.transaction() refuses a body that goes on after it", () => {
  using database = Database.open(newPath(), schema);
  const body = async () => add(database, "late");
  assert.throws(() => database.transaction(body as never), /asynchronous body/);
  assert.deepEqual(texts(database), []);
});

test("Database.afterCommit() waits for the outer commit, and forgets what was undone", () => {
  using database = Database.open(newPath(), schema);
  const told: string[] = [];
  database.afterCommit(() => told.push("at once"));
  database.transaction(() => {
    database.transaction(() => database.afterCommit(() => told.push("inner")));
    assert.throws(() =>
      database.transaction(() => {
        database.afterCommit(
          () => told.push("undone"),
          () => told.push("refused"),
        );
        throw new Error("undo");
      }),
    );
    assert.deepEqual(told, ["at once", "refused"]);
  });
  assert.deepEqual(told, ["at once", "refused", "inner"]);
  assert.throws(() =>
    database.transaction(() => {
      database.afterCommit(() => told.push("never"));
      throw new Error("undo");
    }),
  );
  assert.deepEqual(told, ["at once", "refused", "inner"]);
});

test("Database.open() brings an older database up, and leaves a copy of it beside", () => {
  const path = newPath();
  {
    using old = Database.open(path, schema);
    add(old, "from version 1");
  }
  const newer = { ...schema, migrations: [...schema.migrations, "ALTER TABLE notes ADD COLUMN tone TEXT"] };
  {
    using database = Database.open(path, newer);
    assert.equal(database.statement<{ tone: unknown }>("SELECT tone FROM notes").get()?.tone, null);
  }
  using copy = Database.open(`${path}.v1`, schema);
  assert.deepEqual(texts(copy), ["from version 1"]);
});

test("Database.open() leaves a database as it was when a migration fails", () => {
  const path = newPath();
  Database.open(path, schema)[Symbol.dispose]();
  const broken = {
    ...schema,
    migrations: [...schema.migrations, "CREATE TABLE half (a); INSERT INTO absent VALUES (1)"],
  };
  assert.throws(() => Database.open(path, broken), refusal(Code.Internal, path, "no such table: absent"));
  using database = Database.open(path, schema);
  const tables = database.statement<{ n: number }>(
    "SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'",
  );
  assert.equal(tables.get()?.n, 0);
});

test("Database.open() refuses a newer database, and names both versions and the way out", () => {
  const path = newPath();
  const newer = { ...schema, migrations: [...schema.migrations, "CREATE TABLE more (a)"] };
  Database.open(path, newer)[Symbol.dispose]();
  const before = readFileSync(path);
  assert.throws(
    () => Database.open(path, schema),
    refusal(
      Code.FailedPrecondition,
      path,
      "its version is 2",
      "versions up to 1",
      "use the hawserd that wrote it",
    ),
  );
  assert.deepEqual(readFileSync(path), before);
});

test("Database.open() refuses what is not its database, and does not touch it", () => {
  const rows: [string, (path: string) => void, RegExp][] = [
    [
      "a text file",
      (path) => writeFileSync(path, "remember the milk ".repeat(100)),
      /is not a database; move/,
    ],
    ["a directory", (path) => mkdirSync(path), /it is a directory; move it away/],
    ["the database of another program", (path) => makeForeign(path, 0), /not a database of this kind/],
    ["a database of ours, but of another kind", (path) => makeForeign(path, 77), /application id 77/],
  ];
  for (const [what, make, sentence] of rows) {
    const path = newPath();
    make(path);
    const isFile = statSync(path).isFile();
    const before = isFile ? readFileSync(path) : undefined;
    assert.throws(() => Database.open(path, schema), refusal(Code.FailedPrecondition, path, sentence), what);
    if (isFile) assert.deepEqual(readFileSync(path), before, what);
  }
});

function makeForeign(path: string, applicationId: number): void {
  const other = new DatabaseSync(path);
  other.exec(`CREATE TABLE theirs (a); PRAGMA application_id = ${applicationId}`);
  other.close();
}

test("Database.open() says what is the matter with the place", () => {
  const missing = join(suite.dir, "missing", "x.db");
  assert.throws(
    () => Database.open(missing, schema),
    refusal(Code.FailedPrecondition, missing, `"${join(suite.dir, "missing")}" does not exist`),
  );
  const file = newPath();
  writeFileSync(file, "");
  assert.throws(
    () => Database.open(join(file, "x.db"), schema),
    refusal(Code.FailedPrecondition, "is not a directory"),
  );
});

test("Database.open() finds a torn page in the middle", () => {
  const path = newPath();
  {
    using database = Database.open(path, schema);
    database.transaction(() => {
      for (let n = 0; n < 2000; n++) add(database, `note ${n} `.repeat(8));
    });
  }
  const whole = readFileSync(path);
  const pageSize = whole.readUInt16BE(16);
  const pages = whole.length / pageSize;
  // Half of the page is of the new state and half of another: what a power cut on a lying disk leaves.
  for (const page of [1, Math.floor(pages / 2), pages - 1]) {
    const torn = Buffer.from(whole);
    torn.fill(0xa5, page * pageSize, page * pageSize + pageSize / 2);
    writeFileSync(path, torn);
    assert.throws(
      () => Database.open(path, schema),
      refusal(Code.DataLoss, path, "the file is damaged", "restore it from a copy"),
      `page ${page + 1} of ${pages}`,
    );
    assert.deepEqual(readFileSync(path), torn, "a damaged file is evidence");
  }
});

test("Database.open() leaves out a transaction whose log is torn, and keeps those before it", () => {
  const path = newPath();
  const other = newPath();
  {
    using database = Database.open(path, schema);
    add(database, "first");
    add(database, "second");
    // A copy of the files at this moment is what a power cut would leave.
    const log = readFileSync(`${path}-wal`);
    log[log.length - 100] = (log[log.length - 100] ?? 0) ^ 0xff;
    writeFileSync(other, readFileSync(path));
    writeFileSync(`${other}-wal`, log);
  }
  using torn = Database.open(other, schema);
  assert.deepEqual(texts(torn), ["first"]);
});

test("Database.openReadOnly() reads beside the owner, and makes, migrates and changes nothing", () => {
  const path = newPath();
  assert.throws(
    () => Database.openReadOnly(path, schema),
    refusal(Code.FailedPrecondition, "does not exist"),
  );
  using owner = Database.open(path, schema);
  add(owner, "seen");
  using reader = Database.openReadOnly(path, schema);
  assert.deepEqual(texts(reader), ["seen"]);
  assert.throws(() => add(reader, "no"), refusal(Code.FailedPrecondition, path, "read-only"));
  const newer = { ...schema, migrations: [...schema.migrations, "CREATE TABLE more (a)"] };
  assert.throws(
    () => Database.openReadOnly(path, newer),
    refusal(Code.FailedPrecondition, "its version is 1, and this program reads 2"),
  );
});

test("Database.openReadOnly() sees what a manager that was killed has committed, without recovering for it", () => {
  const path = newPath();
  const other = newPath();
  {
    using database = Database.open(path, schema);
    add(database, "first");
    // These two files are what a kill leaves.
    writeFileSync(other, readFileSync(path));
    writeFileSync(`${other}-wal`, readFileSync(`${path}-wal`));
  }
  const before = [readFileSync(other), readFileSync(`${other}-wal`)];
  {
    using reader = Database.openReadOnly(other, schema);
    assert.deepEqual(texts(reader), ["first"]);
  }
  assert.deepEqual([readFileSync(other), readFileSync(`${other}-wal`)], before);
});

test("a full disk refuses a transaction as a whole, names the file, and is survived", async (t) => {
  const disk = join(suite.dir, suite.newId());
  mkdirSync(disk);
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=512k"] }], disk);
  t.after(() => unmountAll(disk));
  const path = join(disk, "x.db");
  {
    using database = Database.open(path, schema);
    add(database, "small");
    const block = "x".repeat(4000);
    assert.throws(
      () =>
        database.transaction(() => {
          for (let n = 0; n < 1000; n++) add(database, block);
        }),
      refusal(Code.ResourceExhausted, path, "the disk is full; make room and try again"),
    );
    assert.deepEqual(texts(database), ["small"]);
    add(database, "still works");
  }
  using again = Database.open(path, schema);
  assert.deepEqual(texts(again), ["small", "still works"]);

  writeFileSync(join(disk, "fill"), "");
  const fill = Buffer.alloc(4096);
  assert.throws(() => {
    for (;;) writeFileSync(join(disk, "fill"), fill, { flag: "a" });
  }, /ENOSPC/);
  const late = join(disk, "late.db");
  assert.throws(() => Database.open(late, schema), refusal(Code.ResourceExhausted, late, "the disk is full"));
});

test("a read-only file system is named, with the way out", async (t) => {
  const writable = join(suite.dir, suite.newId());
  const disk = join(suite.dir, suite.newId());
  mkdirSync(writable);
  mkdirSync(disk);
  Database.open(join(writable, "x.db"), schema)[Symbol.dispose]();
  await mountAll([{ type: "bind", source: writable, options: ["bind", "ro"] }], disk);
  t.after(() => unmountAll(disk));
  for (const file of [join(disk, "x.db"), join(disk, "new.db")]) {
    assert.throws(() => Database.open(file, schema), refusal(Code.FailedPrecondition, file, "is read-only"));
  }
});

// Commits 1, 2, 3… in transactions of two rows each, and tells about each commit after it.
const WRITER = `
import { Database } from ${JSON.stringify(new URL("../../../../manager/metadata/database.ts", import.meta.url).href)};
const database = Database.open(process.argv[1], ${JSON.stringify(schema)});
const insert = database.statement("INSERT INTO notes (text) VALUES (?)");
for (let n = 1; ; n++) {
  database.transaction(() => { insert.run(n + " a"); insert.run(n + " b"); });
  process.stdout.write(n + "\\n");
}`;

test("kill -9 in the middle of transactions loses no commit and leaves no half of one", async () => {
  const path = newPath();
  for (const killAfter of [1, 7, 40]) {
    const args = ["--no-warnings", "--input-type=module", "--eval", WRITER, path];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    const exited = once(child, "exit");
    let told = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      told = Number(line);
      if (told === killAfter) child.kill("SIGKILL");
    }
    await exited;
    using database = Database.open(path, schema);
    const found = texts(database);
    const count = found.length / 2;
    assert.ok(count >= told, `${told} commits were told and ${count} are there`);
    assert.deepEqual(found, Array.from({ length: count }, (_, n) => [`${n + 1} a`, `${n + 1} b`]).flat());
    database.statement("DELETE FROM notes").run();
  }
  assert.deepEqual(
    readdirSync(suite.dir).filter((name) => name.startsWith(".")),
    [],
  );
});
