// `--label name[=value]`, and files of such lines (--label-file).
import { refusal } from "../../oci/refusal.ts";
import { linesOf, readTextFile } from "./text-file.ts";

/** What a record takes of name and value together: containerd's limit. */
const MAX_BYTES = 4096;

/** Takes it apart; without "=" the value is empty. */
export function parseLabel(flag: string, value: string): [name: string, value: string] {
  const end = value.indexOf("=");
  const name = end < 0 ? value : value.slice(0, end);
  const text = end < 0 ? "" : value.slice(end + 1);
  if (name === "" || /\s/.test(name))
    throw refusal({ flag, value }, "no name of a label", "write name=value");
  if (Buffer.byteLength(name) + Buffer.byteLength(text) > MAX_BYTES) {
    throw refusal({ flag, value: name }, `longer than ${MAX_BYTES} bytes`, "keep long texts elsewhere");
  }
  return [name, text];
}

/** Reads a file of labels. */
export async function readLabelFile(flag: string, path: string): Promise<[name: string, value: string][]> {
  const text = await readTextFile(flag, path, "name=value lines");
  return [...linesOf(text)].map((line) => parseLabel(flag, line.text));
}
