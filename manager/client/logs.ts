// What a container has printed and prints, by places in its output. A hawserd that goes away ends nothing and costs nothing: this
// asks again when it is back, from the last place that was told. Backpressure reaches the daemon, which then reads no further.
import type { Init } from "../../proto/codec.ts";
import { isUnavailable } from "../../proto/errors.ts";
import { Logs, type ReadLogRequest, type ReadLogResponse } from "../../proto/gen/logs.ts";
import { fromDate, toDate, toNanoseconds } from "../../proto/timestamp.ts";
import { pause } from "./pause.ts";
import type { Session } from "./session.ts";

/** Which part of a log. Without anything: all that is kept. */
export interface LogOptions {
  /** Whether to go on with what comes, through restarts of anything, as long as something can come. Default: false. */
  readonly follow?: boolean | undefined;
  /** At most so many lines from the end; 0 is none of what there is. Not with `fromOffset`. */
  readonly tail?: number | undefined;
  /** Not before this time. */
  readonly since?: Date | undefined;
  /** Before this time; following ends then. */
  readonly until?: Date | undefined;
  /** From this place of the output on, such as the end of the last record of an earlier reading. */
  readonly fromOffset?: bigint | undefined;
  /** Default: both. */
  readonly streams?: readonly ("stdout" | "stderr")[] | undefined;
  /** Of an exec, when it was given a log. Default: the init process. */
  readonly execId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Some output, as it came: not a line. */
export interface LogRecord {
  readonly kind: "record";
  /** Place of its first byte: so many came before it, of both streams together. */
  readonly offset: bigint;
  readonly stream: "stdout" | "stderr";
  /** When the shim read it. */
  readonly time: Date;
  /** The same in nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
}

/** Output that is missing between the record before and the one behind. */
export interface LogGap {
  readonly kind: "gap";
  /** The first byte that is missing. */
  readonly from: bigint;
  /** The first that is there again. */
  readonly to: bigint;
  /**
   * `rotated`: not kept any more. `dropped`: never written, because the disk was full or it was too much. `torn`: lost with the
   * machine or the shim; nobody knows how much it was.
   */
  readonly reason: "rotated" | "dropped" | "torn" | "unknown";
}

const REASONS: ReadonlySet<string> = new Set(["rotated", "dropped", "torn"]);

/** Before asking a daemon again that has just refused. */
const PAUSE_MS = 100;

/** Reads the log of a container. For `Container.logs()`. */
export async function* readLogs(
  session: Session,
  containerId: string,
  options: LogOptions,
): AsyncGenerator<LogRecord | LogGap, void, undefined> {
  const { closed } = session.state;
  const signal = options.signal === undefined ? closed : AbortSignal.any([options.signal, closed]);
  const { read } = session.narrow({ isPatient: true }).service(Logs);
  const place = new LogPlace();
  for (;;) {
    try {
      for await (const response of read(requestOf(containerId, options, place.next), { signal })) {
        yield* place.take(response);
      }
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    await pause(PAUSE_MS, signal);
  }
}

/** How far a reading has come, and what of a later one is to be left out: lines that were before the tail. */
class LogPlace {
  /** Where to go on; undefined before anything was told. */
  next: bigint | undefined;
  #starts: readonly bigint[] = [];

  *take({ gap, records, startOffsets }: ReadLogResponse): Generator<LogRecord | LogGap, void, undefined> {
    if (startOffsets.length > 0) {
      this.#starts = startOffsets;
      for (const start of startOffsets) if (this.next === undefined || start < this.next) this.next = start;
    }
    if (gap !== undefined) {
      const { fromOffset: from, toOffset: to, reason } = gap;
      this.next = to;
      yield { kind: "gap", from, to, reason: REASONS.has(reason) ? (reason as LogGap["reason"]) : "unknown" };
    }
    for (const { offset, stream, time, data } of records) {
      this.next = offset + BigInt(data.length);
      const start = this.#starts[stream - 1] ?? 0n;
      if (this.next <= start) continue;
      const skip = start > offset ? Number(start - offset) : 0;
      const timeNs = toNanoseconds(time) ?? 0n;
      yield {
        kind: "record",
        offset: offset + BigInt(skip),
        stream: stream === 2 ? "stderr" : "stdout",
        time: toDate(time) ?? new Date(0),
        timeNs,
        bytes: data.subarray(skip),
      };
    }
  }
}

function requestOf(containerId: string, options: LogOptions, next: bigint | undefined): Init<ReadLogRequest> {
  const { follow = false, tail, since, until, streams = [], execId = "" } = options;
  const fromOffset = next ?? options.fromOffset;
  return {
    containerId,
    execId,
    follow,
    // What was told cannot be counted from the end again.
    ...(tail !== undefined && next === undefined ? { hasTail: true, tailLines: BigInt(tail) } : {}),
    ...(fromOffset === undefined ? {} : { hasFromOffset: true, fromOffset }),
    ...(since === undefined ? {} : { since: fromDate(since) }),
    ...(until === undefined ? {} : { until: fromDate(until) }),
    streams: [...streams],
  };
}
