// Making a layer from what has changed, as a job of a worker: changes → tar → hashed → compressed → out in pieces. Nothing of it
// is ever held whole. The same trees give the same bytes: order, headers and compression depend on nothing else.
import { createHash, type Hash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { baseOf, directoryOf, joinPath, toBytePath, toSystemPath } from "../images/unpack/byte-path.ts";
import { EntryWriter } from "./entry-writer.ts";
import type { DiffedTrees, DiffTreesJob } from "./jobs.ts";
import { TAR_END, tarHeader } from "./tar-writer.ts";
import { compareTrees, type TreeChange, upperChanges } from "./tree-changes.ts";

const PIECE_BYTES = 256 * 1024;

/** Writes the layer; `emit` takes its compressed bytes, each piece the receiver's to keep. */
export async function diffTrees(
  job: DiffTreesJob,
  emit: (bytes: Buffer) => Promise<void>,
): Promise<DiffedTrees> {
  const total = { hash: createHash("sha256"), sizeBytes: 0 };
  const source = Readable.from(inPieces(new LayerText(job).bytes(), total), {
    objectMode: true,
    highWaterMark: 1,
  });
  const sink = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) await emit(chunk);
  };
  if (job.compression === "gzip") await pipeline(source, createGzip({ chunkSize: PIECE_BYTES }), sink);
  else if (job.compression === "zstd") {
    await pipeline(source, createZstdCompress({ chunkSize: PIECE_BYTES }), sink);
  } else await pipeline(source, sink);
  return { diffId: `sha256:${total.hash.digest("hex")}`, sizeBytes: total.sizeBytes };
}

// Small things gathered, so that neither the hash nor the compressor is called for every header.
function* inPieces(
  bytes: Iterable<Buffer>,
  total: { readonly hash: Hash; sizeBytes: number },
): Generator<Buffer, void, undefined> {
  let gathered: Buffer[] = [];
  let size = 0;
  const flush = (): Buffer => {
    const piece = Buffer.concat(gathered);
    total.hash.update(piece);
    total.sizeBytes += piece.length;
    gathered = [];
    size = 0;
    return piece;
  };
  for (const piece of bytes) {
    gathered.push(piece);
    size += piece.length;
    if (size >= PIECE_BYTES) yield flush();
  }
  yield flush();
}

class LayerText {
  readonly #job: DiffTreesJob;
  readonly #root: string;
  readonly #entries: EntryWriter;

  constructor(job: DiffTreesJob) {
    this.#job = job;
    this.#root = toBytePath(job.rightDir);
    this.#entries = new EntryWriter(job.latestNs);
  }

  *bytes(): Generator<Buffer, void, undefined> {
    const { leftDir, rightDir, upperOf } = this.#job;
    const changes = upperOf === undefined ? compareTrees(leftDir, rightDir) : upperChanges(rightDir, upperOf);
    for (const change of changes) yield* this.#change(change);
    yield TAR_END;
  }

  *#change(change: TreeChange): Generator<Buffer, void, undefined> {
    const { path } = change;
    if (change.kind === "removed") yield this.#whiteout(joinPath(directoryOf(path), `.wh.${baseOf(path)}`));
    else if (change.kind === "emptied") yield this.#whiteout(joinPath(path, ".wh..wh..opq"));
    else yield* this.#entries.entry(path, toSystemPath(`${this.#root}/${path}`), change.stats);
  }

  #whiteout(name: string): Buffer {
    return tarHeader({ name, flag: "0", mode: 0, mtimeNs: this.#job.latestNs ?? 0n });
  }
}
