// A shim under supervision: every call to it has a deadline, only so many are in flight, and how it is doing is known at
// any moment (supervision.ts judges, this file looks and acts). Owns the connection, which it makes anew when it is lost
// while the shim lives; owns no process.
// Always true: `onGone` is called once, and only for a shim whose process has ended or whose socket nobody listens at; a
// shim that hangs costs its callers their deadline and nobody else anything.
import { Code, HawserError, hasCode, isDeadlineExceeded, isErrno } from "../../proto/errors.ts";
import { PidFd } from "../../sys/pidfd.ts";
import { startTimeOf } from "../../sys/process-stat.ts";
import { isConnectionClosed } from "../../ttrpc/index.ts";
import type { Log } from "../log.ts";
import { Shim, type TaskClient } from "./shim.ts";
import type { Endpoint } from "./shim-reply.ts";
import { Slots } from "./slots.ts";
import { judge, probePause, type Sighting, type Supervision, unseen } from "./supervision.ts";

/** Which shim, and who wants to know of it. */
export interface SupervisedShimOptions {
  readonly namespace: string;
  readonly id: string;
  readonly endpoint: Endpoint;
  /** Its process, when that is known already. */
  readonly pid?: number;
  readonly startTime?: bigint;
  readonly log: Log;
  /** It is dead. Called once, never after disposal. */
  readonly onGone: () => void;
  /** It is connected, for the first time or again. */
  readonly onConnected?: () => void;
}

/** How a connection was tried: it answered, it did not in time, or nobody is there. */
export type Opening = "ok" | "silent" | "dead";

/** What is asked of a shim: mostly of its task service, else of another one of it. */
export type ShimCall<T> = (
  task: TaskClient,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  shim: Pick<Shim, "sessions">,
) => Promise<T>;

/** Time for a probe. Milliseconds. */
export const PROBE_BUDGET_MS = 2_000;

/** Time for a process to end after its connection did. Milliseconds. */
const DYING_BUDGET_MS = 1_000;

const MAX_CALLS = 32;
const MAX_CALLS_WAITING = 256;

