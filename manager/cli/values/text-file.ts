// Small text files that a flag names, such as those of --env-file: regular, of at most 1 MiB, UTF-8. A fifo or a device is never
// waited for.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { messageOf } from "../../../proto/errors.ts";
import { refusal } from "../../oci/refusal.ts";

const MAX_BYTES = 1024 * 1024;

/** A line that says something. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** The text of a file; `what` says what it should hold, for the refusal. */
export async function readTextFile(flag: string, path: string, what: string): Promise<string> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("it is no file");
    if (stats.size > MAX_BYTES) throw new Error("it is longer than 1 MiB");
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile());
  } catch (error) {
    throw refusal({ flag, value: path }, `read the file: ${messageOf(error)}`, `name a text file of ${what}`);
  }
}

/** Its lines, without empty ones and those that begin with "#". */
export function* linesOf(text: string): Generator<TextLine> {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const [index, line] of lines.entries()) {
    const said = line.replace(/\r$/, "").trimStart();
    if (said !== "" && !said.startsWith("#")) yield { number: index + 1, text: said };
  }
}
