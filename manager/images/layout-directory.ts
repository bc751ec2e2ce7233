// An OCI layout as a directory: its files in the shape of an archive's entries, and a directory out of an archive's files.
// Links are not followed: what is read lies in the directory, and what is written replaces nothing outside of it.
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { INDEX_FILE, LAYOUT_FILE } from "./archive-contents.ts";
import { storageError } from "./storage-error.ts";
import type { TarEntry } from "./tar-reader.ts";
import type { ArchiveFile } from "./tar-writer.ts";

const CHUNK_BYTES = 256 * 1024;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** The files of a layout, opened one after the other. Throws an error that names the directory. */
export async function* layoutEntries(dir: string): AsyncGenerator<TarEntry, void, undefined> {
  try {
    for (const name of [LAYOUT_FILE, INDEX_FILE]) yield* fileEntry(dir, name);
    for (const algorithm of await readdir(join(dir, "blobs"))) {
      for (const name of await readdir(join(dir, "blobs", algorithm))) {
        // Work in progress of whoever writes there.
        if (!name.startsWith(".")) yield* fileEntry(dir, join("blobs", algorithm, name));
      }
    }
  } catch (caught) {
    throw storageError("read files", dir, caught);
  }
}

async function* fileEntry(dir: string, name: string): AsyncGenerator<TarEntry, void, undefined> {
  const file = await open(join(dir, name), O_RDONLY | O_NOFOLLOW);
  try {
    const stats = await file.stat();
    const type = stats.isFile() ? "file" : "other";
    yield { name, type, size: stats.size, linkName: "", offset: 0, content: read(file) };
  } finally {
    await file.close();
  }
}

async function* read(file: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (let position = 0; ; ) {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Writes files below `dir`, each there whole or not at all, the last one last. Throws an error that names the directory. */
export async function writeLayout(dir: string, files: Iterable<ArchiveFile>): Promise<void> {
  try {
    for (const { name, mode, content } of files) {
      const path = join(dir, name);
      await mkdir(dirname(path), { recursive: true });
      const beside = join(dirname(path), `.${process.pid}.part`);
      await rm(beside, { force: true });
      const file = await open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
      try {
        for await (const bytes of content()) await file.writeFile(bytes);
        await file.sync();
        await rename(beside, path);
      } catch (caught) {
        await rm(beside, { force: true });
        throw caught;
      } finally {
        await file.close();
      }
    }
  } catch (caught) {
    throw storageError("write files", dir, caught);
  }
}
