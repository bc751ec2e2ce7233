// The shim's log: one logfmt line per entry, as logrus writes them, to the descriptor that `serve` has made of the
// bundle's log fifo. The manager copies it to its own log.
// Always true: writing never stalls the service and never throws. A fifo that is full (EAGAIN) or that nobody reads
// (EPIPE) costs the line, which is counted; the next line that gets through says `lost=<count>`.
// Owns no descriptor. Whoever opened it has set O_NONBLOCK: on a blocking one a full fifo would stop everything.
import { writeSync } from "node:fs";

/** Least important first. */
const LEVELS = ["debug", "info", "warning", "error"] as const;

/** How important a line is; in logrus's words. */
export type LogLevel = (typeof LEVELS)[number];

/** What goes behind the message as `key=value`; an error shows with the messages of its causes, undefined is left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the parts of the shim say what they survived. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** PIPE_BUF: up to here a line goes into the fifo whole or not at all (pipe(7)), so that lines never mix. */
const MAX_LINE_BYTES = 4096;

/** Longest value in characters: a line that loses the end of one value still shows the others. */
const MAX_VALUE_CHARACTERS = 1024;

export interface FifoLogOptions {
  /** Borrowed for the life of the log. Default 2, which `serve` replaces by the fifo. */
  readonly fd?: number;
  /** Lines below are not written. Default `info`. */
  readonly level?: LogLevel;
  /** Behind every line: the container or sandbox, for example. */
  readonly fields?: LogFields;
}

/** A log into a fifo, pipe or file. */
export class FifoLog implements Log {
  readonly #fd: number;
  readonly #fields: LogFields;
  readonly #level: LogLevel;
  #dropped = 0;

  constructor(options: FifoLogOptions = {}) {
    this.#fd = options.fd ?? 2;
    this.#level = options.level ?? "info";
    this.#fields = options.fields ?? {};
  }

  /** Lines lost since the last one that got through. */
  get dropped(): number {
    return this.#dropped;
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

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#level)) return;
    // In the line itself and in front: a line of its own could get through where this one does not, and the end may
    // be cut.
    const lost = this.#dropped === 0 ? undefined : this.#dropped;
    if (this.#write(formatLine(level, message, { lost, ...this.#fields, ...fields }))) this.#dropped = 0;
    else this.#dropped++;
  }

  #write(line: Buffer): boolean {
    try {
      // A file on a full disk may take half a line; a fifo, at this length, never does.
      return writeSync(this.#fd, line) === line.length;
    } catch {
      // There is nowhere left to say it.
      return false;
    }
  }
}

/** One line with its newline, at most {@link MAX_LINE_BYTES} long; exported for its test. */
export function formatLine(level: LogLevel, message: string, fields: LogFields, now = new Date()): Buffer {
  let text = `time="${now.toISOString()}" level=${level} msg=${quote(clip(message))}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) text += ` ${key}=${quoteIfNeeded(clip(show(value)))}`;
  }
  const line = Buffer.from(`${text}\n`);
  if (line.length <= MAX_LINE_BYTES) return line;
  const cut = line.subarray(0, MAX_LINE_BYTES);
  // Half a character is no character; and the newline is not to be lost with the end.
  let end = MAX_LINE_BYTES - 1;
  while (end > 0 && ((cut[end] ?? 0) & 0xc0) === 0x80) end--;
  cut[end] = 0x0a;
  return cut.subarray(0, end + 1);
}

function show(value: unknown): string {
  if (value instanceof Error) return showError(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value);
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

// JSON's escapes are those of Go's strconv.Quote for all that a log meets: no raw newline can forge a line.
function quote(text: string): string {
  return JSON.stringify(text);
}
