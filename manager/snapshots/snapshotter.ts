// What a snapshotter does, for those who prepare root file systems: names and trees of snapshots, and the mounts that show one.
// A view and an active snapshot are shown by their mounts; a committed one is what others are built on. Everything is per
// namespace. Who makes directories, and how, is behind this.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import type { Info } from "../../proto/gen/snapshots.ts";
import type { SnapshotUsage } from "../metadata/snapshot-records.ts";

/** What is said of a new snapshot. */
export interface PrepareOptions {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Id of the lease that keeps it. */
  readonly lease?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is said when a snapshot is committed. */
export interface CommitOptions extends PrepareOptions {
  /** Must be the parent that it has, when it is given. */
  readonly parent?: string | undefined;
}

/** One kind of snapshots. Its errors name the snapshot: NotFound, AlreadyExists, FailedPrecondition as the records say. */
export interface Snapshotter {
  readonly name: string;
  /** Its directory. */
  readonly root: string;
  /** What it can do beyond the rest, in containerd's words. */
  readonly capabilities: readonly string[];
  /** Makes a snapshot to write into, on a committed parent or on nothing (""). */
  prepare(namespace: string, key: string, parent: string, options?: PrepareOptions): Promise<Mount[]>;
  /** Makes a snapshot to look at. */
  view(namespace: string, key: string, parent: string, options?: PrepareOptions): Promise<Mount[]>;
  /** How to show an active snapshot or a view. */
  mounts(namespace: string, key: string): Mount[];
  /** Makes an active snapshot a committed one, under its name. */
  commit(namespace: string, name: string, key: string, options?: CommitOptions): Promise<void>;
  /** Forgets a snapshot at once; what it took on the disk is freed afterwards. */
  remove(namespace: string, key: string): void;
  stat(namespace: string, key: string): Info;
  update(namespace: string, info: Info, maskPaths: readonly string[]): Info;
  list(namespace: string, filters: readonly string[]): Iterable<Info>;
  /** What it takes on the disk, without its parents. */
  usage(
    namespace: string,
    key: string,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<SnapshotUsage>;
  /** Frees what no record names any more, and waits until that is done. Returns how many snapshots that were. */
  sweep(): Promise<number>;
}

/** The snapshotters there are, by name. */
export class Snapshotters implements Iterable<Snapshotter>, AsyncDisposable {
  /** The one for those who name none. */
  readonly default: Snapshotter;
  readonly #byName: ReadonlyMap<string, Snapshotter & AsyncDisposable>;

  /** Takes the snapshotters; the first is the default. */
  constructor(snapshotters: readonly [Snapshotter & AsyncDisposable, ...(Snapshotter & AsyncDisposable)[]]) {
    this.default = snapshotters[0];
    this.#byName = new Map(snapshotters.map((one) => [one.name, one]));
  }

  /** Throws InvalidArgument for a name that is missing or not known, and says which there are. */
  get(name: string): Snapshotter {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    const what = name === "" ? "no snapshotter is named" : `there is no snapshotter ${JSON.stringify(name)}`;
    const known = [...this.#byName.keys()].join(", ");
    throw new HawserError(Code.InvalidArgument, `find snapshotter: ${what}; there are: ${known}`);
  }

  [Symbol.iterator](): Iterator<Snapshotter> {
    return this.#byName.values();
  }

  /** Ends what is still being freed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#byName.values()) await one[Symbol.asyncDispose]();
  }
}
