// Applying layers: a blob of the content store onto the mounts of a snapshot. The work is done by a worker; here it is decided
// where to: straight into an overlay's upper directory, or a bind's source, without mounting anything; other mounts are made
// for the time of the work.
// A layer that fails leaves a part of itself in the snapshot. Whoever prepared the snapshot removes it; but when the disk is
// full, the record of that removal may not find room either, so that what filled an empty snapshot goes at once.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError, hasCode, isResourceExhausted } from "../../proto/errors.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import type { Log } from "../log.ts";
import { jobError } from "../trees/job-error.ts";

import type { WorkerPool } from "../trees/worker-pool.ts";
import type { ContentStore } from "./content-store.ts";
import { LAYER_TYPE, layerCompression } from "./layer-type.ts";
import { bindOf, overlayOf } from "./mount-target.ts";
import { TemporaryMount } from "./temporary-mount.ts";
import type { AppliedLayer, ApplyLayerJob } from "./unpack/apply-layer.ts";
import { DEFAULT_LAYER_LIMITS, type LayerLimits } from "./unpack/layer-limits.ts";
import type { DevicePolicy } from "./unpack/layer-writer.ts";
import type { LayerTarget } from "./unpack/root-directories.ts";

/** What an applier works with. Everything is borrowed. */
export interface ApplierOptions {
  readonly content: Pick<ContentStore, "open" | "verify">;
  readonly pool: WorkerPool;
  /** Where mounts are made that are not binds or overlays. */
  readonly mountDir: string;
  readonly log: Log;
  readonly limits?: Partial<LayerLimits> | undefined;
  /** "make", unless told. */
  readonly devices?: DevicePolicy | undefined;
}

/** What is said of one layer. */
export interface ApplyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<LayerLimits> | undefined;
  /** Whether everything must be on the disk when this returns. */
  readonly sync?: boolean | undefined;
}

/** Applies layers to mounts. */
export class Applier {
  readonly #options: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /**
   * Unpacks a layer and returns the descriptor of its uncompressed bytes: the digest is the diff id. Throws InvalidArgument for
   * a layer that is hostile or was made wrongly, DataLoss when its blob is damaged, ResourceExhausted when it is over a limit or the disk is full, Unimplemented for a
   * media type that is no layer's, and the reason of `signal`. The writing has ended when this returns or throws.
   */
  async apply(
    namespace: string,
    layer: Init<Descriptor>,
    mounts: readonly Init<Mount>[],
    { signal, limits, sync = false }: ApplyOptions = {},
  ): Promise<Descriptor> {
    const { digest = "", mediaType = "" } = layer;
    layerCompression(mediaType);
    signal?.throwIfAborted();
    try {
      await using blob = await this.#options.content.open(namespace, digest);
      const target = targetOf(mounts);
      await using made = target === undefined ? await this.#mount(mounts, signal) : undefined;
      const job = {
        fd: blob.fd,
        sizeBytes: blob.size,
        target: target ?? { kind: "plain" as const, rootDir: made?.dir ?? "", lowerDirs: [] },
        limits: { ...DEFAULT_LAYER_LIMITS, ...this.#options.limits, ...limits },
        devices: this.#options.devices ?? ("make" as const),
        sync,
      };
      const applied = await this.#run(job, signal);
      return Descriptor.create({
        mediaType: LAYER_TYPE,
        digest: applied.diffId,
        size: BigInt(applied.sizeBytes),
      });
    } catch (caught) {
      if (signal?.aborted) throw signal.reason;
      const error = jobError(caught);
      // The disk that fails may be the one that it is unpacked to.
      const isSuspect = hasCode(error, Code.InvalidArgument) || hasCode(error, Code.DataLoss);
      if (isSuspect) await this.blame(namespace, digest, { signal });
      throw error.wrap(`apply layer "${digest}"`);
    }
  }

  /**
   * For a layer that does not unpack to what it should: throws DataLoss when that is because its blob is damaged. The content
   * store knows it from then on, so that importing or pulling the image again heals it. Returns when the blob is whole.
   */
  async blame(
    namespace: string,
    digest: string,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    try {
      await this.#options.content.verify(namespace, digest, signal === undefined ? {} : { signal });
    } catch (caught) {
      if (signal?.aborted) throw signal.reason;
      // Anything else, such as a blob that was deleted meanwhile, explains nothing: the caller's error stands.
      if (hasCode(caught, Code.DataLoss)) throw HawserError.from(caught).wrap(`apply layer "${digest}"`);
    }
  }

  async #run(job: ApplyLayerJob, signal: AbortSignal | undefined): Promise<AppliedLayer> {
    const { pool, log } = this.#options;
    const { rootDir } = job.target;
    const isEmpty = (await readdir(rootDir)).length === 0;
    try {
      return await pool.run("applyLayer", job, { signal });
    } catch (caught) {
      if (isEmpty && isResourceExhausted(jobError(caught))) {
        for (const name of await readdir(rootDir)) {
          await pool.run("removeTree", { dir: join(rootDir, name) }).catch((error: unknown) => {
            log.warn("make room after a layer that did not fit: ignoring", { error });
          });
        }
      }
      throw caught;
    }
  }

  #mount(mounts: readonly Init<Mount>[], signal: AbortSignal | undefined): Promise<TemporaryMount> {
    const { mountDir, log } = this.#options;
    return TemporaryMount.make(mounts, { dir: mountDir, log, signal });
  }
}

// Undefined where the mounts have to be made.
function targetOf(mounts: readonly Init<Mount>[]): LayerTarget | undefined {
  if (mounts.length === 0) throw new HawserError(Code.InvalidArgument, "there are no mounts to apply it to");
  const overlay = overlayOf(mounts);
  if (overlay !== undefined) {
    if (overlay.upperDir === undefined) throw readOnly();
    return { kind: "overlay", rootDir: overlay.upperDir, lowerDirs: overlay.lowerDirs };
  }
  const bind = bindOf(mounts);
  if (bind === undefined) return undefined;
  if (bind.isReadOnly) throw readOnly();
  return { kind: "plain", rootDir: bind.source, lowerDirs: [] };
}

function readOnly(): HawserError {
  return new HawserError(Code.FailedPrecondition, "the snapshot is read-only; prepare one to write into");
}
