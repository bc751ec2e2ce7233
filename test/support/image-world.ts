// Everything between a blob and a root file system, without a daemon: metadata, content, snapshotters, applier, differ and
// unpacker in one directory. Images are made by hand, layer by layer.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Applier } from "../../manager/images/applier.ts";
import { ContentStore } from "../../manager/images/content-store.ts";
import { Differ } from "../../manager/images/differ.ts";
import { digestOf } from "../../manager/images/digest.ts";
import { MediaType } from "../../manager/images/media-type.ts";
import { hostPlatform } from "../../manager/images/platform.ts";
import type { LayerLimits } from "../../manager/images/unpack/layer-limits.ts";
import { Unpacker } from "../../manager/images/unpacker.ts";
import { Metadata } from "../../manager/metadata/metadata.ts";
import { openSnapshotters } from "../../manager/snapshots/open-snapshotters.ts";
import type { Snapshotters } from "../../manager/snapshots/snapshotter.ts";
import { WorkerPool } from "../../manager/trees/worker-pool.ts";
import type { Codec } from "../../proto/codec.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import { unmountAll } from "../../sys/mount.ts";
import { NO_LOG } from "./no-log.ts";

export interface ImageWorldOptions {
  /** A directory for everything; or one for snapshots alone, such as a small disk. */
  readonly dir: string;
  readonly snapshotDir?: string;
  readonly limits?: Partial<LayerLimits>;
}

/** A layer of an image made by hand. */
export interface LayerInit {
  /** The blob, compressed or not. */
  readonly blob: Buffer;
  readonly mediaType?: string;
  /** The archive in it: its digest becomes the diff id. */
  readonly archive: Buffer;
}

export class ImageWorld implements AsyncDisposable {
  readonly dir: string;
  readonly namespace = "world";
  readonly metadata: Metadata;
  readonly pool: WorkerPool;
  readonly content: ContentStore;
  readonly applier: Applier;
  readonly differ: Differ;
  readonly unpacker: Unpacker;
  readonly snapshotters: Snapshotters;
  /** Types of the events that were published, in order. */
  readonly events: string[];

  private constructor(
    { dir, limits }: ImageWorldOptions,
    metadata: Metadata,
    pool: WorkerPool,
    snapshotters: Snapshotters,
    events: string[],
  ) {
    this.dir = dir;
    this.pool = pool;
    this.snapshotters = snapshotters;
    this.metadata = metadata;
    this.events = events;
    this.content = new ContentStore({
      dir: join(dir, "content"),
      records: metadata.content,
      leases: metadata.leases,
      events: { publish: (_namespace, { typeName }) => void events.push(typeName) },
    });
    const common = { content: this.content, pool: this.pool, mountDir: join(dir, "mounts"), log: NO_LOG };
    this.applier = new Applier({ ...common, limits });
    this.differ = new Differ(common);
    this.unpacker = new Unpacker({ ...common, applier: this.applier, snapshotters: this.snapshotters });
  }

  static async open(options: ImageWorldOptions): Promise<ImageWorld> {
    const { dir, snapshotDir = join(dir, "snapshots") } = options;
    mkdirSync(dir, { recursive: true });
    const events: string[] = [];
    const publish = <T>(_namespace: string, { typeName }: Codec<T>): void => void events.push(typeName);
    const metadata = Metadata.open(join(dir, "metadata.db"), { events: { publish } });
    const pool = new WorkerPool();
    const snapshotters = await openSnapshotters({
      dir: snapshotDir,
      records: metadata.snapshots,
      database: metadata.database,
      pool,
      log: NO_LOG,
    });
    return new ImageWorld(options, metadata, pool, snapshotters, events);
  }

  /** Puts a blob into the content store. */
  async put(bytes: Buffer, mediaType: string): Promise<Descriptor> {
    const digest = digestOf(bytes);
    async function* once(): AsyncGenerator<Buffer> {
      yield bytes;
    }
    await this.content.ingest(this.namespace, `ref-${digest}`, once(), {
      expected: digest,
      size: bytes.length,
    });
    return Descriptor.create({ mediaType, digest, size: BigInt(bytes.length) });
  }

  /** Makes an image of layers, lowest first, and returns the descriptor of its manifest. */
  async image(...layers: readonly LayerInit[]): Promise<Descriptor> {
    const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
    const plain = ({ mediaType, digest, size }: Descriptor): unknown => ({
      mediaType,
      digest,
      size: Number(size),
    });
    const { os, architecture } = hostPlatform();
    const config = await this.put(
      json({
        os,
        architecture,
        rootfs: { type: "layers", diff_ids: layers.map(({ archive }) => digestOf(archive)) },
      }),
      MediaType.ociConfig,
    );
    const blobs: unknown[] = [];
    for (const { blob, mediaType = "application/vnd.oci.image.layer.v1.tar" } of layers) {
      blobs.push(plain(await this.put(blob, mediaType)));
    }
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      config: plain(config),
      layers: blobs,
    };
    return await this.put(json(manifest), MediaType.ociManifest);
  }

  /** Names of the namespace's snapshots. */
  snapshotNames(snapshotter: string): string[] {
    return [...this.snapshotters.get(snapshotter).list(this.namespace, [])].map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.snapshotters[Symbol.asyncDispose]();
    await this.pool[Symbol.asyncDispose]();
    this.metadata[Symbol.dispose]();
    await unmountAll(this.dir);
  }
}
