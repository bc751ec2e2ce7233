// Which namespace has which blob, with which labels. The bytes are shared by all of them and are not known here: a record is
// made after they are durable, and they go when no namespace has a record of them any more.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { Info } from "../../proto/gen/content.ts";
import { ContentDelete } from "../../proto/gen/events.ts";
import { fromDate } from "../../proto/timestamp.ts";
import { parseDigest } from "../images/digest.ts";
import { mergeMap, parseMask } from "./field-mask.ts";
import { ABSENT, type FieldLookup, mapField, textField } from "./filter.ts";
import { checkLabels, gcLabelsOf, shown } from "./labels.ts";
import { CONTENT_RESOURCE, type LeaseStore } from "./leases.ts";
import type { NamespaceStore } from "./namespaces.ts";
import { RecordTable } from "./record-table.ts";
import { announce, type LeaseOption, type StoreOptions } from "./store-options.ts";

/** A blob that is there. */
export interface NewBlob {
  readonly digest: string;
  readonly size: bigint;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Digests that are read at a time. */
const PAGE_ROWS = 1000;

const lookupIn =
  (info: Info): FieldLookup =>
  ([field, ...rest]) => {
    switch (field) {
      case "digest":
        return textField(info.digest);
      case "size":
        return textField(String(info.size));
      case "labels":
        return mapField(info.labels, rest);
      default:
        return ABSENT;
    }
  };

/** The records of blobs, of all namespaces. */
export class ContentRecords {
  readonly #options: StoreOptions;
  readonly #namespaces: NamespaceStore;
  readonly #leases: LeaseStore;
  readonly #table: RecordTable<Info>;

  constructor(options: StoreOptions, namespaces: NamespaceStore, leases: LeaseStore) {
    this.#options = options;
    this.#namespaces = namespaces;
    this.#leases = leases;
    this.#table = new RecordTable(options.database, {
      table: "content",
      keyColumn: "digest",
      noun: "content",
      codec: Info,
      keyOf: (info) => info.digest,
      derived: { gc_labels: (info) => gcLabelsOf(info.labels) },
      lookupIn,
    });
  }

  /** Throws NotFound. */
  get(namespace: string, digest: string): Info {
    return this.#table.get(namespace, digest);
  }

  find(namespace: string, digest: string): Info | undefined {
    return this.#table.find(namespace, digest);
  }

  /** Those that any of the filters wants (`digest`, `size`, `labels.KEY`), by digest. */
  list(namespace: string, filters: readonly string[]): Iterable<Info> {
    return this.#table.list(namespace, filters);
  }

  /**
   * Records a blob whose bytes are durable, under the lease of the call. Throws AlreadyExists; then the lease keeps the one
   * that is there, because that is the one its holder is going to use. Nobody is told: whoever has the bytes tells.
   */
  add(namespace: string, { digest, size, labels }: NewBlob, { lease }: LeaseOption = {}): Info {
    parseDigest(digest);
    const now = fromDate(this.#options.now());
    const kept = checkLabels(`content "${digest}"`, labels);
    const info = Info.create({ digest, size, labels: kept, createdAt: now, updatedAt: now });
    const isNew = this.#options.database.transaction(() => {
      this.#leases.keep(namespace, lease, { type: CONTENT_RESOURCE, id: digest });
      if (this.#table.find(namespace, digest) !== undefined) return false;
      this.#namespaces.ensure(namespace);
      this.#table.insert(namespace, info);
      announce(this.#options, "mutation");
      return true;
    });
    if (isNew) return info;
    throw new HawserError(
      Code.AlreadyExists,
      `add content "${digest}": it exists in namespace "${namespace}"`,
    );
  }

  /** Replaces the labels, or sets those that the mask names; nothing else of a blob can change. Throws NotFound. */
  update(namespace: string, given: Init<Info>, maskPaths: readonly string[]): Info {
    const digest = given.digest ?? "";
    const what = `content ${shown(digest)}`;
    const paths = parseMask(what, maskPaths, { fields: ["labels"], maps: ["labels"] });
    return this.#options.database.transaction(() => {
      const updated = this.#table.get(namespace, digest);
      const wanted = Info.create({ labels: given.labels }).labels;
      for (const { key } of paths) updated.labels = mergeMap(updated.labels, wanted, key);
      updated.labels = checkLabels(what, updated.labels);
      updated.updatedAt = fromDate(this.#options.now());
      this.#table.replace(namespace, updated);
      announce(this.#options, "mutation");
      return updated;
    });
  }

  /** Forgets a blob. Throws NotFound. */
  delete(namespace: string, digest: string): void {
    this.#options.database.transaction(() => {
      this.#table.delete(namespace, digest);
      announce(this.#options, "deletion", {
        publish: (events) => events.publish(namespace, ContentDelete, { digest }),
      });
    });
  }

  /** Whether any namespace has the blob. */
  isReferenced(digest: string): boolean {
    const sql = "SELECT 1 FROM content WHERE digest = ? LIMIT 1";
    return this.#options.database.statement(sql).get(digest) !== undefined;
  }

  /** The digests of all namespaces, each once, in order. */
  *digests(): Generator<string> {
    const sql = `SELECT DISTINCT digest FROM content WHERE digest > ? ORDER BY digest LIMIT ${PAGE_ROWS}`;
    for (let after = ""; ; ) {
      const rows = this.#options.database.statement<{ digest: string }>(sql).all(after);
      for (const { digest } of rows) yield digest;
      after = rows.at(-1)?.digest ?? "";
      if (rows.length < PAGE_ROWS) return;
    }
  }
}
