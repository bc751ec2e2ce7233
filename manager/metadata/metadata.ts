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
import type { RecordWatcher, StoreOptions } from "./store-options.ts";

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

  readonly #watchers: RecordWatcher[] = [];

  private constructor({ database, events, now }: Omit<StoreOptions, "watcher">) {
    const tell = (note: (watcher: RecordWatcher) => void) => {
      for (const each of this.#watchers) note(each);
    };
    const watcher: RecordWatcher = {
      noteMutation: () => tell((each) => each.noteMutation()),
      noteDeletion: () => tell((each) => each.noteDeletion()),
      noteExpiry: (at) => tell((each) => each.noteExpiry(at)),
    };
    const options: StoreOptions = { database, events, now, watcher };
    this.database = database;
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

  /** From here on `watcher` is told of every change of the records. */
  watch(watcher: RecordWatcher): void {
    this.#watchers.push(watcher);
  }

  [Symbol.dispose](): void {
    this.database[Symbol.dispose]();
  }
}
