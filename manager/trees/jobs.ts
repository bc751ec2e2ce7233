// What is done with whole trees of files, away from the event loop: each kind of job with what it is told and what it answers.
// Both sides of the worker's port import this and nothing of each other. Values cross by structured clone.
import type { AppliedLayer, ApplyLayerJob } from "../images/unpack/apply-layer.ts";

/** Every kind of job: `[what it is told, what it answers]`. */
export interface TreeJobs {
  applyLayer: [ApplyLayerJob, AppliedLayer];
  copyTree: [CopyTreeJob, undefined];
  measureTree: [MeasureTreeJob, TreeUsage];
  removeTree: [RemoveTreeJob, undefined];
  diffTrees: [DiffTreesJob, DiffedTrees];
}

export type TreeJobName = keyof TreeJobs;

/** Copies a tree into an empty directory, with everything that belongs to its files. */
export interface CopyTreeJob {
  readonly source: string;
  readonly target: string;
}

/** Counts what a tree takes on the disk. */
export interface MeasureTreeJob {
  readonly dir: string;
}

/** Blocks on the disk and inodes; a file with several names counts once. */
export interface TreeUsage {
  readonly sizeBytes: number;
  readonly inodes: number;
}

/** Removes a tree; one that is not there is no error. */
export interface RemoveTreeJob {
  readonly dir: string;
}

/** Makes a layer from two trees. Its compressed bytes leave the worker in pieces. */
export interface DiffTreesJob {
  /** What was there before; undefined is nothing. */
  readonly leftDir: string | undefined;
  readonly rightDir: string;
  /** `rightDir` is the upper directory over these: what it holds is the difference already, and `leftDir` is not looked at. */
  readonly upperOf: readonly string[] | undefined;
  readonly compression: "none" | "gzip" | "zstd";
  /** No time in the layer is later than this, in nanoseconds since the epoch. */
  readonly latestNs: bigint | undefined;
}

/** What a difference was, uncompressed. */
export interface DiffedTrees {
  readonly diffId: string;
  readonly sizeBytes: number;
}

/** What the manager tells a worker. */
export type ToWorker =
  | { readonly kind: "job"; readonly name: TreeJobName; readonly job: unknown }
  /** A piece was taken: the next one may come. */
  | { readonly kind: "taken" };

/** What a worker tells the manager. */
export type FromWorker =
  | { readonly kind: "piece"; readonly bytes: Uint8Array }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "failed"; readonly code: number; readonly message: string };
