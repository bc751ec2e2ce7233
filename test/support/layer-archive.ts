// Layers made by hand, for tests: entries as one writes them down, honest or not.
import { TAR_END, type TarEntryInit, tarHeader, tarPadding } from "../../manager/trees/tar-writer.ts";

/** An entry: what is not said is a file of root's, mode 0644, from 2023. */
export interface LayerEntry extends Partial<Omit<TarEntryInit, "flag" | "name">> {
  readonly name: string;
  /** A flag of ustar; any character, for those that do not exist. */
  readonly flag?: string;
  readonly data?: string | Buffer;
}

export const LAYER_TIME_NS = 1_700_000_000_000_000_000n;

/** The bytes of one entry. Text is UTF-8. */
export function entryBytes({ data = "", flag = "0", ...entry }: LayerEntry): Buffer {
  const body = Buffer.from(data as string);
  const name = Buffer.from(entry.name).toString("latin1");
  const mode = flag === "5" ? 0o755 : 0o644;
  const init = { mode, mtimeNs: LAYER_TIME_NS, size: body.length, ...entry, name, flag: flag as "0" };
  return Buffer.concat([tarHeader(init), body, tarPadding(body.length)]);
}

/** An archive of these entries; a Buffer among them goes in as it is. */
export function layerArchive(...entries: readonly (LayerEntry | Buffer)[]): Buffer {
  const parts = entries.map((entry) => (Buffer.isBuffer(entry) ? entry : entryBytes(entry)));
  return Buffer.concat([...parts, TAR_END]);
}

/** Makes the checksum of a header right again after a test has changed the header. */
export function withChecksum(header: Buffer): Buffer {
  header.write("        ", 148, "latin1");
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
