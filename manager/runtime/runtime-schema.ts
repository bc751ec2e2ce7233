// What is in runtime.db: the journal of events and the manager's own record of tasks. Apart from metadata.db, because it
// is written at every step of every container and need not survive the machine, only the manager: after a power cut there
// are no containers left to know of.
// Always true: a migration that has been released is never changed; a new one is added behind it.
import type { DatabaseSchema } from "../metadata/database.ts";

// exits_told outlives the task: a shim that was away may repeat an exit after its task is deleted.
const FIRST = `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    topic TEXT NOT NULL,
    type_url TEXT NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX events_by_time ON events (time);
  CREATE TABLE cursors (
    queue TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    seq INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX cursors_by_seq ON cursors (seq);
  CREATE TABLE exits_told (
    namespace TEXT NOT NULL,
    container_id TEXT NOT NULL,
    process_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (namespace, container_id, process_id, pid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX exits_told_by_seq ON exits_told (seq);
  CREATE TABLE tasks (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    phase TEXT NOT NULL,
    bundle_dir TEXT NOT NULL,
    runtime TEXT NOT NULL,
    binary TEXT NOT NULL,
    address TEXT NOT NULL,
    version INTEGER NOT NULL,
    shim_pid INTEGER NOT NULL,
    shim_start_time INTEGER NOT NULL,
    is_delete_told INTEGER NOT NULL,
    PRIMARY KEY (namespace, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE processes (
    namespace TEXT NOT NULL,
    container_id TEXT NOT NULL,
    exec_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    start_time INTEGER NOT NULL,
    status INTEGER NOT NULL,
    stdin TEXT NOT NULL,
    stdout TEXT NOT NULL,
    stderr TEXT NOT NULL,
    terminal INTEGER NOT NULL,
    exit_status INTEGER,
    exited_at INTEGER,
    is_exit_told INTEGER NOT NULL,
    PRIMARY KEY (namespace, container_id, exec_id),
    FOREIGN KEY (namespace, container_id) REFERENCES tasks (namespace, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
`;

// `ordinal` and `total` count events and their bytes from the first that ever was, so that how many are kept is the
// difference of two rows. `journal` is one row; journal_breaks are places where a crash of the machine may have taken events.
const JOURNAL = `
  ALTER TABLE events ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE events ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
  UPDATE events SET ordinal = seq;
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    born INTEGER NOT NULL,
    pruned_to INTEGER NOT NULL,
    pruned_time INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    is_closed INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE journal_breaks (
    from_seq INTEGER PRIMARY KEY,
    to_seq INTEGER NOT NULL
  ) STRICT;
`;

// process_ends outlives the task, too: how the processes of a container have ended, until it is started again or deleted.
// task_requests is what a task was asked for, so that it can be made again; restarts is what becomes of that.
const ENDS = `
  ALTER TABLE processes ADD COLUMN created_at INTEGER;
  ALTER TABLE processes ADD COLUMN started_at INTEGER;
  ALTER TABLE processes ADD COLUMN args TEXT;
  ALTER TABLE processes ADD COLUMN is_unknown INTEGER;
  CREATE TABLE process_ends (
    namespace TEXT NOT NULL,
    container_id TEXT NOT NULL,
    exec_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    created_at INTEGER,
    started_at INTEGER,
    exited_at INTEGER NOT NULL,
    exit_status INTEGER NOT NULL,
    signal INTEGER NOT NULL,
    is_unknown INTEGER NOT NULL,
    is_lost INTEGER NOT NULL,
    oom INTEGER NOT NULL,
    output TEXT NOT NULL,
    args TEXT,
    stdin TEXT NOT NULL,
    stdout TEXT NOT NULL,
    stderr TEXT NOT NULL,
    terminal INTEGER NOT NULL,
    PRIMARY KEY (namespace, container_id, exec_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE task_requests (
    namespace TEXT NOT NULL,
    container_id TEXT NOT NULL,
    request BLOB NOT NULL,
    PRIMARY KEY (namespace, container_id)
  ) STRICT;
  CREATE TABLE restarts (
    namespace TEXT NOT NULL,
    container_id TEXT NOT NULL,
    count INTEGER NOT NULL,
    delay_ms INTEGER NOT NULL,
    due_at INTEGER,
    is_starting INTEGER NOT NULL,
    PRIMARY KEY (namespace, container_id)
  ) STRICT, WITHOUT ROWID;
`;

/** The schema of runtime.db. */
export const RUNTIME_SCHEMA: DatabaseSchema = {
  // "HWRT"
  applicationId: 0x4857_5254,
  migrations: [FIRST, JOURNAL, ENDS],
  synchronous: "NORMAL",
};
