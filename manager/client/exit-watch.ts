// Waits for the exit of one process, for as long as that takes and across restarts of the daemon: a lost connection is no
// answer, so it asks again as soon as there is a daemon. One call on the wire however many wait; each of them may give up
// alone.
import { Code, HawserError, isUnavailable } from "../../proto/errors.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import { toDate } from "../../proto/timestamp.ts";
import { pause } from "./pause.ts";
import type { Session } from "./session.ts";

/** How a process ended. */
export interface Exit {
  /** 128 + n when signal n ended it, 255 when nobody knows. */
  readonly exitStatus: number;
  /** Absent when nobody knows. */
  readonly exitedAt: Date | undefined;
}

/** Between two questions when the daemon is there and says that the answer is not available. */
const PAUSE_MS = 100;

/** The watch over one process. Asks from the first `begin` or `wait` on. */
export class ExitWatch implements Disposable {
  readonly #session: Session;
  readonly #containerId: string;
  readonly #execId: string;
  readonly #ending = new AbortController();
  readonly #answer = Promise.withResolvers<Exit>();
  #hasBegun = false;

  constructor(session: Session, containerId: string, execId: string) {
    this.#session = session;
    this.#containerId = containerId;
    this.#execId = execId;
    // Whoever waits hears of it; often nobody does.
    this.#answer.promise.catch(() => undefined);
  }

  /** Asks, and returns the answer to be. Do so before the process is started: once it is deleted, nobody knows any more. */
  begin(): Promise<Exit> {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#watch().then(this.#answer.resolve, this.#answer.reject);
    }
    return this.#answer.promise;
  }

  /** Takes an answer that somebody else was given, by deleting the process, and asks no more. */
  settle(exit: Exit): void {
    this.#hasBegun = true;
    this.#answer.resolve(exit);
    this[Symbol.dispose]();
  }

  /** The exit. Throws NotFound when the process has been deleted, and the reason of `signal`. */
  async wait(signal?: AbortSignal): Promise<Exit> {
    const exit = this.begin();
    if (signal === undefined) return await exit;
    if (signal.aborted) throw HawserError.from(signal.reason);
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(HawserError.from(signal.reason));
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await Promise.race([exit, gaveUp]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Asks no more. Who waits is told so: Canceled. */
  [Symbol.dispose](): void {
    this.#ending.abort(new HawserError(Code.Canceled, "the handle of the process was closed"));
  }

  async #watch(): Promise<Exit> {
    const signal = AbortSignal.any([this.#ending.signal, this.#session.state.closed]);
    const { wait } = this.#session.narrow({ isPatient: true }).service(Tasks);
    const request = { containerId: this.#containerId, execId: this.#execId };
    for (;;) {
      try {
        const { exitStatus, exitedAt } = await wait(request, { signal, timeoutMs: Number.POSITIVE_INFINITY });
        return { exitStatus, exitedAt: toDate(exitedAt) };
      } catch (error) {
        // It is about the connection, the daemon's or that of its shim: none of them says that the process has ended.
        if (!isUnavailable(error)) throw error;
        await pause(PAUSE_MS, signal);
      }
    }
  }
}
