// Garbage collection: one run over all namespaces drops the records that nobody needs, tells of it, and lets the sweepers
// remove the bytes that no record names any more.
// Always true: a run reads, judges and drops in one synchronous transaction, and every other change of the records is one, too.
// So a client that records a blob under its lease, or refers to one, does so before the run or after it, never between its
// reading and its dropping. What it may lose is what it had neither leased nor referred to when the run began.
// Bytes go after their records; a crash between leaves bytes that the next run sweeps.
import { setImmediate } from "node:timers/promises";
import { ContentDelete, SnapshotRemove } from "../../proto/gen/events.ts";
import { ImageDelete } from "../../proto/gen/image-events.ts";
import type { EventPublisher } from "../events/publisher.ts";
import type { Database } from "./database.ts";
import { type GcVerdict, mark } from "./gc-mark.ts";
import { dropGarbage, namespaceNames, readGcRecords, splitSnapshotKey } from "./gc-records.ts";

/** Removes bytes that no record names. */
export interface Sweeper {
  /** What it removes, in a word, for reports. */
  readonly name: string;
  /** Returns how many things it removed. Decides about each thing by the records of that moment. */
  sweep(): Promise<number>;
}

/** A part of a run that failed: the others ran all the same. */
export interface GcFailure {
  /** The name of a sweeper, or `events`. */
  readonly what: string;
  readonly error: unknown;
}

/** What a run did. */
export interface GcReport {
  readonly leases: number;
  readonly images: number;
  readonly content: number;
  readonly snapshots: number;
  /** How many things each sweeper removed; those that did not run or that failed are not in it. */
  readonly swept: ReadonlyMap<string, number>;
  /** What failed after the records were dropped. Sweepers run again the next time; events are lost. */
  readonly failures: readonly GcFailure[];
  /** How long the records were held, which is how long the event loop stood still. */
  readonly pauseMs: number;
  /** When something expires next, in milliseconds since the epoch; undefined for never. */
  readonly nextExpiry: number | undefined;
}

/** What the collector works with; it owns none of it. */
export interface GarbageCollectorOptions {
  readonly database: Database;
  readonly events: EventPublisher;
  readonly sweepers: readonly Sweeper[];
  /** Default: the system's clock. */
  readonly now?: () => Date;
}

/** Without garbage there is little to sweep: what a crash left, and ingests that have expired. Then it is enough so often. */
export const SWEEP_INTERVAL_MS = 60 * 60 * 1000;
/** After so many events the event loop gets its turn: each is a write to the journal. */
const EVENT_BURST = 100;

const KINDS = ["leases", "images", "content", "snapshots"] as const;

interface NamespaceVerdict {
  readonly namespace: string;
  readonly verdict: GcVerdict;
}

/** The collector. Runs of one collector do not overlap: a call during a run waits for it, and then runs. */
export class GarbageCollector {
  readonly #options: GarbageCollectorOptions;
  #last: Promise<unknown> = Promise.resolve();
  /** By performance.now(). */
  #nextSweepAt = 0;

  constructor(options: GarbageCollectorOptions) {
    this.#options = options;
  }

  /** One run. Throws when the records cannot be read or written; then nothing was dropped. */
  collect(): Promise<GcReport> {
    const run = this.#last.then(() => this.#run());
    // The failure of a run is for its caller, not for the next one.
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #run(): Promise<GcReport> {
    const begin = performance.now();
    const verdicts = this.#judge();
    const pauseMs = performance.now() - begin;
    const swept = new Map<string, number>();
    const failures: GcFailure[] = [];
    try {
      await this.#tell(verdicts);
    } catch (error) {
      failures.push({ what: "events", error });
    }
    const count = (kind: (typeof KINDS)[number]) =>
      verdicts.reduce((sum, { verdict }) => sum + verdict[kind].length, 0);
    if (count("content") + count("snapshots") > 0 || begin >= this.#nextSweepAt) {
      await this.#sweep(swept, failures);
    }
    const expiries = verdicts.map(({ verdict }) => verdict.nextExpiry).filter((at) => at !== undefined);
    return {
      leases: count("leases"),
      images: count("images"),
      content: count("content"),
      snapshots: count("snapshots"),
      swept,
      failures,
      pauseMs,
      nextExpiry: expiries.length === 0 ? undefined : Math.min(...expiries),
    };
  }

  async #sweep(swept: Map<string, number>, failures: GcFailure[]): Promise<void> {
    this.#nextSweepAt = performance.now() + SWEEP_INTERVAL_MS;
    for (const sweeper of this.#options.sweepers) {
      try {
        swept.set(sweeper.name, await sweeper.sweep());
      } catch (error) {
        failures.push({ what: sweeper.name, error });
        this.#nextSweepAt = 0;
      }
    }
  }

  #judge(): NamespaceVerdict[] {
    const { database, now = () => new Date() } = this.#options;
    return database.transaction(() =>
      namespaceNames(database).map((namespace) => {
        const verdict = mark(readGcRecords(database, namespace), now().getTime());
        for (const kind of KINDS) {
          for (const key of verdict[kind]) dropGarbage[kind](database, namespace, key);
        }
        return { namespace, verdict };
      }),
    );
  }

  async #tell(verdicts: readonly NamespaceVerdict[]): Promise<void> {
    const { events } = this.#options;
    let told = 0;
    for (const { namespace, verdict } of verdicts) {
      const publications = [
        ...verdict.images.map((name) => () => events.publish(namespace, ImageDelete, { name })),
        ...verdict.content.map((digest) => () => events.publish(namespace, ContentDelete, { digest })),
        ...verdict.snapshots.map((key) => () => {
          const { snapshotter, name } = splitSnapshotKey(key);
          events.publish(namespace, SnapshotRemove, { key: name, snapshotter });
        }),
      ];
      for (const publish of publications) {
        publish();
        told += 1;
        if (told % EVENT_BURST === 0) await setImmediate();
      }
    }
  }
}
