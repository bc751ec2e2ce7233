// The entries of a tar archive, one after the other, as their bytes come in. Memory is constant: what is kept of an archive is
// one header and one piece.
// Why not tar-stream: it collects extended headers of up to 4 MiB, merges a global one into each entry's (quadratic work for
// who sends many), takes a size of 2^90 for a size, and its errors do not say where. What is trusted here is bounded first.
import { Code, HawserError, messageOf } from "../../proto/errors.ts";
import { ByteSource } from "./byte-source.ts";
import {
  BLOCK_BYTES,
  decodeHeader,
  decodeLongName,
  decodePax,
  padding,
  type TarHeader,
  type TarType,
} from "./tar-header.ts";

/** One entry. Its content can be read until the next entry is asked for; what was not read then is skipped. */
export interface TarEntry {
  readonly name: string;
  readonly type: Extract<TarType, "file" | "directory" | "symlink" | "link" | "other">;
  readonly size: number;
  readonly linkName: string;
  /** At which byte of the archive its header begins. */
  readonly offset: number;
  readonly content: AsyncIterable<Buffer>;
}

/** What an archive may have. */
export interface TarLimits {
  readonly maxEntries: number;
  /** Of the archive, uncompressed. */
  readonly maxBytes: number;
}

/** An image has hundreds of entries; a terabyte is more than any. */
export const DEFAULT_TAR_LIMITS: TarLimits = { maxEntries: 100_000, maxBytes: 2 ** 40 };

/** Longest extended header: room for a name and what else programs write there. Bytes. */
const MAX_EXTENDED_BYTES = 64 * 1024;
/** Linux's PATH_MAX. Bytes. */
const MAX_NAME_BYTES = 4096;
/** Bytes of content that are handed on at once. */
const CHUNK_BYTES = 256 * 1024;
/** Extended headers in a row before an entry: its name and its link, GNU's and PAX's, and a global one. */
const MAX_EXTENDED_HEADERS = 8;

/**
 * Reads an archive to its end and whatever follows. Throws InvalidArgument, naming entry and byte, for what is no tar, is
 * cut off, or goes beyond the limits; what the source throws comes as it is.
 */
export async function* readTar(
  archive: AsyncIterable<Uint8Array>,
  limits: TarLimits = DEFAULT_TAR_LIMITS,
): AsyncGenerator<TarEntry, void, undefined> {
  await using source = new ByteSource(archive);
  for (let count = 1; ; count++) {
    const header = await readHeader(source, limits);
    if (header === undefined) break;
    if (count > limits.maxEntries)
      throw flaw(header, `the archive has more than ${limits.maxEntries} entries`);
    if (header.offset + header.size > limits.maxBytes) {
      throw flaw(header, `it ends beyond ${limits.maxBytes} bytes, the most an archive may have`);
    }
    let left = header.size;
    const read = async (): Promise<Buffer | undefined> => {
      if (left === 0) return undefined;
      const bytes = await source.some(Math.min(left, CHUNK_BYTES));
      if (bytes === undefined)
        throw flaw(header, `the archive ends ${left} bytes before the end of its ${header.size}`);
      left -= bytes.length;
      return bytes;
    };
    yield { ...header, content: content(read) };
    while ((await read()) !== undefined);
    const filler = padding(header.size).length;
    if ((await source.exactly(filler)).length < filler)
      throw flaw(header, "the archive ends in its last block");
  }
  await drain(source, limits);
}

async function* content(read: () => Promise<Buffer | undefined>): AsyncGenerator<Buffer, void, undefined> {
  for (let bytes = await read(); bytes !== undefined; bytes = await read()) yield bytes;
}

type EntryHeader = Omit<TarEntry, "content">;

// Extended headers, as many as come, and the header that they are about.
async function readHeader(source: ByteSource, limits: TarLimits): Promise<EntryHeader | undefined> {
  const { offset } = source;
  let name: string | undefined;
  let linkName: string | undefined;
  let size: number | undefined;
  for (let extended = 0; ; extended++) {
    const at = source.offset;
    const block = await source.exactly(BLOCK_BYTES);
    // An archive without its two blocks of zeros is whole for GNU tar, too.
    if (block.length === 0 && extended === 0) return undefined;
    if (block.length < BLOCK_BYTES) throw flaw({ name, offset: at }, "the archive ends in its header");
    const header = decode({ name, offset: at }, () => decodeHeader(block));
    if (header === undefined) {
      if (extended === 0) return undefined;
      throw flaw({ name, offset: at }, "the archive ends after an extended header");
    }
    if (!isExtended(header)) {
      const entry = { ...header, name: name ?? header.name, linkName: linkName ?? header.linkName, offset };
      return checkEntry({
        ...entry,
        size: header.type === "file" || header.type === "other" ? (size ?? header.size) : 0,
      });
    }
    if (extended === MAX_EXTENDED_HEADERS || at > limits.maxBytes) {
      throw flaw({ name, offset: at }, `it has more than ${MAX_EXTENDED_HEADERS} extended headers`);
    }
    const data = await readExtended(source, header, at);
    if (header.type === "gnu-name") name = decode({ name, offset: at }, () => decodeLongName(data));
    else if (header.type === "gnu-link") linkName = decode({ name, offset: at }, () => decodeLongName(data));
    else if (header.type === "pax") {
      const fields = decode({ name, offset: at }, () => decodePax(data));
      name = fields.path ?? name;
      linkName = fields.linkpath ?? linkName;
      size = fields.size ?? size;
    }
    // A global header speaks of comments and times; names in it would be the same for all entries.
  }
}

type ExtendedHeader = TarHeader & { type: "pax" | "pax-global" | "gnu-name" | "gnu-link" };

function isExtended(header: TarHeader): header is ExtendedHeader {
  return ["pax", "pax-global", "gnu-name", "gnu-link"].includes(header.type);
}

async function readExtended(source: ByteSource, { size }: TarHeader, offset: number): Promise<Buffer> {
  if (size > MAX_EXTENDED_BYTES) {
    throw flaw({ offset }, `its extended header has ${size} bytes, at most ${MAX_EXTENDED_BYTES} are read`);
  }
  const filler = padding(size).length;
  const data = await source.exactly(size + filler);
  if (data.length < size + filler) throw flaw({ offset }, "the archive ends in its extended header");
  return data.subarray(0, size);
}

function checkEntry(entry: TarHeader & { offset: number }): EntryHeader {
  for (const name of [entry.name, entry.linkName]) {
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw flaw({ offset: entry.offset }, `its name has more than ${MAX_NAME_BYTES} bytes`);
    }
  }
  return entry as EntryHeader;
}

// Compressed archives end with a checksum that is only looked at when somebody reads up to it.
async function drain(source: ByteSource, { maxBytes }: TarLimits): Promise<void> {
  while ((await source.some(CHUNK_BYTES)) !== undefined) {
    if (source.offset > maxBytes)
      throw flaw({ offset: source.offset }, `the archive has more than ${maxBytes} bytes`);
  }
}

function decode<T>(place: { name?: string | undefined; offset: number }, body: () => T): T {
  try {
    return body();
  } catch (caught) {
    throw flaw(place, messageOf(caught), caught);
  }
}

function flaw(
  place: { name?: string | undefined; offset: number },
  reason: string,
  cause?: unknown,
): HawserError {
  const entry = place.name === undefined ? "entry" : `entry ${JSON.stringify(place.name.slice(0, 200))}`;
  return new HawserError(Code.InvalidArgument, `read tar: ${entry} at byte ${place.offset}: ${reason}`, {
    cause,
  });
}
