// Reads a log for somebody: what there is, and what comes. Holds a place in it between two pages, and while it waits the watch of
// a directory: whoever does not take the next page costs nothing.
// Always true: what was written before the process was known to have ended is given before this ends.
import { recordsBackwards } from "../../output-log/backwards.ts";
import type { OutputEntry } from "../../output-log/page.ts";
import { OutputLogReader } from "../../output-log/reader.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { DirectoryWatch } from "./directory-watch.ts";
import type { LogOwner } from "./log-owner.ts";
import type { LogQuery } from "./log-query.ts";
import { LogSelection } from "./log-selection.ts";
import { TailCount } from "./tail-count.ts";

/** Output in one page. Each follower that does not read holds it three times: here, encoded, and on its way in HTTP/2. */
const PAGE_BYTES = 64 * 1024;

/** How long what does not run is waited for without looking again: not all that becomes of it is an event. */
const LOOK_AGAIN_MS = 1000;

/** What a reading works with; borrowed. */
export interface ReadLogOptions {
  readonly watch: DirectoryWatch;
  /** Ends the reading, well. */
  readonly signal: AbortSignal;
}

/** Where each stream begins; one that is missing begins wherever the reading does. */
export type StreamStarts = ReadonlyMap<1 | 2, bigint>;

/** A reading that has begun. */
export interface LogReading {
  /** Empty unless the last lines were asked for. */
  readonly starts: StreamStarts;
  /**
   * What was asked for, page by page; never an empty one. Ends when there is no more, and when following, once nothing more can
   * come. To be iterated once.
   */
  readonly pages: AsyncGenerator<OutputEntry[], void, undefined>;
}

/** Begins to read a log. Throws OutOfRange for a place that the output has not come to. */
export async function readLog(
  owner: LogOwner,
  query: LogQuery,
  options: ReadLogOptions,
): Promise<LogReading> {
  const reader = OutputLogReader.open(owner.dir);
  const { from, starts } = await beginning(owner, reader, query);
  return {
    starts,
    pages: pagesFrom(from, new LogSelection(query, starts), { owner, reader, query, ...options }),
  };
}

interface Reading extends ReadLogOptions {
  readonly owner: LogOwner;
  readonly reader: OutputLogReader;
  readonly query: LogQuery;
}

async function* pagesFrom(
  from: bigint,
  selection: LogSelection,
  { owner, reader, query, watch, signal }: Reading,
): AsyncGenerator<OutputEntry[], void, undefined> {
  using waiting = new Waiting(owner, watch, query, signal);
  for (let next = from; !signal.aborted; ) {
    // Asked before the look: the look finds all that was written until then.
    const state = query.isFollowing ? owner.state() : "over";
    const page = await reader.read(next, PAGE_BYTES);
    next = page.next;
    const picked = selection.pick(page.entries);
    if (picked.length > 0) yield picked;
    if (selection.isOver) return;
    if (!page.isAtEnd) continue;
    if (state === "over" || (state === "exited" && reader.isClosed)) return;
    if (!(await waiting.turn(state !== "printing"))) return;
  }
}

/** Where to begin, and where each stream does. */
async function beginning(
  { dir, what }: LogOwner,
  reader: OutputLogReader,
  { fromOffset, since, until, tailLines, streams }: LogQuery,
): Promise<{ from: bigint; starts: StreamStarts }> {
  const { start, end } = (await reader.range()) ?? { start: 0n, end: 0n };
  if (fromOffset !== undefined) {
    if (fromOffset <= end) return { from: fromOffset, starts: new Map() };
    const message = `read log of ${what} from offset ${fromOffset}: it ends at ${end}`;
    throw new HawserError(Code.OutOfRange, message);
  }
  if (tailLines !== undefined) {
    const count = new TailCount(tailLines);
    for await (const record of recordsBackwards(dir)) {
      if (count.isDone || (since !== undefined && record.time < since)) break;
      if (streams.has(record.stream) && (until === undefined || record.time < until)) count.add(record);
    }
    const starts = new Map(([1, 2] as const).map((stream) => [stream, count.starts.get(stream) ?? end]));
    const from = [...starts.values()].reduce((first, place) => (place < first ? place : first), end);
    return { from, starts };
  }
  const from = since === undefined ? start : await reader.placeBefore(since);
  return { from, starts: new Map() };
}

/** Waits for the next thing to happen: something is written, the process ends, the time is over, the reader goes. */
class Waiting implements Disposable {
  readonly #owner: LogOwner;
  readonly #watch: DirectoryWatch;
  readonly #until: bigint | undefined;
  readonly #signal: AbortSignal;
  #armed: { readonly changed: Promise<void>; readonly disarm: () => void } | undefined;

  constructor(owner: LogOwner, watch: DirectoryWatch, { until }: LogQuery, signal: AbortSignal) {
    this.#owner = owner;
    this.#watch = watch;
    this.#until = until;
    this.#signal = signal;
  }

  /**
   * Arms the wait, so that the caller looks once more; when it is armed, waits and arms the next one. False when nothing more is
   * wanted. When `isBounded`, it waits a moment at most.
   */
  async turn(isBounded: boolean): Promise<boolean> {
    const leftMs = this.#until === undefined ? undefined : Number(this.#until / 1_000_000n) - Date.now();
    if (leftMs !== undefined && leftMs <= 0) return false;
    if (this.#armed === undefined) {
      this.#arm();
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const limitMs = Math.min(leftMs ?? MAX_TIMER_MS, isBounded ? LOOK_AGAIN_MS : MAX_TIMER_MS);
    const timer = setTimeout(resolve, limitMs).unref();
    const onAbort = (): void => resolve();
    this.#signal.addEventListener("abort", onAbort, { once: true });
    if (this.#signal.aborted) resolve();
    await Promise.race([this.#armed.changed, promise]);
    this.#signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
    // Before the caller looks: a change behind that look ends the next wait.
    this.#disarm();
    this.#arm();
    return true;
  }

  #arm(): void {
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const wait = this.#watch.arm(this.#owner.dir);
    const stop = this.#owner.onChange(resolve);
    this.#armed = {
      changed: Promise.race([wait.changed, changed]),
      disarm: () => {
        wait[Symbol.dispose]();
        stop();
      },
    };
  }

  #disarm(): void {
    this.#armed?.disarm();
    this.#armed = undefined;
  }

  [Symbol.dispose](): void {
    this.#disarm();
  }
}

/** What a timer of Node can wait at most. */
const MAX_TIMER_MS = 2 ** 31 - 1;
