// Making a layer from what has changed, as a job of a worker: changes → tar → hashed → compressed → out in pieces. Nothing of it
// is ever held whole. The same trees give the same bytes: order, headers and compression depend on nothing else.
import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, openSync, readlinkSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { Code, HawserError } from "../../proto/errors.ts";
import { deviceParts } from "../../sys/file-node.ts";
import { getXattr, listXattrs } from "../../sys/xattr.ts";
import {
  baseOf,
  directoryOf,
  joinPath,
  quotePath,
  toBytePath,
  toSystemPath,
} from "../images/unpack/byte-path.ts";
import type { DiffedTrees, DiffTreesJob } from "./jobs.ts";
import { TAR_END, type TarEntryInit, tarHeader, tarPadding } from "./tar-writer.ts";
import { compareTrees, isOfLayer, type TreeChange, upperChanges } from "./tree-changes.ts";

const PIECE_BYTES = 256 * 1024;
const MODE_BITS = 0o7777;

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
  /** Inode → the first name under which this layer has it. */
  readonly #linked = new Map<bigint, string>();

  constructor(job: DiffTreesJob) {
    this.#job = job;
    this.#root = toBytePath(job.rightDir);
  }

  *bytes(): Generator<Buffer, void, undefined> {
    const { leftDir, rightDir, upperOf } = this.#job;
    const changes = upperOf === undefined ? compareTrees(leftDir, rightDir) : upperChanges(rightDir, upperOf);
    for (const change of changes) yield* this.#change(change);
    yield TAR_END;
  }

  *#change(change: TreeChange): Generator<Buffer, void, undefined> {
    const { path } = change;
    if (change.kind === "removed") {
      yield this.#whiteout(joinPath(directoryOf(path), `.wh.${baseOf(path)}`));
      return;
    }
    if (change.kind === "emptied") {
      yield this.#whiteout(joinPath(path, ".wh..wh..opq"));
      return;
    }
    const { stats } = change;
    // A layer has no word for a socket, and nobody listens on this one any more.
    if (stats.isSocket()) return;
    const absolute = toSystemPath(`${this.#root}/${path}`);
    const common = {
      name: path,
      mode: Number(stats.mode) & MODE_BITS,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mtimeNs: this.#time(stats.mtimeNs),
      attributes: this.#attributes(absolute),
    };
    const first = stats.isDirectory() || stats.nlink === 1n ? undefined : this.#linked.get(stats.ino);
    if (first !== undefined) {
      yield tarHeader({ ...common, flag: "1", linkName: first });
      return;
    }
    if (!stats.isDirectory() && stats.nlink > 1n) this.#linked.set(stats.ino, path);
    if (stats.isDirectory()) yield tarHeader({ ...common, name: `${path}/`, flag: "5" });
    else if (stats.isSymbolicLink()) {
      const linkName = readlinkSync(absolute, { encoding: "buffer" }).toString("latin1");
      yield tarHeader({ ...common, flag: "2", linkName });
    } else if (stats.isFile()) {
      const size = Number(stats.size);
      yield tarHeader({ ...common, flag: "0", size });
      yield* fileBytes(absolute, size, path);
      yield tarPadding(size);
    } else {
      const flag = stats.isFIFO() ? "6" : stats.isBlockDevice() ? "4" : "3";
      yield tarHeader({ ...common, flag, ...(flag === "6" ? {} : deviceParts(Number(stats.rdev))) });
    }
  }

  #whiteout(name: string): Buffer {
    return tarHeader({ name, flag: "0", mode: 0, mtimeNs: this.#job.latestNs ?? 0n });
  }

  #time(time: bigint): bigint {
    const { latestNs } = this.#job;
    return latestNs !== undefined && time > latestNs ? latestNs : time;
  }

  #attributes(path: string | Buffer): NonNullable<TarEntryInit["attributes"]> {
    const names = listXattrs(path).filter(isOfLayer);
    names.sort((a, b) => (a < b ? -1 : 1));
    return names.map((name) => [name, getXattr(path, name) ?? Buffer.alloc(0)] as const);
  }
}

// Exactly as many bytes as the header has said: a file that somebody changes meanwhile would shift everything behind it.
function* fileBytes(file: string | Buffer, size: number, path: string): Generator<Buffer, void, undefined> {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let left = size; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, PIECE_BYTES));
      const count = readSync(fd, piece);
      if (count === 0) {
        throw new HawserError(
          Code.Aborted,
          `make layer: ${quotePath(path)} has become shorter meanwhile; try again`,
        );
      }
      left -= count;
      yield piece.subarray(0, count);
    }
  } finally {
    closeSync(fd);
  }
}
