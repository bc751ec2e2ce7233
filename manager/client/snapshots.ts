// Snapshots: layers of file systems, as a snapshotter of the daemon keeps them. For programs that handle them by themselves;
// containers and images of this library do so on their own.
import type { Init } from "../../proto/codec.ts";
import { isNotFound } from "../../proto/errors.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { type Info, Kind, Snapshots as SnapshotsService } from "../../proto/gen/snapshots.ts";
import { toDate } from "../../proto/timestamp.ts";
import { type FileChange, snapshotChanges } from "./changes.ts";
import type { CallOptions } from "./connection.ts";
import type { Session } from "./session.ts";

/** The snapshotter of a machine that asks for no other. */
export const DEFAULT_SNAPSHOTTER = "overlayfs";

/** A snapshot. */
export interface Snapshot {
  readonly name: string;
  /** Empty for the lowest. */
  readonly parent: string;
  readonly kind: "active" | "view" | "committed" | "unknown";
  readonly createdAt: Date | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** How much room a snapshot takes, without its parents. */
export interface SnapshotUsage {
  readonly sizeBytes: bigint;
  readonly inodes: bigint;
}

/** What a new snapshot is to be. */
export interface SnapshotOptions extends CallOptions {
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

const KINDS: Readonly<Record<number, Snapshot["kind"]>> = {
  [Kind.ACTIVE]: "active",
  [Kind.VIEW]: "view",
  [Kind.COMMITTED]: "committed",
};

/**
 * The snapshots of one snapshotter.
 *
 * @example
 * for await (const { name, kind } of client.snapshots("overlayfs").list()) console.log(name, kind);
 */
export class Snapshots {
  readonly snapshotter: string;
  readonly #session: Session;

  constructor(session: Session, snapshotter: string) {
    this.#session = session;
    this.snapshotter = snapshotter;
  }

  /** What is known of a snapshot. Throws NotFound. */
  async stat(key: string, options?: CallOptions): Promise<Snapshot> {
    const { info } = await this.#service.stat({ ...this.#where, key }, options);
    return snapshotOf(info);
  }

  /** Whether there is a snapshot of this name. */
  async has(key: string, options?: CallOptions): Promise<boolean> {
    try {
      await this.stat(key, options);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** All snapshots that match one of the filters. */
  async *list(
    { filters = [] }: { readonly filters?: readonly string[] } = {},
    options?: CallOptions,
  ): AsyncGenerator<Snapshot, void, undefined> {
    for await (const { info } of this.#service.list({ ...this.#where, filters }, options)) {
      yield* info.map(snapshotOf);
    }
  }

  /** Makes one that can be written to, on top of a committed one. Returns how to mount it. */
  async prepare(key: string, parent: string, { labels = {}, ...options }: SnapshotOptions = {}) {
    const { mounts } = await this.#service.prepare({ ...this.#where, key, parent, labels }, options);
    return mounts;
  }

  /** Makes one that can only be read. Returns how to mount it. */
  async view(key: string, parent: string, { labels = {}, ...options }: SnapshotOptions = {}) {
    const { mounts } = await this.#service.view({ ...this.#where, key, parent, labels }, options);
    return mounts;
  }

  /** How to mount one that was made before. */
  async mounts(key: string, options?: CallOptions): Promise<Mount[]> {
    const { mounts } = await this.#service.mounts({ ...this.#where, key }, options);
    return mounts;
  }

  /** Makes an active one final, under a name. */
  async commit(name: string, key: string, { labels = {}, ...options }: SnapshotOptions = {}): Promise<void> {
    await this.#service.commit({ ...this.#where, name, key, labels }, options);
  }

  /** Removes one. Throws FailedPrecondition while others are on top of it. */
  async remove(key: string, options?: CallOptions): Promise<void> {
    await this.#service.remove({ ...this.#where, key }, options);
  }

  /**
   * What has changed in one since it was made, parents before what is in them. Reads its files: only on the daemon's machine, as root.
   * Throws Unimplemented for a snapshotter whose mounts are neither overlays nor binds.
   */
  async changes(key: string, options?: CallOptions): Promise<FileChange[]> {
    return await snapshotChanges(this.#session, this.snapshotter, key, options);
  }

  /** How much room it takes. */
  async usage(key: string, options?: CallOptions): Promise<SnapshotUsage> {
    const { size, inodes } = await this.#service.usage({ ...this.#where, key }, options);
    return { sizeBytes: size, inodes };
  }

  get #service() {
    return this.#session.service(SnapshotsService);
  }

  get #where() {
    return { snapshotter: this.snapshotter };
  }
}

function snapshotOf(info: Init<Info> | undefined): Snapshot {
  const { name = "", parent = "", kind = 0, createdAt, labels = {} } = info ?? {};
  return {
    name,
    parent,
    kind: KINDS[kind] ?? "unknown",
    createdAt: toDate(createdAt),
    labels: labels as Record<string, string>,
  };
}
