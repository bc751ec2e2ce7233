// metadata.db, opened, with a store for each kind of record in it. Owns the database.
import type { EventPublisher } from "../events/publisher.ts";
import { ContainerStore } from "./containers.ts";
import { ContentRecords } from "./content-records.ts";
import { Database } from "./database.ts";
import { ImageStore } from "./images.ts";
import { LeaseStore } from "./leases.ts";
import { NamespaceStore } from "./namespaces.ts";
import { METADATA_SCHEMA } from "./schema.ts";
import { SnapshotRecords } from "./snapshot-records.ts";
import type { StoreOptions } from "./store-options.ts";

/** What the metadata need besides their file. */
export interface MetadataOptions {
  readonly events: EventPublisher;
  /** Default: the system's clock. */
  readonly now?: () => Date;
}

/** All records that users made. */
export class Metadata implements Disposable {
  readonly database: Database;
  readonly namespaces: NamespaceStore;
  readonly leases: LeaseStore;
  readonly containers: ContainerStore;
  readonly images: ImageStore;
  readonly content: ContentRecords;
  readonly snapshots: SnapshotRecords;

  private constructor(options: StoreOptions) {
    this.database = options.database;
    this.namespaces = new NamespaceStore(options);
    this.leases = new LeaseStore(options, this.namespaces);
    this.containers = new ContainerStore(options, this.namespaces, this.leases);
    this.images = new ImageStore(options, this.namespaces, this.leases);
    this.content = new ContentRecords(options, this.namespaces, this.leases);
    this.snapshots = new SnapshotRecords(options, this.namespaces, this.leases);
  }

  /** Opens or makes the database at `path`; for its errors see `Database.open`. */
  static open(path: string, { events, now = () => new Date() }: MetadataOptions): Metadata {
    return new Metadata({ database: Database.open(path, METADATA_SCHEMA), events, now });
  }

  [Symbol.dispose](): void {
    this.database[Symbol.dispose]();
  }
}
