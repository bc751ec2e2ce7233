// How a client asks for brokered stdio: the shim drains the process into a log and serves attach sessions. It travels as a URI in
// the stdio fields of containerd's Create and Exec requests, which pass it on as it is:
//
//   hawser:///var/lib/hawser/containers/default/web/log?max-size=10485760&max-files=5
//
// In `stdout` it says everything; in `stderr` and `stdin` only whether there is such a stream: any hawser:// does. Pure.
import { Code, HawserError } from "./errors.ts";

/** The scheme, without what follows it. */
export const BROKERED_SCHEME = "hawser";

/** What stands in `stdin` and `stderr` when they are wanted. */
export const BROKERED_STREAM = "hawser:///";

/** Everything that can be asked for; what is absent is the default of the shim. */
export interface BrokeredStdio {
  /** Where the log is; absolute. Without one, output is kept in memory only, as much as `ringBytes`. */
  readonly logDir?: string | undefined;
  /** A log file is closed and the next one begun at this size. Bytes. */
  readonly maxFileBytes?: number | undefined;
  /** So many files are kept; the oldest goes. */
  readonly maxFiles?: number | undefined;
  /** What the log does when the disk is full or fails: hold the process until it can write, or drop, count and say so. */
  readonly onFullDisk?: "block" | "drop" | undefined;
  /** Output that is kept in memory for those who attach. Bytes. */
  readonly ringBytes?: number | undefined;
  /** At most so many bytes a second go to the log, the rest is dropped, counted and said; the process is not held. 0: no limit. */
  readonly maxBytesPerSecond?: number | undefined;
  /** A second log, line by line, in the format of Kubernetes' CRI, at this path; absolute. */
  readonly criLogPath?: string | undefined;
  /** What becomes of the process when the last session that may type is lost (not detached): default `keep`. */
  readonly onDisconnect?: "keep" | "hangup" | "kill" | undefined;
  /** The process and all its descendants are killed when it has run so long; its exit says so. Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

type Read = (value: string) => BrokeredStdio[keyof BrokeredStdio];

const PARAMETERS: readonly {
  readonly name: string;
  readonly key: keyof BrokeredStdio;
  readonly read: Read;
}[] = [
  { name: "max-size", key: "maxFileBytes", read: count },
  { name: "max-files", key: "maxFiles", read: count },
  { name: "on-full-disk", key: "onFullDisk", read: oneOf("block", "drop") },
  { name: "ring", key: "ringBytes", read: count },
  { name: "max-rate", key: "maxBytesPerSecond", read: count },
  { name: "cri-log", key: "criLogPath", read: path },
  { name: "on-disconnect", key: "onDisconnect", read: oneOf("keep", "hangup", "kill") },
  { name: "timeout-ms", key: "timeoutMs", read: count },
];

/** Whether a stdio field asks for it. */
export function isBrokered(uri: string | undefined): boolean {
  return uri?.toLowerCase().startsWith(`${BROKERED_SCHEME}://`) === true;
}

/** The URI of `stdout`. */
export function formatBrokeredStdio(wanted: BrokeredStdio): string {
  const words = PARAMETERS.flatMap(({ name, key }) => {
    const value = wanted[key];
    return value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`];
  });
  const dir = (wanted.logDir ?? "/").split("/").map(encodeURIComponent).join("/");
  return `${BROKERED_SCHEME}://${dir}${words.length === 0 ? "" : `?${words.join("&")}`}`;
}

/** What the URI of `stdout` asks for. Throws InvalidArgument that repeats it and says what is the matter. */
export function parseBrokeredStdio(uri: string): BrokeredStdio {
  const refuse = (complaint: string, cause?: unknown): never => {
    throw new HawserError(Code.InvalidArgument, `read stdio "${uri}": ${complaint}`, { cause });
  };
  const match = /^hawser:\/\/(\/[^?#]*)(?:\?([^#]*))?$/i.exec(uri);
  if (match === null) return refuse("expected hawser:///directory?name=value&…");
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return refuse("it has a broken percent escape", error);
    }
  };
  const logDir = decode(match[1] ?? "/");
  if (logDir.includes("\0")) refuse("it has a null byte");
  const wanted: { -readonly [Key in keyof BrokeredStdio]: BrokeredStdio[Key] } = {};
  if (logDir !== "/") wanted.logDir = logDir;
  for (const pair of (match[2] ?? "").split("&")) {
    if (pair === "") continue;
    const [name = "", ...rest] = pair.split("=");
    const parameter = PARAMETERS.find((known) => known.name === name);
    if (parameter === undefined) {
      return refuse(`"${name}" is none of ${PARAMETERS.map((known) => known.name).join(", ")}`);
    }
    try {
      Object.assign(wanted, { [parameter.key]: parameter.read(decode(rest.join("="))) });
    } catch (error) {
      refuse(`${name}: ${HawserError.from(error).message}`);
    }
  }
  return wanted;
}

function count(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number)) return number;
  throw new HawserError(Code.InvalidArgument, `"${value}" is no whole number`);
}

function path(value: string): string {
  if (value.startsWith("/") && !value.includes("\0")) return value;
  throw new HawserError(Code.InvalidArgument, `"${value}" is no absolute path`);
}

function oneOf<Word extends string>(...words: readonly Word[]): (value: string) => Word {
  return (value) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw new HawserError(Code.InvalidArgument, `"${value}" is none of ${words.join(", ")}`);
  };
}
