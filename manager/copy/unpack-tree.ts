// A tar archive into a directory that is there, as `cp` would do it: files replace files, directories are merged, and nothing
// becomes something of another kind. Synchronous, piece by piece: runs in a program of its own.
// Always true: nothing is written outside of the directory, whatever the archive says.
import { Code, HawserError } from "../../proto/errors.ts";
import { baseOf, cleanName, directoryOf, joinPath, quotePath } from "../images/unpack/byte-path.ts";
import { LayerMeter } from "../images/unpack/layer-limits.ts";
import { LayerWriter } from "../images/unpack/layer-writer.ts";
import { type TarEntry, type TarHandler, TarReader } from "../images/unpack/tar-reader.ts";

/** How to unpack. */
export interface UnpackOptions {
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly hasDevices: boolean;
}

/** What is copied is the user's, who sees what it costs. */
const NO_LIMITS = {
  totalBytes: Number.POSITIVE_INFINITY,
  entries: Number.POSITIVE_INFINITY,
  fileBytes: Number.POSITIVE_INFINITY,
  ratio: Number.POSITIVE_INFINITY,
  ratioFreeBytes: Number.POSITIVE_INFINITY,
};

/** Unpacks one archive: `push` its bytes, then `end`. */
export class TreeUnpacker implements Disposable {
  readonly #writer: LayerWriter;
  readonly #reader: TarReader;

  constructor(directory: string, { owner, hasDevices }: UnpackOptions) {
    const target = { kind: "plain", rootDir: directory, lowerDirs: [] } as const;
    this.#writer = new LayerWriter(target, new LayerMeter(NO_LIMITS, 0), hasDevices ? "make" : "skip", false);
    this.#reader = new TarReader(new CopyHandler(this.#writer, owner));
  }

  /** The next bytes, borrowed. Throws InvalidArgument for what is no tar archive, FailedPrecondition for a change of kind, system errors. */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  /** No more bytes come. */
  end(): void {
    this.#reader.end();
    this.#writer.finish();
  }

  [Symbol.dispose](): void {
    this.#writer[Symbol.dispose]();
  }
}

/** Stands before the writer: gives entries their owner, and keeps kinds as they are. */
class CopyHandler implements TarHandler {
  readonly #writer: LayerWriter;
  readonly #owner: UnpackOptions["owner"];

  constructor(writer: LayerWriter, owner: UnpackOptions["owner"]) {
    this.#writer = writer;
    this.#owner = owner;
  }

  entry(entry: TarEntry): void {
    this.#checkKind(entry);
    this.#writer.entry(this.#owner === undefined ? entry : { ...entry, ...this.#owner });
  }

  data(bytes: Buffer): void {
    this.#writer.data(bytes);
  }

  entryEnd(): void {
    this.#writer.entryEnd();
  }

  extension(): void {
    this.#writer.extension();
  }

  #checkKind({ name, type }: TarEntry): void {
    const path = cleanName(name);
    if (path === "") return;
    const { directories } = this.#writer;
    const existing = directories.stat(joinPath(directories.resolve(directoryOf(path)), baseOf(path)));
    if (existing === undefined || existing.isDirectory() === (type === "directory")) return;
    const [old, wanted] = type === "directory" ? ["a file", "a directory"] : ["a directory", "a file"];
    const message = `copy ${quotePath(path)}: ${old} is there, and ${wanted} would replace it; remove it first`;
    throw new HawserError(Code.FailedPrecondition, message);
  }
}
