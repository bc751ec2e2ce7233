// Names as an archive has them: bytes, most of them UTF-8, none of them obliged to be. Here they are text with one character
// for each byte, which can be cut, joined and looked up like any text, and become what Node takes at the last moment.
// Always true: what `cleanName` returns has no "", ".", ".." or NUL in it and no slash at its ends.
// Knows nothing of files.
import { Code, HawserError } from "../../../proto/errors.ts";

/** A path with one character for each byte. */
export type BytePath = string;

/** PATH_MAX and NAME_MAX of the kernel. */
const MAX_PATH_BYTES = 4095;
const MAX_NAME_BYTES = 255;

/** A path of our own, which is UTF-8, as bytes. */
export function toBytePath(path: string): BytePath {
  return isAscii(path) ? path : Buffer.from(path).toString("latin1");
}

/** What calls take: the text where it is ASCII, the bytes otherwise. */
export function toSystemPath(path: BytePath): string | Buffer {
  return isAscii(path) ? path : Buffer.from(path, "latin1");
}

/** For people: in quotes, line breaks and control characters escaped, bytes that are no UTF-8 replaced. */
export function quotePath(path: BytePath): string {
  const text = Buffer.from(path, "latin1").toString("utf8");
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant, and nothing but it.
  return /^[\x00-\x7f]*$/.test(text);
}

/**
 * The name of an entry, relative to the root: a slash or "./" in front means the root, as for every tar. The root itself is "".
 * Refuses with InvalidArgument what could mean another place than it says: "..", NUL, and what is too long for the kernel.
 */
export function cleanName(name: BytePath): BytePath {
  if (name.includes("\0")) throw refusal(name, "its name holds a NUL byte");
  if (name.length > MAX_PATH_BYTES) throw refusal(name, `its name is longer than ${MAX_PATH_BYTES} bytes`);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  for (const part of parts) {
    if (part === "..") throw refusal(name, 'its name holds ".."');
    if (part.length > MAX_NAME_BYTES) {
      throw refusal(name, `a part of its name is longer than ${MAX_NAME_BYTES} bytes`);
    }
  }
  return parts.join("/");
}

/** The directory of a clean name; "" is the root. */
export function directoryOf(name: BytePath): BytePath {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? "" : name.slice(0, slash);
}

/** The last part of a clean name. */
export function baseOf(name: BytePath): BytePath {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** A name in a directory, both relative to the root. */
export function joinPath(dir: BytePath, name: BytePath): BytePath {
  return dir === "" ? name : `${dir}/${name}`;
}

/** Why an entry is not unpacked. */
export function refusal(name: BytePath, reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `unpack ${quotePath(name)}: ${reason}`);
}
