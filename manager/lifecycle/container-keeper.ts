// What hawserd does for containers by itself when they have ended: deletes the task of a managed one so that no shim stays,
// removes one with `auto-remove`, starts one again as its restart policy says. next-deed.ts decides, deeds.ts does; this file
// looks, has it done, and looks again until nothing is to be done.
// Always true: of one container one deed at a time; what is to be done follows from the databases alone, so that a manager
// that is killed over any deed goes on with it; a deed that failed is tried again, after longer and longer pauses.
// Owns the timers and the work; borrows the rest. Nothing of it waits for a client.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Log } from "../log.ts";
import type { TaskKey } from "../runtime/process-key.ts";
import { Slots } from "../runtime/slots.ts";
import { hasWishes } from "./container-wishes.ts";
import type { Deeds } from "./deeds.ts";
import { type Deed, nextDeed } from "./next-deed.ts";
import type { FoundSituation, Situations } from "./situations.ts";

/** What a keeper works with. */
export interface KeeperOptions {
  readonly situations: Pick<Situations, "find">;
  readonly deeds: Pick<Deeds, "do">;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Deeds that are done at a time; a deletion may wait 10 s for somebody who reads slowly. */
const MAX_DEEDS = 32;

/** The first pause after a deed that failed, and the longest. Milliseconds. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** The longest that a timer can be set to; then it is looked again. Milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A look that is under way, or a pause before one. */
interface Attention {
  readonly key: TaskKey;
  isLooking: boolean;
  /** Something has changed since the look began. */
  isStale: boolean;
  timer: NodeJS.Timeout | undefined;
  retryMs: number;
}

interface Decided {
  readonly deed: Deed;
  readonly found: FoundSituation;
}

/** The keeper of one manager's containers. */
export class ContainerKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions;
  readonly #slots = new Slots(MAX_DEEDS);
  readonly #attention = new Map<string, Attention>();
  readonly #work = new Set<Promise<void>>();
  readonly #over = new AbortController();
  #isOpen = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** From here on it acts: before, the tasks that there are may not be known yet. What was to be looked at must be told again. */
  open(): void {
    this.#isOpen = true;
  }

  /** Something has changed: sees to it that what is to be done with a container is done. Answers at once. */
  look(key: TaskKey): void {
    if (!this.#isOpen || this.#over.signal.aborted) return;
    const name = `${key.namespace}/${key.id}`;
    const attention = this.#attention.get(name) ?? {
      ...{ key, isLooking: false, isStale: false, timer: undefined, retryMs: 0 },
    };
    if (attention.isLooking) {
      attention.isStale = true;
      return;
    }
    clearTimeout(attention.timer);
    const next = this.#tryToDecide(key);
    if (next === undefined) {
      this.#attention.delete(name);
      return;
    }
    this.#attention.set(name, attention);
    attention.isLooking = true;
    const work = this.#attend(attention, next).finally(() => {
      this.#work.delete(work);
      attention.isLooking = false;
      if (attention.isStale) {
        attention.isStale = false;
        this.look(key);
      } else if (attention.timer === undefined) this.#attention.delete(name);
    });
    this.#work.add(work);
  }

  /** Ends the timers, calls off what can be called off, and waits for the rest. The next manager goes on with all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new HawserError(Code.Unavailable, "the manager is stopping"));
    for (const { timer } of this.#attention.values()) clearTimeout(timer);
    await Promise.all(this.#work);
    this.#attention.clear();
  }

  // Called from wherever something changes: a damaged record is not to end that.
  #tryToDecide(key: TaskKey): Decided | undefined {
    try {
      return this.#decide(key);
    } catch (error) {
      this.#options.log.error("look after a container: leaving it alone", { ...key, error });
      return undefined;
    }
  }

  #decide(key: TaskKey): Decided | undefined {
    const found = this.#options.situations.find(key);
    if (found === undefined || !isWorthALook(found)) return undefined;
    const { flaw } = found.situation.wishes;
    if (flaw !== undefined) this.#options.log.warn("labels of a container: ignoring them", { ...key, flaw });
    const deed = nextDeed(found.situation);
    return deed.kind === "nothing" ? undefined : { deed, found };
  }

  async #attend(attention: Attention, first: Decided): Promise<void> {
    const { key } = attention;
    const { deeds, log, now } = this.#options;
    const { signal } = this.#over;
    attention.timer = undefined;
    let last: Deed["kind"] | undefined;
    try {
      for (let next: Decided | undefined = first; next !== undefined; next = this.#decide(key)) {
        const { deed, found } = next;
        if (deed.kind === "wait") return this.#pause(attention, deed.until - now());
        if (deed.kind === last) throw new Error(`"${deed.kind}" was done and is to be done again`);
        const pauseMs = await this.#slots.run(deed.kind, () => deeds.do(key, deed, found, signal), signal);
        if (pauseMs !== undefined) return this.#pause(attention, pauseMs);
        last = deed.kind;
      }
      attention.retryMs = 0;
    } catch (error) {
      if (signal.aborted) return;
      attention.retryMs = Math.min(Math.max(FIRST_RETRY_MS, attention.retryMs * 2), LAST_RETRY_MS);
      const { retryMs } = attention;
      log.warn("look after a container: trying again", { ...key, retryMs, error });
      this.#pause(attention, retryMs);
    }
  }

  #pause(attention: Attention, pauseMs: number): void {
    if (this.#over.signal.aborted) return;
    const ms = Math.min(Math.max(0, pauseMs), MAX_TIMER_MS);
    attention.timer = setTimeout(() => this.look(attention.key), ms);
    attention.timer.unref();
  }
}

/** A container of which nothing is asked, and with which nothing was begun. */
function isWorthALook({ situation: { wishes, restart } }: FoundSituation): boolean {
  return hasWishes(wishes) || wishes.flaw !== undefined || restart.isStarting || restart.dueAt !== undefined;
}
