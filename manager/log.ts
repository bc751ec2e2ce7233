// The manager's log: one line per entry, logfmt as logrus writes it or JSON, to one descriptor that its owner keeps open.
// Always true: one write per line, a line is never longer than PIPE_BUF (so that it goes whole into a pipe that others
// write to as well), and writing never throws. A line that could not be written is counted; the next one that gets
// through says `lost=<count>`. No raw newline or control character of a stranger reaches the output.
// Knows nothing of what it is told, but does not write the value of a field whose name says that it is a secret.
import { writeSync } from "node:fs";

/** Least important first; `warning` is logrus's word for what {@link Log.warn} writes. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/** How important a line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a line looks. */
export const LOG_FORMATS = ["text", "json"] as const;

/** `text` is logfmt, for people; `json` is an object a line, for programs. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What goes behind the message; an error shows with the messages of its causes, undefined is left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the parts of the manager say what they did and what they survived. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with these fields in every line. */
  with(fields: LogFields): Log;
}

/** PIPE_BUF (pipe(7)): the longest line, its newline included. Bytes. */
const MAX_LINE_BYTES = 4096;

/** Longest value: a line that loses the end of one still shows the others. Characters. */
const MAX_VALUE_CHARACTERS = 2048;

const SECRET = /secret|passw|token|credential|authorization/i;

/** What a {@link LineLog} is made of. */
export interface LineLogOptions {
  /** Borrowed for the life of the log; may be non-blocking. Default 2. */
  readonly fd?: number;
  /** Lines below are not written. Default `info`. */
  readonly level?: LogLevel;
  /** Default `text`. */
  readonly format?: LogFormat;
}

// What a log shares with those made from it by `with`.
interface Sink extends Required<LineLogOptions> {
  lost: number;
}

/** A log that writes lines to a descriptor. */
export class LineLog implements Log {
  readonly #sink: Sink;
  readonly #fields: LogFields;

  constructor(options: LineLogOptions = {}) {
    this.#sink = { fd: 2, level: "info", format: "text", ...options, lost: 0 };
    this.#fields = {};
  }

  debug(message: string, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warning", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  with(fields: LogFields): Log {
    return new ChildLog(this, fields);
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const sink = this.#sink;
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(sink.level)) return;
    const lost = sink.lost === 0 ? undefined : sink.lost;
    const line = formatLine(sink.format, level, message, { lost, ...this.#fields, ...fields });
    if (writeLine(sink.fd, line)) sink.lost = 0;
    else sink.lost++;
  }
}

class ChildLog implements Log {
  readonly #parent: Log;
  readonly #fields: LogFields;

  constructor(parent: Log, fields: LogFields) {
    this.#parent = parent;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#parent.debug(message, { ...this.#fields, ...fields });
  }

  info(message: string, fields?: LogFields): void {
    this.#parent.info(message, { ...this.#fields, ...fields });
  }

  warn(message: string, fields?: LogFields): void {
    this.#parent.warn(message, { ...this.#fields, ...fields });
  }

  error(message: string, fields?: LogFields): void {
    this.#parent.error(message, { ...this.#fields, ...fields });
  }

  with(fields: LogFields): Log {
    return new ChildLog(this, fields);
  }
}

function writeLine(fd: number, line: Buffer): boolean {
  try {
    // A pipe takes a line of this length whole or, non-blocking and full, not at all; a full disk may take a half.
    return writeSync(fd, line) === line.length;
  } catch {
    // There is nowhere left to say it.
    return false;
  }
}

/** One line with its newline, at most 4096 bytes long; exported for its test. */
export function formatLine(
  format: LogFormat,
  level: LogLevel,
  message: string,
  fields: LogFields,
  now = new Date(),
): Buffer {
  const shown: [string, string | number | boolean][] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) shown.push([key, SECRET.test(key) ? "[not shown]" : show(value)]);
  }
  return format === "json" ? jsonLine(level, message, shown, now) : textLine(level, message, shown, now);
}

type Shown = readonly (readonly [string, string | number | boolean])[];

function textLine(level: LogLevel, message: string, fields: Shown, now: Date): Buffer {
  let text = `time="${now.toISOString()}" level=${level} msg=${quote(clip(message))}`;
  for (const [key, value] of fields) text += ` ${key}=${quoteIfNeeded(String(value))}`;
  const line = Buffer.from(`${text}\n`);
  if (line.length <= MAX_LINE_BYTES) return line;
  // Half a character is no character; and the newline is not to be lost with the end.
  let end = MAX_LINE_BYTES - 1;
  while (end > 0 && ((line[end] ?? 0) & 0xc0) === 0x80) end--;
  line[end] = 0x0a;
  return line.subarray(0, end + 1);
}

// A cut object is no object: here whole fields are left out, the last first, and counted.
function jsonLine(level: LogLevel, message: string, fields: Shown, now: Date): Buffer {
  const head = { time: now.toISOString(), level, msg: clip(message) };
  for (let count = fields.length; count >= 0; count--) {
    const cut = count === fields.length ? {} : { cut: fields.length - count };
    const line = Buffer.from(
      `${JSON.stringify({ ...Object.fromEntries(fields.slice(0, count)), ...head, ...cut })}\n`,
    );
    if (line.length <= MAX_LINE_BYTES) return line;
  }
  return Buffer.from(`${JSON.stringify({ ...head, msg: head.msg.slice(0, 300), cut: fields.length })}\n`);
}

function show(value: unknown): string | number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Error) return clip(showError(value));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (typeof value !== "object" || value === null) return clip(String(value));
  try {
    return clip(JSON.stringify(value));
  } catch {
    return "[object]"; // cyclic, or with a bigint in it: a log line is no reason to throw
  }
}

// Most messages repeat their cause already; one that does not loses the reason without this.
function showError(error: Error): string {
  let text = error.message || error.name;
  let cause = error.cause;
  for (let depth = 0; depth < 4 && cause instanceof Error; depth++, cause = cause.cause) {
    if (!text.includes(cause.message)) text += `: ${cause.message}`;
  }
  return text;
}

function clip(text: string): string {
  return text.length <= MAX_VALUE_CHARACTERS ? text : `${text.slice(0, MAX_VALUE_CHARACTERS)}…`;
}

function quoteIfNeeded(text: string): string {
  return /^[A-Za-z0-9._/:@^+-]+$/.test(text) ? text : quote(text);
}

// JSON's escapes are those of Go's strconv.Quote for all that a log meets.
function quote(text: string): string {
  return JSON.stringify(text);
}
