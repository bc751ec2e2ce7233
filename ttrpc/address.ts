// Addresses of ttrpc sockets: the text form that travels in environment variables and replies, and the path that
// connect(2) and bind(2) take. Only unix stream sockets; abstract ones are spelled with an @ (unix(7)).
import { Code, HawserError } from "../proto/errors.ts";

/** Longest path of a unix socket in bytes: sun_path is 108 long and ends in a zero (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Where a unix stream socket lives. */
export interface Address {
  readonly kind: "path" | "abstract";
  /** The path in the file system, or the abstract name without its leading zero. */
  readonly name: string;
}

/**
 * Reads `unix:///run/x.sock`, `/run/x.sock`, `unix://@name` or `@name`. Throws InvalidArgument for anything else and
 * for names that do not fit into a socket address (at most 107 bytes).
 */
export function parseAddress(text: string): Address {
  const separator = text.indexOf("://");
  const scheme = separator < 0 ? "unix" : text.slice(0, separator);
  const rest = separator < 0 ? text : text.slice(separator + 3);
  if (scheme !== "unix") throw invalid(text, `scheme "${scheme}" is not supported, use unix://`);
  const isAbstract = rest.startsWith("@");
  const name = isAbstract ? rest.slice(1) : rest;
  if (name === "") throw invalid(text, "it names no socket");
  if (!isAbstract && !name.startsWith("/")) throw invalid(text, "the path is not absolute");
  if (!isAbstract && name.includes("\0")) throw invalid(text, "the path contains a zero byte");
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    throw invalid(
      text,
      `${bytes} bytes do not fit into a unix socket address, which holds ${MAX_SOCKET_PATH_BYTES}`,
    );
  }
  return { kind: isAbstract ? "abstract" : "path", name };
}

/** The text form, with its scheme: `unix:///run/x.sock`, `unix://@name`. */
export function formatAddress(address: Address): string {
  return `unix://${address.kind === "abstract" ? "@" : ""}${address.name}`;
}

/** The `path` that node:net takes for this address. */
export function socketPath(address: Address): string {
  return address.kind === "abstract" ? `\0${address.name}` : address.name;
}

function invalid(text: string, reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `address "${text}": ${reason}`);
}
