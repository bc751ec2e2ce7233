// Why an OCI runtime refused: the last error in the log file it was given, or else what it wrote to stderr; and the
// code that goes with the known texts.
// Always true: each command has a log file of its own, so a reason is never another command's; only the tail is read,
// so a runtime that floods its log costs no memory; the text is the runtime's, unchanged but for its length.
// Texts were recorded from runc 1.1.5 and crun 1.8.1 (test/unit/shim/oci/log.test.ts); others are known from use.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Code } from "../../proto/errors.ts";
import type { Verb } from "./argv.ts";

/** How much of a log's end is looked at. */
export const LOG_TAIL_BYTES = 64 * 1024;

/** Longer reasons are cut: they travel in a message to the client. */
export const MAX_REASON_CHARS = 4096;

/** The end of a log file, from `start` on; empty when there is none or it cannot be read. */
export function readLogTail(path: string, start = 0): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(start <= size ? start : 0, size - LOG_TAIL_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    const length = readSync(fd, bytes, 0, bytes.length, from);
    return bytes.toString("utf8", 0, length);
  } catch {
    return "";
  } finally {
    closeSync(fd);
  }
}

/** The size of a log file as it is: where what a command adds will begin. 0 when there is none. */
export function logSize(path: string): number {
  try {
    const fd = openSync(path, "r");
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}

/**
 * The reason in a log: the last message of level "error"; without one, the last that is fatal; without one, the last
 * line that is no log line at all (a panic, a loader's complaint). Undefined when there is nothing of these.
 */
export function reasonInLog(text: string): string | undefined {
  let fatal: string | undefined;
  let plain: string | undefined;
  const lines = text.split("\n");
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = (lines[at] ?? "").trim();
    if (line === "") continue;
    const entry = parseLine(line);
    if (entry?.level === "error") return clean(entry.message);
    if (entry === undefined) plain ??= line;
    else if (entry.level === "fatal" || entry.level === "panic") fatal ??= entry.message;
  }
  const found = fatal ?? plain;
  return found === undefined ? undefined : clean(found);
}

interface Entry {
  readonly level: string;
  readonly message: string;
}

// A cut first line and garbage are no entries. Three formats: JSON of runc and crun, {"level":"error","msg":"…"};
// JSON of youki, {"level":"ERROR","fields":{"message":"…"}}; logrus' text, time="…" level=error msg="…".
function parseLine(line: string): Entry | undefined {
  if (line.startsWith("{")) return parseJsonLine(line);
  const match = /\blevel=(\w+) msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(line);
  if (!match) return undefined;
  const [, level = "", message = ""] = match;
  return { level: level.toLowerCase(), message: message.startsWith('"') ? unquote(message) : message };
}

function parseJsonLine(line: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { level, msg, fields } = value as { level?: unknown; msg?: unknown; fields?: { message?: unknown } };
  const message = msg ?? fields?.message;
  if (typeof level !== "string" || typeof message !== "string") return undefined;
  return { level: level.toLowerCase(), message };
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

// Not a NUL or an escape sequence of a garbage-printing program may reach a client's terminal.
function clean(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it takes out
  const printable = message.trim().replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "?");
  return printable.length <= MAX_REASON_CHARS ? printable : `${printable.slice(0, MAX_REASON_CHARS)}…`;
}

/** A known complaint: its code, and a text in its place where clients look for one. */
export interface Verdict {
  readonly code: Code;
  readonly message?: string;
}

interface Rule extends Verdict {
  readonly verbs?: readonly Verb[];
  readonly pattern: RegExp;
}

const FINISHED: Verdict = { code: Code.NotFound, message: "process already finished" };
const NO_CONTAINER: Verdict = { code: Code.NotFound, message: "no such container" };
// Not of create and restore: there a missing thing is something else, and NotFound would let cleanup believe that the
// container is gone.
const OF_A_CONTAINER: readonly Verb[] = [
  "start",
  "exec",
  "kill",
  "delete",
  "ps",
  "pause",
  "resume",
  "update",
  "checkpoint",
  "state",
];

// First match counts.
const RULES: readonly Rule[] = [
  // What clients wait for when they kill: containerd's shims answer these words, whatever the runtime says.
  {
    ...FINISHED,
    verbs: ["kill"],
    pattern: /process already finished|container (?:`[^`]*` )?(?:is )?not running|no such process|\bESRCH\b/i,
  },
  { ...NO_CONTAINER, verbs: ["kill", "delete", "state"], pattern: /does not exist/i },
  { ...NO_CONTAINER, verbs: OF_A_CONTAINER, pattern: /\bcontainer\b(?: "[^"]*"| \S+)? does not exist/i },
  // crun says it as it finds it: the container's state is a directory, or a file in it.
  {
    ...NO_CONTAINER,
    verbs: OF_A_CONTAINER,
    pattern: /^error opening file `[^`]*\/status`: No such file or directory/,
  },
  {
    ...NO_CONTAINER,
    verbs: ["delete"],
    pattern: /^cannot open directory [`'][^`']*[`']: No such file or directory/,
  },
  { code: Code.AlreadyExists, verbs: ["create", "restore"], pattern: /\bcontainer\b.* already exists/i },
  // "send signal to pidfd: Invalid argument", "unable to signal init: invalid argument": a number that is no signal.
  { code: Code.InvalidArgument, verbs: ["kill"], pattern: /invalid argument|unknown signal/i },
  {
    code: Code.InvalidArgument,
    verbs: ["create", "exec", "update"],
    pattern:
      /invalid character .* looking for|cannot parse the data|error loading config\.json|args must not be empty/,
  },
  // A state that forbids it. crun's second start misses the fifo that the first one removed.
  {
    code: Code.FailedPrecondition,
    pattern:
      /container (?:`[^`]*` )?(?:is )?not (?:running|paused)|\bis paused\b|in a paused container|an already running container|container that has stopped|that is not stopped|not in `created` or `stopped` state|exec\.fifo`: No such file/,
  },
  // The machine: nothing that this request can help.
  {
    code: Code.FailedPrecondition,
    pattern: /cgroups in hybrid mode not supported|CRIU version check failed/,
  },
  {
    code: Code.Unimplemented,
    verbs: ["checkpoint", "restore", "features"],
    pattern: /unknown command|no help topic for|unrecognized (?:sub)?command|CRIU support/i,
  },
];

/** What a reason means, for this command. Most are Unknown and keep their text: it is all that a person needs. */
export function verdictOf(verb: Verb, reason: string): Verdict {
  for (const rule of RULES) {
    if (rule.verbs && !rule.verbs.includes(verb)) continue;
    if (rule.pattern.test(reason)) return rule;
  }
  return { code: Code.Unknown };
}
