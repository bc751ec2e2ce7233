// What of a log passes: the wanted streams, times, and lines of the tail; and what is told of gaps. Pure.
// Always true: a gap that lies between two records that pass is told. One before all of them is told to whoever named a place to
// begin at; whoever asked for a time or for some lines did not ask for it.
import type { OutputEntry } from "../../output-log/page.ts";
import type { OutputRecord } from "../../output-log/record.ts";
import type { LogQuery } from "./log-query.ts";

/** Picks entries. */
export class LogSelection {
  readonly #query: LogQuery;
  readonly #starts: ReadonlyMap<1 | 2, bigint>;
  #hasBegun: boolean;
  #isOver = false;

  /** `starts`: where each stream begins; one that is missing begins at once. */
  constructor(query: LogQuery, starts: ReadonlyMap<1 | 2, bigint>) {
    this.#query = query;
    this.#starts = starts;
    this.#hasBegun = query.since === undefined;
  }

  /** Whether nothing that follows can pass: it is not before `until`. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Those that pass. */
  pick(entries: readonly OutputEntry[]): OutputEntry[] {
    const picked: OutputEntry[] = [];
    for (const { gap, record } of entries) {
      if (gap !== undefined) {
        if (this.#hasBegun) picked.push({ gap });
        continue;
      }
      const { since, until, streams } = this.#query;
      if (until !== undefined && record.time >= until) {
        this.#isOver = true;
        break;
      }
      if (since !== undefined && record.time < since) continue;
      this.#hasBegun = true;
      const rest = streams.has(record.stream) ? this.#behindStart(record) : undefined;
      if (rest !== undefined) picked.push({ record: rest });
    }
    return picked;
  }

  #behindStart(record: OutputRecord): OutputRecord | undefined {
    const { offset, stream, bytes } = record;
    const start = this.#starts.get(stream) ?? 0n;
    if (offset >= start) return record;
    if (offset + BigInt(bytes.length) <= start) return undefined;
    return { ...record, offset: start, bytes: bytes.subarray(Number(start - offset)) };
  }
}
