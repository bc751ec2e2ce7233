// Writes an archive as a stream of bytes: header, content, filler, entry after entry, and the two blocks of zeros. Pull: nothing
// is read before somebody takes it.
import { Code, HawserError } from "../../proto/errors.ts";
import { BLOCK_BYTES, encodeHeader, padding } from "./tar-header.ts";

/** A file to be written; its content is opened when its turn comes. */
export interface ArchiveFile {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  /** Exactly `size` bytes. */
  readonly content: () => AsyncIterable<Uint8Array>;
}

/** The archive of these files, with the directories in front that they are in. Throws DataLoss when a content is not as long as it should be. */
export async function* writeTar(files: Iterable<ArchiveFile>): AsyncGenerator<Uint8Array, void, undefined> {
  const made = new Set<string>();
  for (const { name, size, mode, content } of files) {
    for (const directory of directoriesOf(name)) {
      if (made.has(directory)) continue;
      made.add(directory);
      yield encodeHeader({ name: directory, type: "directory", size: 0, mode: 0o755 });
    }
    yield encodeHeader({ name, type: "file", size, mode });
    let written = 0;
    for await (const bytes of content()) {
      written += bytes.length;
      if (written > size) break;
      yield bytes;
    }
    if (written !== size) {
      throw new HawserError(Code.DataLoss, `write tar: entry "${name}": it is not ${size} bytes long`);
    }
    if (size % BLOCK_BYTES !== 0) yield padding(size);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function directoriesOf(name: string): string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join("/")}/`);
}
