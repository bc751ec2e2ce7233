// Making layers: what `right` has and `left` has not becomes a tar archive in the content store, written while it is made. The
// work is done by a worker. An overlay over exactly what `left` shows need not be compared: its upper directory is the
// difference. Everything else is, mounted read-only for the time of the work where it is not a bind.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError, hasCode } from "../../proto/errors.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import type { Log } from "../log.ts";
import { jobError } from "../trees/job-error.ts";
import type { DiffedTrees, DiffTreesJob } from "../trees/jobs.ts";
import type { WorkerPool } from "../trees/worker-pool.ts";
import type { ContentStore } from "./content-store.ts";
import type { IngestWriter } from "./ingest-writer.ts";
import { LAYER_TYPE, layerCompression } from "./layer-type.ts";
import { bindOf, overlayOf, readOnlyMounts } from "./mount-target.ts";
import { TemporaryMount } from "./temporary-mount.ts";

/** What a differ works with. Everything is borrowed. */
export interface DifferOptions {
  readonly content: Pick<ContentStore, "write" | "abort" | "update">;
  readonly pool: WorkerPool;
  readonly mountDir: string;
  readonly log: Log;
}

/** What is said of one layer. */
export interface DiffOptions {
  /** An uncompressed one, or one with gzip or zstd; gzip unless told. */
  readonly mediaType?: string | undefined;
  /** Ref of the ingest; made up unless told. */
  readonly ref?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly lease?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** SOURCE_DATE_EPOCH: no time in the layer is later. Nanoseconds since the epoch. */
  readonly latestNs?: bigint | undefined;
}

/** Label of a compressed layer: the digest of its uncompressed bytes. */
export const UNCOMPRESSED_LABEL = "containerd.io/uncompressed";

type Trees = Pick<DiffTreesJob, "leftDir" | "rightDir" | "upperOf">;

/** Makes layers from mounts. */
export class Differ {
  readonly #options: DifferOptions;

  constructor(options: DifferOptions) {
    this.#options = options;
  }

  /**
   * Makes the layer that turns `left` into `right` and returns its descriptor. No mounts on the left: everything is new. Throws
   * Unimplemented for a media type that is no layer's, ResourceExhausted for a full disk, and the reason of `signal`; on
   * failure there is no blob and no ingest.
   */
  async diff(
    namespace: string,
    left: readonly Init<Mount>[],
    right: readonly Init<Mount>[],
    options: DiffOptions = {},
  ): Promise<Descriptor> {
    const { mediaType = `${LAYER_TYPE}+gzip`, ref = `diff-${randomUUID()}`, lease, signal } = options;
    const compression = layerCompression(mediaType);
    if (right.length === 0) throw new HawserError(Code.InvalidArgument, "make layer: there are no mounts");
    signal?.throwIfAborted();
    const { content } = this.#options;
    const writer = await content.write(namespace, ref, { lease });
    try {
      if (writer.offset > 0) await writer.truncate();
      await using scope = new AsyncDisposableStack();
      const trees = await this.#trees(scope, left, right, signal);
      const job = { ...trees, compression, latestNs: options.latestNs };
      const made = await this.#options.pool.run("diffTrees", job, {
        signal,
        onPiece: (bytes) => writer.write(bytes),
      });
      return await this.#commit(namespace, writer, made, mediaType, options);
    } catch (caught) {
      await writer[Symbol.asyncDispose]();
      await this.#abort(namespace, ref);
      if (signal?.aborted) throw signal.reason;
      throw jobError(caught).wrap("make layer");
    } finally {
      await writer[Symbol.asyncDispose]();
    }
  }

  async #commit(
    namespace: string,
    writer: IngestWriter,
    made: DiffedTrees,
    mediaType: string,
    options: DiffOptions,
  ): Promise<Descriptor> {
    const isCompressed = layerCompression(mediaType) !== "none";
    const labels = { ...options.labels, ...(isCompressed && { [UNCOMPRESSED_LABEL]: made.diffId }) };
    const descriptor = Descriptor.create({ mediaType, digest: writer.digest(), size: BigInt(writer.offset) });
    try {
      await writer.commit({ labels });
    } catch (caught) {
      if (!hasCode(caught, Code.AlreadyExists)) throw caught;
      const paths = Object.keys(labels).map((key) => `labels.${key}`);
      if (paths.length > 0)
        this.#options.content.update(namespace, { digest: descriptor.digest, labels }, paths);
    }
    return descriptor;
  }

  async #abort(namespace: string, ref: string): Promise<void> {
    try {
      await this.#options.content.abort(namespace, ref);
    } catch (error) {
      if (!hasCode(error, Code.NotFound))
        this.#options.log.warn("abort ingest of a layer: ignoring", { ref, error });
    }
  }

  async #trees(
    scope: AsyncDisposableStack,
    left: readonly Init<Mount>[],
    right: readonly Init<Mount>[],
    signal: AbortSignal | undefined,
  ): Promise<Trees> {
    const over = upperOver(left, right);
    if (over !== undefined) return { leftDir: undefined, rightDir: over.upperDir, upperOf: over.lowerDirs };
    const show = async (mounts: readonly Init<Mount>[]): Promise<string> => {
      const bind = bindOf(mounts);
      if (bind !== undefined) return bind.source;
      const { mountDir: dir, log } = this.#options;
      return scope.use(await TemporaryMount.make(readOnlyMounts(mounts), { dir, log, signal })).dir;
    };
    const leftDir = left.length === 0 ? undefined : await show(left);
    return { leftDir, rightDir: await show(right), upperOf: undefined };
  }
}

// The upper directory of `right`, if `left` shows exactly what lies below it.
function upperOver(
  left: readonly Init<Mount>[],
  right: readonly Init<Mount>[],
): { upperDir: string; lowerDirs: readonly string[] } | undefined {
  const { upperDir, lowerDirs = [] } = overlayOf(right) ?? {};
  if (upperDir === undefined || movesDirectories()) return undefined;
  const bind = bindOf(left);
  const below = overlayOf(left);
  const shown =
    bind !== undefined ? [bind.source] : below?.upperDir === undefined ? below?.lowerDirs : undefined;
  const isSame = shown?.length === lowerDirs.length && shown.every((dir, index) => dir === lowerDirs[index]);
  return isSame ? { upperDir, lowerDirs } : undefined;
}

// With these the kernel leaves notes in an upper directory instead of files, and only a mount can read them.
function movesDirectories(): boolean {
  return ["redirect_dir", "metacopy"].some((name) => {
    try {
      return /^(Y|on)/.test(readFileSync(`/sys/module/overlay/parameters/${name}`, "utf8"));
    } catch {
      return true; // not known: comparing is always right
    }
  });
}
