// Leases: what a client holds against the garbage collector while it makes things that nothing refers to yet. A lease names
// resources by type and id, and ends when it is deleted or past its label `containerd.io/gc.expire`.
import { Code, HawserError } from "../../proto/errors.ts";
import { Lease, Resource } from "../../proto/gen/leases.ts";
import { fromDate } from "../../proto/timestamp.ts";
import { parseDigest } from "../images/digest.ts";
import type { Database } from "./database.ts";
import { ABSENT, type FieldLookup, mapField, textField } from "./filter.ts";
import { checkLabels, checkName, checkSnapshotter, gcLabelsOf, shown } from "./labels.ts";
import type { NamespaceStore } from "./namespaces.ts";
import { RecordTable } from "./record-table.ts";
import { announce, type StoreOptions } from "./store-options.ts";

/** The type of a blob as a resource of a lease. */
export const CONTENT_RESOURCE = "content";
/** The type of an image. */
export const IMAGE_RESOURCE = "images";
/** The type of an ingest. */
export const INGEST_RESOURCE = "ingests";
/** What the type of a snapshot begins with; the snapshotter follows. */
export const SNAPSHOT_RESOURCE_PREFIX = "snapshots/";

const lookupIn =
  (lease: Lease): FieldLookup =>
  ([field, ...rest]) => {
    if (field === "id") return textField(lease.id);
    return field === "labels" ? mapField(lease.labels, rest) : ABSENT;
  };

/** The leases of all namespaces. */
export class LeaseStore {
  readonly #database: Database;
  readonly #options: StoreOptions;
  readonly #namespaces: NamespaceStore;
  readonly #table: RecordTable<Lease>;

  constructor(options: StoreOptions, namespaces: NamespaceStore) {
    this.#database = options.database;
    this.#options = options;
    this.#namespaces = namespaces;
    this.#table = new RecordTable(options.database, {
      table: "leases",
      keyColumn: "id",
      noun: "lease",
      codec: Lease,
      keyOf: (lease) => lease.id,
      derived: { gc_labels: (lease) => gcLabelsOf(lease.labels) },
      lookupIn,
    });
  }

  /** Throws AlreadyExists. */
  create(namespace: string, id: string, labels: Readonly<Record<string, string>>): Lease {
    const lease = Lease.create({
      id: checkName("lease", id),
      createdAt: fromDate(this.#options.now()),
      labels: checkLabels(`lease ${shown(id)}`, labels),
    });
    return this.#database.transaction(() => {
      this.#namespaces.ensure(namespace);
      this.#table.insert(namespace, lease);
      announce(this.#options, "mutation", { labels: lease.labels });
      return lease;
    });
  }

  /** Ends it; what it kept is for the garbage collector. Throws NotFound. */
  delete(namespace: string, id: string): void {
    this.#options.database.transaction(() => {
      this.#table.delete(namespace, id);
      announce(this.#options, "deletion");
    });
  }

  list(namespace: string, filters: readonly string[]): Iterable<Lease> {
    return this.#table.list(namespace, filters);
  }

  /** Throws NotFound. */
  get(namespace: string, id: string): Lease {
    return this.#table.get(namespace, id);
  }

  /** Throws NotFound for a lease that does not exist. */
  require(namespace: string, id: string): void {
    this.#table.get(namespace, id);
  }

  /** Whether there is this lease. */
  has(namespace: string, id: string): boolean {
    return this.#table.find(namespace, id) !== undefined;
  }

  /** Whether a lease of the namespace keeps it. One that has expired does until the next collection. */
  isKept(namespace: string, { type, id }: Resource): boolean {
    const sql = "SELECT 1 FROM lease_resources WHERE namespace = ? AND type = ? AND id = ? LIMIT 1";
    return this.#database.statement(sql).get(namespace, type, id) !== undefined;
  }

  /** Throws NotFound, and InvalidArgument or Unimplemented for what a lease cannot keep. Twice is once. */
  addResource(namespace: string, id: string, resource: Resource): void {
    checkResource(resource);
    this.#database.transaction(() => {
      this.require(namespace, id);
      const sql =
        "INSERT INTO lease_resources (namespace, lease, type, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
      this.#database.statement(sql).run(namespace, id, resource.type, resource.id);
    });
  }

  /** Throws NotFound for the lease; a resource that it does not keep is no error. */
  deleteResource(namespace: string, id: string, resource: Resource): void {
    checkResource(resource);
    this.#database.transaction(() => {
      this.require(namespace, id);
      const sql = "DELETE FROM lease_resources WHERE namespace = ? AND lease = ? AND type = ? AND id = ?";
      this.#database.statement(sql).run(namespace, id, resource.type, resource.id);
      announce(this.#options, "deletion");
    });
  }

  /** What it keeps, by type and id. Throws NotFound. */
  resources(namespace: string, id: string): Resource[] {
    this.require(namespace, id);
    const sql = "SELECT type, id FROM lease_resources WHERE namespace = ? AND lease = ? ORDER BY type, id";
    return this.#database
      .statement<Resource>(sql)
      .all(namespace, id)
      .map((row) => Resource.create(row));
  }

  /** Puts a new record under the lease of its call, if there is one. Part of the transaction that makes the record. */
  keep(namespace: string, lease: string | undefined, resource: Resource): void {
    if (lease !== undefined) this.addResource(namespace, lease, resource);
  }

  /** Lets all leases that keep a resource keep it under its new id. */
  renameResource(namespace: string, type: string, id: string, newId: string): void {
    this.#database
      .statement("UPDATE OR REPLACE lease_resources SET id = ? WHERE namespace = ? AND type = ? AND id = ?")
      .run(newId, namespace, type, id);
  }
}

function checkResource({ type, id }: Resource): void {
  const what = `resource of a lease, type ${shown(type)}, id`;
  if (type === CONTENT_RESOURCE) {
    parseDigest(id);
  } else if (type === IMAGE_RESOURCE || type === INGEST_RESOURCE) {
    checkName(what, id);
  } else if (type.startsWith(SNAPSHOT_RESOURCE_PREFIX)) {
    checkSnapshotter(type.slice(SNAPSHOT_RESOURCE_PREFIX.length));
    checkName(what, id);
  } else {
    const known = [
      CONTENT_RESOURCE,
      IMAGE_RESOURCE,
      INGEST_RESOURCE,
      `${SNAPSHOT_RESOURCE_PREFIX}SNAPSHOTTER`,
    ];
    throw new HawserError(
      Code.Unimplemented,
      `check lease: resources of type ${shown(type)} cannot be kept; these can: ${known.join(", ")}`,
    );
  }
}
