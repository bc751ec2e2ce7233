// When garbage is collected: soon after something was deleted, after many other changes, when something expires, and at once
// when a client waits for it; never so often that the pauses would take more than their share of the time. The thresholds and
// their defaults are containerd's; unlike there, nothing wakes up while there is nothing to do.
// Owns its timer and the run under way. A run that fails is logged and tried again after a while.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Log } from "../log.ts";
import { type GcReport, SWEEP_INTERVAL_MS } from "./garbage-collector.ts";
import type { RecordWatcher } from "./store-options.ts";

/** When to collect. */
export interface GcThresholds {
  /** So many deletions bring a run forward; with 0 one waits its turn, as others do. */
  readonly deletionThreshold: number;
  /** So many changes make a run worth while; 0: they never do. */
  readonly mutationThreshold: number;
  /** From the decision to the run. */
  readonly scheduleDelayMs: number;
  /** From the start to the first run; 0: there is none before something changes. */
  readonly startupDelayMs: number;
}

/** containerd's. */
export const DEFAULT_GC_THRESHOLDS: GcThresholds = {
  deletionThreshold: 0,
  mutationThreshold: 100,
  scheduleDelayMs: 0,
  startupDelayMs: 100,
};

/** What a schedule works with; it owns none of it. */
export interface GcScheduleOptions {
  readonly collector: { collect(): Promise<GcReport> };
  readonly log: Log;
  /** A clock that nobody sets, in milliseconds. Default: performance.now(). */
  readonly clock?: () => number;
  /** What is left out has containerd's default. */
  readonly thresholds?: Partial<GcThresholds>;
}

/** Runs pause the manager for at most this share of the time, save those that somebody asked for. */
const PAUSE_SHARE = 0.02;
/** A pause counts for at least this, so that small ones do not follow each other without end. */
const MIN_PAUSE_MS = 5;
/** The longest time without a run, for what expires without a record that says when. */
const IDLE_INTERVAL_MS = SWEEP_INTERVAL_MS;
/** When a run that failed is tried again. */
const RETRY_MS = 10_000;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The schedule of one collector. Does nothing before `start`. */
export class GcSchedule implements RecordWatcher, AsyncDisposable {
  readonly #options: GcScheduleOptions;
  readonly #thresholds: GcThresholds;
  readonly #clock: () => number;
  #timer: NodeJS.Timeout | undefined;
  /** Until when the timer waits; infinite when it does not run. */
  #dueAt = Number.POSITIVE_INFINITY;
  /** No run before this, unless somebody asked for it. */
  #restUntil = 0;
  /** When something expires next; infinite for never. */
  #expiresAt = Number.POSITIVE_INFINITY;
  #deletions = 0;
  #mutations = 0;
  #waiters: Waiter[] = [];
  #running: Promise<void> | undefined;
  #pausesMs = 0;
  #runs = 0;
  #state: "new" | "started" | "ended" = "new";

  constructor(options: GcScheduleOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#thresholds = { ...DEFAULT_GC_THRESHOLDS, ...options.thresholds };
  }

  /** From here on it collects. Call it when everything that sweeps is ready. */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "started";
    if (this.#thresholds.startupDelayMs > 0) this.#wakeIn(this.#thresholds.startupDelayMs);
    this.#consider();
  }

  /** Something was deleted: there may be garbage. */
  noteDeletion(): void {
    this.#deletions += 1;
    this.noteMutation();
  }

  /** Something changed. */
  noteMutation(): void {
    this.#mutations += 1;
    this.#consider();
  }

  /** Something expires at this time, in milliseconds since the epoch. */
  noteExpiry(at: number): void {
    this.#expiresAt = Math.min(this.#expiresAt, at);
    this.#consider();
  }

  /**
   * Resolves when a run that began after this call has ended. Rejects when it failed, and with Unavailable when the
   * schedule has ended. Any number of callers share a run.
   */
  collect(): Promise<void> {
    if (this.#state !== "started") {
      const reason = this.#state === "new" ? "it has not begun yet" : "it has ended";
      return Promise.reject(new HawserError(Code.Unavailable, `collect garbage: ${reason}`));
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#consider();
    });
  }

  // Every change of what decides comes here; a run under way looks again when it ends.
  #consider(): void {
    if (this.#state !== "started" || this.#running !== undefined) return;
    const { deletionThreshold, mutationThreshold, scheduleDelayMs } = this.#thresholds;
    const isPressing =
      this.#waiters.length > 0 || (deletionThreshold > 0 && this.#deletions >= deletionThreshold);
    const isWanted =
      (deletionThreshold === 0 && this.#deletions > 0) ||
      (mutationThreshold > 0 && this.#mutations >= mutationThreshold);
    const restMs = this.#restUntil - this.#clock();
    if (isPressing) this.#wakeIn(scheduleDelayMs);
    else if (isWanted) this.#wakeIn(Math.max(scheduleDelayMs, restMs));
    // At its time it has not expired yet. A day that is years away is looked at again by the runs before it.
    else this.#wakeIn(Math.min(Math.max(restMs, this.#expiresAt - Date.now() + 1), IDLE_INTERVAL_MS));
  }

  /** The timer goes off then, or earlier. */
  #wakeIn(delayMs: number): void {
    const dueAt = this.#clock() + delayMs;
    if (this.#state !== "started" || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#begin(), delayMs);
  }

  #begin(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    const waiters = this.#waiters.splice(0);
    this.#deletions = 0;
    this.#mutations = 0;
    this.#expiresAt = Number.POSITIVE_INFINITY;
    this.#running = this.#run(waiters).finally(() => {
      this.#running = undefined;
      this.#consider();
    });
  }

  async #run(waiters: readonly Waiter[]): Promise<void> {
    try {
      const report = await this.#options.collector.collect();
      this.#rest(report);
      this.#log(report);
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      this.#options.log.warn("garbage was not collected; continuing", { error, retryMs: RETRY_MS });
      this.#wakeIn(RETRY_MS);
      for (const waiter of waiters) waiter.reject(error);
    }
  }

  #rest({ pauseMs, nextExpiry }: GcReport): void {
    this.#pausesMs += pauseMs;
    this.#runs += 1;
    const averageMs = Math.max(this.#pausesMs / this.#runs, MIN_PAUSE_MS);
    this.#restUntil = this.#clock() + averageMs / PAUSE_SHARE - averageMs;
    this.#expiresAt = Math.min(this.#expiresAt, nextExpiry ?? Number.POSITIVE_INFINITY);
  }

  #log({ leases, images, content, snapshots, swept, failures, pauseMs }: GcReport): void {
    const { log } = this.#options;
    for (const { what, error } of failures) {
      log.warn("a part of the garbage collection failed; the next one tries again", { what, error });
    }
    const dropped = leases + images + content + snapshots;
    const removed = [...swept.values()].reduce((sum, count) => sum + count, 0);
    if (dropped + removed === 0) return;
    const fields = { leases, images, content, snapshots, pauseMs: Math.round(pauseMs) };
    log.info("garbage collected", { ...fields, ...Object.fromEntries(swept) });
  }

  /** No further run; waits for the one under way. Whoever waits for another is told. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = "ended";
    clearTimeout(this.#timer);
    const error = new HawserError(Code.Unavailable, "collect garbage: the manager stops");
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    await this.#running;
  }
}