/** One shim, as seen for one container. */
export class SupervisedShim implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #options: SupervisedShimOptions;
  readonly #slots = new Slots(MAX_CALLS, MAX_CALLS_WAITING);
  readonly #over = new AbortController();
  #connection: Shim | undefined;
  #process: PidFd | undefined;
  #pid: number;
  #startTime: bigint;
  #version = "";
  #supervision: Supervision = unseen(new Date());
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<Opening> | undefined;
  #onceConnected = Promise.withResolvers<void>();

  constructor(options: SupervisedShimOptions) {
    this.#options = options;
    this.endpoint = options.endpoint;
    this.#pid = options.pid ?? 0;
    this.#startTime = options.startTime ?? 0n;
    if (this.#pid > 0) this.#hold(this.#pid, this.#startTime);
  }

  get supervision(): Supervision {
    return this.#supervision;
  }

  /** Of the shim's process, by its own word; 0 before it gave it. */
  get pid(): number {
    return this.#pid;
  }

  get startTime(): bigint {
    return this.#startTime;
  }

  /** What it says of its version; empty for Go's. */
  get version(): string {
    return this.#version;
  }

  /** Calls that were made and not answered, those that wait for their turn included. */
  get inFlight(): number {
    return this.#slots.count;
  }

  /** Whether a call has a chance to be answered. */
  get isWell(): boolean {
    return this.#supervision.health === "ok" && this.#connection !== undefined;
  }

  /** Connects and asks who is there. Never throws; whatever comes of it, from here on the shim is looked after. */
  open(budgetMs: number): Promise<Opening> {
    this.#probing ??= this.#look(budgetMs).finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /**
   * Makes a call. Throws Unavailable when there is no connection, DeadlineExceeded when there is no answer within
   * `budgetMs` (2 s while it is known to be unresponsive), ResourceExhausted when too many calls wait, and what the shim
   * answers. After the first two nobody knows what became of the call.
   */
  async call<T>(what: string, budgetMs: number, make: ShimCall<T>, signal?: AbortSignal): Promise<T> {
    const turn = async (): Promise<T> => {
      const connection = this.#require(what);
      const isWell = this.#supervision.health === "ok";
      const timeoutMs = isWell ? budgetMs : Math.min(budgetMs, PROBE_BUDGET_MS);
      return await make(connection.task, { timeoutMs, signal }, connection);
    };
    try {
      const answer = await this.#slots.run(what, turn, signal);
      this.#see("answered");
      return answer;
    } catch (caught) {
      this.#seeFailure(caught, signal);
      throw HawserError.from(caught);
    }
  }

  /**
   * Waits for the exit of a process, for as long as it takes; a lost connection is outlived. Throws what the shim answers,
   * and Canceled when this is disposed of or the shim is gone.
   */
  async wait(id: string, execId: string) {
    for (;;) {
      this.#over.signal.throwIfAborted();
      const connection = this.#connection;
      if (connection === undefined) {
        await this.#onceConnected.promise;
        continue;
      }
      try {
        return await connection.task.wait({ id, execId }, { signal: this.#over.signal });
      } catch (caught) {
        if (!isConnectionClosed(caught)) throw HawserError.from(caught);
        // Its end is on the way to #onClosed, which makes a new one or none.
        await connection.closed;
      }
    }
  }

  /** Resolves when there is a connection: at once, or when it has been made anew; and when this is disposed of. */
  async connected(): Promise<void> {
    if (this.#connection === undefined && !this.#isOver) await this.#onceConnected.promise;
  }

  /** Whether its process has ended within the time. True as well when it was never known. */
  async hasEnded(budgetMs: number): Promise<boolean> {
    if (this.#process === undefined) return true;
    try {
      await this.#process.ended({ signal: AbortSignal.timeout(budgetMs) });
      return true;
    } catch {
      return false;
    }
  }

  /** Ends it by force: for one that guards nothing any more. Answers false when there is no process to end. */
  kill(): boolean {
    return this.#process?.send(9) ?? false;
  }

  /** Stops looking after it, and drops the connection; the shim goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new HawserError(Code.Canceled, "the manager lets go of the shim"));
    clearTimeout(this.#timer);
    this.#onceConnected.resolve();
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.[Symbol.asyncDispose]();
    await this.#probing;
    this.#process?.[Symbol.dispose]();
    this.#process = undefined;
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #require(what: string): Shim {
    if (this.#connection !== undefined) return this.#connection;
    const { health, since } = this.#supervision;
    const state =
      health === "gone" ? "its shim is gone" : `its shim is ${health} since ${since.toISOString()}`;
    throw new HawserError(Code.Unavailable, `${what}: ${state}`);
  }

  async #look(budgetMs: number): Promise<Opening> {
    const opening = await this.#tryToReach(AbortSignal.timeout(budgetMs));
    if (this.#isOver) return opening;
    this.#see(opening === "ok" ? "connected" : opening === "silent" ? "silent" : "dead");
    this.#schedule();
    return opening;
  }

  async #tryToReach(timeout: AbortSignal): Promise<Opening> {
    const signal = AbortSignal.any([this.#over.signal, timeout]);
    const { namespace, id } = this.#options;
    let made: Shim | undefined;
    try {
      if (this.#connection === undefined) made = await Shim.connect(this.endpoint, namespace, signal);
      const connection = this.#connection ?? made;
      if (connection === undefined) return "silent";
      const { shimPid, version } = await connection.askWho(id, signal);
      this.#version = version;
      if (this.#isOver) await made?.[Symbol.asyncDispose]();
      else if (made !== undefined) this.#adopt(made, shimPid);
      return "ok";
    } catch (caught) {
      await made?.[Symbol.asyncDispose]();
      const isAbsent = isErrno(caught, "ECONNREFUSED") || isErrno(caught, "ENOENT");
      return isAbsent && made === undefined ? "dead" : "silent";
    }
  }

  #adopt(connection: Shim, shimPid: number): void {
    if (shimPid > 0 && shimPid !== this.#pid) {
      this.#process?.[Symbol.dispose]();
      this.#process = undefined;
      this.#pid = shimPid;
      this.#startTime = startTimeOf(shimPid) ?? 0n;
      this.#hold(shimPid, this.#startTime);
    }
    this.#connection = connection;
    void connection.closed.then(() => this.#onClosed(connection));
    this.#onceConnected.resolve();
    this.#onceConnected = Promise.withResolvers();
    this.#options.onConnected?.();
  }

  #hold(pid: number, startTime: bigint): void {
    try {
      this.#process ??= PidFd.open(pid, startTime === 0n ? undefined : startTime);
    } catch {
      // Gone by now, or in another pid namespace: then its connection is all there is.
    }
  }

  async #onClosed(connection: Shim): Promise<void> {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (this.#isOver) return;
    // A process that has just been killed closes its sockets before it is a zombie.
    if (this.#process !== undefined && (await this.hasEnded(DYING_BUDGET_MS))) this.#see("dead");
    else if (!this.#isOver) await this.open(PROBE_BUDGET_MS);
  }

  #seeFailure(caught: unknown, signal: AbortSignal | undefined): void {
    if (isConnectionClosed(caught) || signal?.aborted) return;
    if (isDeadlineExceeded(caught)) this.#see("late");
    // Refused here, before it went out.
    else if (!hasCode(caught, Code.ResourceExhausted) && this.#connection !== undefined)
      this.#see("answered");
  }

  #see(sighting: Sighting): void {
    if (this.#isOver) return;
    const before = this.#supervision;
    const { next, measures } = judge(before, sighting, new Date());
    this.#supervision = next;
    const { log, onGone } = this.#options;
    const since = before.since.toISOString();
    for (const measure of measures) {
      if (measure === "probe") void this.open(PROBE_BUDGET_MS);
      if (measure === "warn")
        log.warn("shim does not answer, it is shown as unresponsive", { shimPid: this.#pid });
      if (measure === "rejoice") log.info("shim answers again", { shimPid: this.#pid, since });
      if (measure === "clean-up") {
        clearTimeout(this.#timer);
        onGone();
      }
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isOver || this.#supervision.health === "gone") return;
    const pause = probePause(this.#supervision, Math.random());
    this.#timer = setTimeout(() => void this.open(PROBE_BUDGET_MS), pause);
    this.#timer.unref();
  }
}
