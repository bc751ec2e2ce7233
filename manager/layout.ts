// Where things of a manager lie, below its two directories. One home for the names, because the daemon makes them and
// `hawser doctor` looks for them. Pure.
import { join } from "node:path";

/** What says where a manager is. */
export interface Places {
  /** Absolute, without a final slash: survives a reboot. */
  readonly root: string;
  /** The same; is empty after a reboot. */
  readonly state: string;
  /** The socket of the API. */
  readonly address: string;
}

/** The paths of a manager. */
export class Layout {
  readonly rootDir: string;
  readonly stateDir: string;
  readonly address: string;

  constructor({ root, state, address }: Places) {
    this.rootDir = root;
    this.stateDir = state;
    this.address = address;
  }

  /** Where shims deliver their events. */
  get ttrpcAddress(): string {
    return `${this.address}.ttrpc`;
  }

  /** What users made. */
  get metadataPath(): string {
    return join(this.rootDir, "metadata.db");
  }

  /** What runs, and the journal of events. */
  get runtimePath(): string {
    return join(this.rootDir, "runtime.db");
  }

  /** `blobs/<algorithm>/<hex>` and `ingest/<key>`. */
  get contentDir(): string {
    return join(this.rootDir, "content");
  }

  /** `<snapshotter>/<storage id>`. */
  get snapshotsDir(): string {
    return join(this.rootDir, "snapshots");
  }

  /** What is mounted for the time of one use. */
  get mountDir(): string {
    return join(this.stateDir, "mounts");
  }

  /** Bundles: `<namespace>/<id>`. */
  get bundlesDir(): string {
    return join(this.stateDir, "tasks");
  }

  /** What is a container's own as long as its record is there: its log, its files for /etc. Removed with the record. */
  get containersDir(): string {
    return join(this.rootDir, "containers");
  }

  /** The same of one container. */
  containerDir(namespace: string, id: string): string {
    return join(this.containersDir, namespace, id);
  }

  /** Work directories of the same names, for what is to outlive a task's bundle. */
  get workDir(): string {
    return join(this.rootDir, "tasks");
  }

  /** Sockets of shims; two managers have two directories, so that they never meet. */
  get shimSocketDir(): string {
    return join(this.stateDir, "s");
  }
}
