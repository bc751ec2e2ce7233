// How `hawser logs` prints what it reads: as it was written, line by line with times, as JSON, or as Kubernetes' CRI has it.
// Always true: what the process wrote to stderr goes to standard error in the text formats, and neither a character nor, with
// times, a line is torn by the way it came. What is missing is said where it is missing.

import { isUtf8 } from "node:buffer";
import { criLine, timeText } from "../../../output-log/cri-line.ts";
import { incompleteCharacter, LineReader, type OutputLine } from "../../../output-log/line-reader.ts";
import type { LogGap, LogRecord } from "../../client/logs.ts";
import type { Output } from "../cli.ts";

/** Prints a log. One call at a time. */
export interface LogPrinter {
  print(part: LogRecord | LogGap): Promise<void>;
  /** What was held back. */
  end(): Promise<void>;
}

/** What to print to. */
export interface LogOutputs {
  readonly out: Output;
  readonly err: Output;
}

/** The formats, by name. */
export const LOG_FORMATS = ["text", "json", "cri"] as const;

const NEWLINE = Buffer.from("\n");
const STREAMS = { 1: "stdout", 2: "stderr" } as const;

/** A printer for a format. */
export function logPrinter(
  format: (typeof LOG_FORMATS)[number],
  { hasTimes }: { hasTimes: boolean },
  outputs: LogOutputs,
): LogPrinter {
  if (format === "json") return new LinePrinter(jsonLine, jsonGap, { out: outputs.out, err: outputs.out });
  if (format === "cri")
    return new LinePrinter(criLine, sentence, { out: outputs.out, err: outputs.out }, outputs.err);
  return hasTimes ? new LinePrinter(timedLine, sentence, outputs, outputs.err) : new BytePrinter(outputs);
}

/** Passes bytes on as they are; holds the beginning of a character until the rest has come. */
class BytePrinter implements LogPrinter {
  readonly #outputs: LogOutputs;
  readonly #held = { stdout: new Uint8Array(0), stderr: new Uint8Array(0) };

  constructor(outputs: LogOutputs) {
    this.#outputs = outputs;
  }

  async print(part: LogRecord | LogGap): Promise<void> {
    if (part.kind === "gap") {
      await this.end();
      return await this.#outputs.err.line(sentence(part));
    }
    const { stream, bytes } = part;
    const held = this.#held[stream];
    const all = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    const length = all.length - incompleteCharacter(all);
    this.#held[stream] = Uint8Array.from(all.subarray(length));
    if (length > 0) await this.#to(stream).write(all.subarray(0, length));
  }

  async end(): Promise<void> {
    for (const stream of ["stdout", "stderr"] as const) {
      const held = this.#held[stream];
      this.#held[stream] = new Uint8Array(0);
      if (held.length > 0) await this.#to(stream).write(held);
    }
  }

  #to(stream: LogRecord["stream"]): Output {
    return stream === "stdout" ? this.#outputs.out : this.#outputs.err;
  }
}

/** Prints line by line. */
class LinePrinter implements LogPrinter {
  readonly #reader = new LineReader();
  readonly #lineOf: (line: OutputLine) => readonly Uint8Array[];
  readonly #gapOf: (gap: LogGap) => string;
  readonly #outputs: LogOutputs;
  readonly #gaps: Output;

  constructor(
    lineOf: (line: OutputLine) => readonly Uint8Array[],
    gapOf: (gap: LogGap) => string,
    outputs: LogOutputs,
    gaps = outputs.out,
  ) {
    this.#lineOf = lineOf;
    this.#gapOf = gapOf;
    this.#outputs = outputs;
    this.#gaps = gaps;
  }

  async print(part: LogRecord | LogGap): Promise<void> {
    if (part.kind === "record") {
      const { offset, stream, timeNs: time, bytes } = part;
      return await this.#lines(
        this.#reader.push({ offset, stream: stream === "stdout" ? 1 : 2, time, bytes }),
      );
    }
    await this.end();
    await this.#gaps.line(this.#gapOf(part));
  }

  async end(): Promise<void> {
    await this.#lines(this.#reader.flush());
  }

  // Those of one record in one write for each stream: a write for each line would be most of the work.
  async #lines(lines: Iterable<OutputLine>): Promise<void> {
    let chunks: Uint8Array[] = [];
    let stream: OutputLine["stream"] = 1;
    for (const line of lines) {
      if (line.stream !== stream) {
        await this.#write(stream, chunks);
        chunks = [];
        stream = line.stream;
      }
      chunks.push(...this.#lineOf(line));
    }
    await this.#write(stream, chunks);
  }

  async #write(stream: OutputLine["stream"], chunks: readonly Uint8Array[]): Promise<void> {
    const output = stream === 1 ? this.#outputs.out : this.#outputs.err;
    if (chunks.length > 0) await output.write(Buffer.concat(chunks));
  }
}

function timedLine({ time, bytes, isPartial }: OutputLine): Uint8Array[] {
  const header = Buffer.from(`${timeText(time)} `);
  return isPartial ? [header, bytes, NEWLINE] : [header, bytes];
}

// Places are numbers that JavaScript cannot always hold; JSON can.
function jsonLine({ time, stream, offset, bytes, isPartial }: OutputLine): Uint8Array[] {
  const partial = isPartial ? ',"partial":true' : "";
  const head = `{"time":"${timeText(time)}","stream":"${STREAMS[stream]}","offset":${offset}${partial}`;
  return [Buffer.from(`${head},${jsonBytes(bytes)}}\n`)];
}

function jsonBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // What is no text is not shown as some: a replacement character would be a lie.
  return isUtf8(buffer)
    ? `"log":${JSON.stringify(buffer.toString())}`
    : `"base64":"${buffer.toString("base64")}"`;
}

function jsonGap({ from, to, reason }: LogGap): string {
  return `{"gap":{"from":${from},"to":${to},"reason":"${reason}"}}`;
}

/** What is missing, for people. */
function sentence({ from, to, reason }: LogGap): string {
  const bytes = to - from;
  const why = {
    rotated: `${bytes} bytes are not kept any more`,
    dropped: `${bytes} bytes were dropped`,
    torn: `up to ${bytes} bytes were lost with the shim or the machine`,
    unknown: `${bytes} bytes are missing`,
  }[reason];
  return `hawser: ${why} (from offset ${from} to ${to})`;
}
