// Namespaces: tenants, in one of which everything else lives. One exists from the moment that something is stored in it, with
// or without having been created, and goes when it is deleted, which it can be only when it is empty.
import { copyMap } from "../../proto/codec-runtime.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { NamespaceCreate, NamespaceDelete, NamespaceUpdate } from "../../proto/gen/events.ts";
import { Namespace } from "../../proto/gen/namespaces.ts";
import { validateId } from "../../proto/identifiers.ts";
import type { Database } from "./database.ts";
import { mergeMap, parseMask } from "./field-mask.ts";
import { ABSENT, type FieldLookup, mapField, parseFilters, textField } from "./filter.ts";
import { checkLabels, shown } from "./labels.ts";
import { decodeRecord, encodeRecord } from "./record-table.ts";
import { announce, type StoreOptions } from "./store-options.ts";

/** What may be in a namespace: each table, and what one of its rows is called. */
const CONTENTS: readonly (readonly [table: string, noun: string])[] = [
  ["containers", "container"],
  ["images", "image"],
  ["snapshots", "snapshot"],
  ["content", "blob"],
  ["leases", "lease"],
];

interface Row {
  readonly record: Uint8Array;
}

const lookupIn =
  (namespace: Namespace): FieldLookup =>
  ([field, ...rest]) => {
    if (field === "name") return textField(namespace.name);
    return field === "labels" ? mapField(namespace.labels, rest) : ABSENT;
  };

/** The namespaces of one manager. */
export class NamespaceStore {
  readonly #database: Database;
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    this.#database = options.database;
    this.#options = options;
  }

  /** Throws NotFound. */
  get(name: string): Namespace {
    return this.#find(name) ?? notFound("get", name);
  }

  /** Those that any of the filters wants, by name. */
  list(filters: readonly string[] = []): Namespace[] {
    const matches = parseFilters(filters);
    return this.#database
      .statement<Row>("SELECT record FROM namespaces ORDER BY name")
      .all()
      .map((row) => this.#decode(row))
      .filter((namespace) => matches(lookupIn(namespace)));
  }

  /** Throws AlreadyExists. */
  create(namespace: Namespace): Namespace {
    const name = validateId("namespace", namespace.name);
    const created = Namespace.create({ name, labels: checkLabels(`namespace "${name}"`, namespace.labels) });
    return this.#database.transaction(() => {
      if (!this.#insert(created)) {
        throw new HawserError(Code.AlreadyExists, `create namespace "${name}": it exists`);
      }
      announce(this.#options, "mutation", {
        publish: (events) => events.publish(name, NamespaceCreate, created),
      });
      return created;
    });
  }

  /** Makes it exist. Nobody is told: it begins to matter with what is put in it. */
  ensure(name: string): void {
    const sql = "SELECT 1 FROM namespaces WHERE name = ?";
    if (this.#database.statement(sql).get(name) !== undefined) return;
    this.#insert(Namespace.create({ name: validateId("namespace", name) }));
  }

  /** Replaces the labels, or sets those that the mask names. Throws NotFound. */
  update(namespace: Namespace, maskPaths: readonly string[]): Namespace {
    const { name } = namespace;
    const what = `namespace ${shown(name)}`;
    const paths = parseMask(what, maskPaths, { fields: ["labels"], maps: ["labels"] });
    return this.#database.transaction(() => {
      const updated = this.#find(name) ?? notFound("update", name);
      for (const { key } of paths) updated.labels = mergeMap(updated.labels, namespace.labels, key);
      updated.labels = checkLabels(what, updated.labels);
      this.#database
        .statement("UPDATE namespaces SET record = ? WHERE name = ?")
        .run(encodeRecord(what, Namespace, updated), name);
      announce(this.#options, "mutation", {
        publish: (events) => events.publish(name, NamespaceUpdate, updated),
      });
      return updated;
    });
  }

  /** Throws NotFound, and FailedPrecondition that says what is in it. */
  delete(name: string): void {
    this.#database.transaction(() => {
      if (this.#find(name) === undefined) notFound("delete", name);
      const inside = this.#contents(name);
      if (inside.length > 0) {
        throw new HawserError(
          Code.FailedPrecondition,
          `delete namespace "${name}": it has ${inside.join(", ")}; delete them first`,
        );
      }
      this.#database.statement("DELETE FROM namespaces WHERE name = ?").run(name);
      announce(this.#options, "mutation", {
        publish: (events) => events.publish(name, NamespaceDelete, { name }),
      });
    });
  }

  /** Its labels; none for one that does not exist. */
  labels(name: string): Record<string, string> {
    return this.#find(name)?.labels ?? copyMap({});
  }

  #contents(name: string): string[] {
    return CONTENTS.flatMap(([table, noun]) => {
      const sql = `SELECT count(*) AS count FROM ${table} WHERE namespace = ?`;
      const count = this.#database.statement<{ count: number }>(sql).get(name)?.count ?? 0;
      return count === 0 ? [] : [`${count} ${noun}${count === 1 ? "" : "s"}`];
    });
  }

  #find(name: string): Namespace | undefined {
    const row = this.#database.statement<Row>("SELECT record FROM namespaces WHERE name = ?").get(name);
    return row === undefined ? undefined : this.#decode(row);
  }

  #insert(namespace: Namespace): boolean {
    const record = encodeRecord(`namespace "${namespace.name}"`, Namespace, namespace);
    const sql = "INSERT INTO namespaces (name, record) VALUES (?, ?) ON CONFLICT DO NOTHING";
    return this.#database.statement(sql).run(namespace.name, record) === 1;
  }

  #decode(row: Row): Namespace {
    return decodeRecord("namespace", Namespace, row.record, this.#database.path);
  }
}

function notFound(action: string, name: string): never {
  throw new HawserError(Code.NotFound, `${action} namespace ${shown(name)}: not found`);
}
