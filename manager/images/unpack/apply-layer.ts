// Unpacking one layer, as a job of a worker: file → decompressed → hashed → read as tar → written. The digest of the
// uncompressed bytes is the layer's diff id; it counts everything, padding behind the archive's end included.
// On failure the directory holds a part of the layer: whoever made the directory removes it.
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { syncFilesystem } from "../../../sys/file-node.ts";
import { decompress } from "./decompress.ts";
import { type LayerLimits, LayerMeter } from "./layer-limits.ts";
import { type DevicePolicy, LayerWriter } from "./layer-writer.ts";
import type { LayerTarget } from "./root-directories.ts";
import { TarReader } from "./tar-reader.ts";

/** What a worker is told. */
export interface ApplyLayerJob {
  /** An open descriptor of the process, borrowed until the job has ended. */
  readonly fd: number;
  readonly sizeBytes: number;
  readonly target: LayerTarget;
  readonly limits: LayerLimits;
  readonly devices: DevicePolicy;
  /** Whether everything must be on the disk before the job ends. */
  readonly sync: boolean;
}

/** What came out. */
export interface AppliedLayer {
  /** Of the uncompressed archive. */
  readonly diffId: string;
  readonly sizeBytes: number;
}

/** Unpacks a layer into its target. */
export async function applyLayer(job: ApplyLayerJob): Promise<AppliedLayer> {
  const hash = createHash("sha256");
  const meter = new LayerMeter(job.limits, job.sizeBytes);
  using writer = new LayerWriter(job.target, meter, job.devices);
  const reader = new TarReader(writer);
  await decompress(job.fd, job.sizeBytes, (bytes) => {
    meter.addBytes(bytes.length);
    hash.update(bytes);
    reader.push(bytes);
  });
  reader.end();
  writer.finish();
  if (job.sync) syncDirectoryTree(job.target.rootDir);
  return { diffId: `sha256:${hash.digest("hex")}`, sizeBytes: meter.totalBytes };
}

function syncDirectoryTree(dir: string): void {
  const fd = openSync(dir, "r");
  try {
    syncFilesystem(fd);
  } finally {
    closeSync(fd);
  }
}
