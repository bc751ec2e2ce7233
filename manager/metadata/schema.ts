// What metadata.db holds: what users made, and what must outlive everything else. A record is the message of the API as it
// travels; beside it stand the columns that are looked up by, and `gc_labels`, the labels that the garbage collector reads
// (JSON, or NULL for none), so that a collection need not decode a hundred thousand records.
// The record is the last column of its table: one that spills over its page is not read on the way to the others.
// Migrations are only ever added.
import type { DatabaseSchema } from "./database.ts";

const VERSION_1 = `
CREATE TABLE namespaces (
  name   TEXT PRIMARY KEY,
  record BLOB NOT NULL
) STRICT;

CREATE TABLE containers (
  namespace    TEXT NOT NULL REFERENCES namespaces (name),
  id           TEXT NOT NULL,
  snapshotter  TEXT NOT NULL,
  snapshot_key TEXT NOT NULL,
  gc_labels    TEXT,
  record       BLOB NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT;

CREATE TABLE images (
  namespace TEXT NOT NULL REFERENCES namespaces (name),
  name      TEXT NOT NULL,
  target    TEXT NOT NULL,
  gc_labels TEXT,
  record    BLOB NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT;

CREATE TABLE leases (
  namespace TEXT NOT NULL REFERENCES namespaces (name),
  id        TEXT NOT NULL,
  gc_labels TEXT,
  record    BLOB NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT;

-- What a lease keeps need not exist yet, and may go before the lease does.
CREATE TABLE lease_resources (
  namespace TEXT NOT NULL,
  lease     TEXT NOT NULL,
  type      TEXT NOT NULL,
  id        TEXT NOT NULL,
  PRIMARY KEY (namespace, lease, type, id),
  FOREIGN KEY (namespace, lease) REFERENCES leases (namespace, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX lease_resources_by_resource ON lease_resources (namespace, type, id);

CREATE TABLE content (
  namespace TEXT NOT NULL REFERENCES namespaces (name),
  digest    TEXT NOT NULL,
  gc_labels TEXT,
  record    BLOB NOT NULL,
  PRIMARY KEY (namespace, digest)
) STRICT;

-- Most blobs have none of the collector's labels.
CREATE INDEX content_with_gc_labels ON content (namespace, digest) WHERE gc_labels IS NOT NULL;

-- The bytes of a blob are shared by all namespaces that have it.
CREATE INDEX content_by_digest ON content (digest);

-- storage_id names the directory of a snapshot. AUTOINCREMENT, because an id that was used may still have a directory.
CREATE TABLE snapshots (
  storage_id  INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace   TEXT NOT NULL REFERENCES namespaces (name),
  snapshotter TEXT NOT NULL,
  name        TEXT NOT NULL,
  parent_id   INTEGER REFERENCES snapshots (storage_id) DEFERRABLE INITIALLY DEFERRED,
  size_bytes  INTEGER,
  inodes      INTEGER,
  gc_labels   TEXT,
  record      BLOB NOT NULL,
  UNIQUE (namespace, snapshotter, name)
) STRICT;

CREATE INDEX snapshots_by_parent ON snapshots (parent_id);
`;

// The column is read through its index alone, so that it does no harm behind the record. Names begin with this version.
const VERSION_2 = `
ALTER TABLE containers ADD COLUMN name TEXT;
CREATE UNIQUE INDEX containers_by_name ON containers (namespace, name) WHERE name IS NOT NULL;
`;

/** The schema of metadata.db. */
export const METADATA_SCHEMA: DatabaseSchema = {
  // "hwsm"
  applicationId: 0x6877736d,
  migrations: [VERSION_1, VERSION_2],
  // A power cut must not take back a container or an image that somebody was told is there.
  synchronous: "FULL",
};
