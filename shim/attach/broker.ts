// What stands between one process with brokered stdio and everybody who looks at it: output goes into a window, from there to the
// log and to the sessions, each at its own pace; input, sizes and signals come from the sessions. Owns the window, the log, the
// input and the sessions. docs/attach.md has the states and orders.
// Always true: the process is held only by a log whose policy is `block` behind a full backlog, and by sessions that asked for it;
// every session that was opened ends with `exit` or `cut`, or because its client went; the exit comes behind all output.
// Knows neither where output comes from (`stdio/brokered.ts`) nor how sessions talk (`session.ts`).

import type { BrokeredStdio } from "../../proto/brokered-stdio.ts";
import type { OnNotice } from "../notice.ts";
import { withinMs } from "../stdio/within.ts";
import type { CutReason } from "./cut-reason.ts";
import { Disconnect } from "./disconnect.ts";
import { type InputAccount, InputQueue } from "./input-queue.ts";
import { LostAccounts } from "./lost-accounts.ts";
import { OutputLogs } from "./output-logs.ts";
import type { OutputWindow, Stream } from "./output-window.ts";
import { ProcessEnding } from "./process-ending.ts";
import type { ExitNotice, Output, ProcessEnd, ProcessSide, SessionSide } from "./sides.ts";
import { decideSize } from "./window-size.ts";

/** Kept in memory for those who attach, when nobody said how much. With a log beside it, which has the rest. Bytes. */
const DEFAULT_RING_BYTES = 256 * 1024;
const MIN_RING_BYTES = 4 * 1024;
const MAX_RING_BYTES = 64 * 1024 * 1024;
/** What sessions that do not read may delay Delete by, when the log has the rest for them. Milliseconds. */
const SESSIONS_WITH_LOG_MS = 2_000;

/** Whose output it is, and what was asked for. */
export interface BrokerOptions {
  readonly containerId: string;
  readonly execId: string | undefined;
  readonly isTerminal: boolean;
  readonly hasStdin: boolean;
  readonly wanted: BrokeredStdio;
  readonly onNotice: OnNotice;
  /** It is disposed of. */
  readonly onEnd?: (() => void) | undefined;
}

/** One process's output, input and sessions. */
export class Broker implements AsyncDisposable {
  readonly options: BrokerOptions;
  readonly window: OutputWindow;
  /** Place of the first byte of this process. */
  readonly startOffset: number;
  readonly logs: OutputLogs;
  readonly input: InputQueue;
  readonly #sessions = new Set<SessionSide>();
  readonly #lost = new LostAccounts();
  readonly #ringBytes: number;
  readonly #disconnect: Disconnect;
  #process: ProcessSide | undefined;
  #isHeld = false;
  #activity = 0;
  readonly #ending = new ProcessEnding({
    outputEnd: () => this.window.end,
    isHeld: () => this.#isHeld,
    onEnd: () => this.#onEnd(),
  });
  #changed = Promise.withResolvers<void>();
  #isOver = false;

  private constructor(options: BrokerOptions, logs: OutputLogs) {
    const { wanted, onNotice } = options;
    this.options = options;
    this.logs = logs;
    logs.watch(() => this.#onLogProgress());
    this.window = logs.window;
    this.startOffset = this.window.start;
    this.input = new InputQueue(onNotice);
    if (!options.hasStdin) this.input.close();
    const ringBytes = wanted.ringBytes ?? DEFAULT_RING_BYTES;
    this.#disconnect = new Disconnect(wanted.onDisconnect ?? "keep", (policy) => this.#onDisconnect(policy));
    this.#ringBytes = Math.min(MAX_RING_BYTES, Math.max(MIN_RING_BYTES, ringBytes));
  }

  /** Opens the logs that are wanted. Throws a HawserError that names the one that cannot be had. */
  static open(options: BrokerOptions): Broker {
    return new Broker(options, OutputLogs.open(options.wanted, options.onNotice));
  }

  // ── towards the process ──

  /** Who can be asked to signal, resize and go on. */
  serve(process: ProcessSide): void {
    this.#process = process;
    // Sessions may have told their sizes before it was there.
    this.resize();
  }

  /** It has a pid, and its terminal is here: what its sessions did before counts. */
  begun(): void {
    this.#disconnect.begun();
  }

  /**
   * Output that has just been read: the first `length` bytes of `buffer`. Whether it was taken; else they were copied. To be
   * followed by {@link feed}.
   */
  append(stream: Stream, buffer: Buffer, length: number): boolean {
    return this.window.append(stream, buffer, length, Date.now());
  }

  /** Whether the process has to wait: nothing more is to be read. {@link ProcessSide.goOn} tells the end of it. */
  get mustHold(): boolean {
    const mustHold = this.#mustHold;
    if (mustHold) this.#isHeld = true;
    return mustHold;
  }

  get #mustHold(): boolean {
    return this.logs.mustHold || this.#isHeldBySession();
  }

  // At the length of the ring, also where a log keeps more: a process that is faster than who waits for it would be no further in
  // the end, and each of its bytes would be read back from the log, which costs three times what the ring costs.
  #isHeldBySession(): boolean {
    for (const { holds, offset } of this.#sessions) {
      if (holds && this.window.end - offset > this.#ringBytes) return true;
    }
    return false;
  }

  /** Tells everybody that there is more, once per turn of reading. */
  feed(): void {
    this.logs.feed();
    for (const session of this.#sessions) session.pump();
    this.#forget();
  }

  #forget(): void {
    const { start } = this.window;
    let { keepFrom } = this.logs;
    // What is behind the window already comes from the log.
    for (const { holds, offset } of this.#sessions) {
      if (holds && offset >= start) keepFrom = Math.min(keepFrom, offset);
    }
    this.window.forget(this.#ringBytes, keepFrom);
  }

  #onLogProgress(): void {
    this.#forget();
    this.#release();
    this.#tellChange();
  }

  /** Lets the process go on, when it was held and nobody holds it any more. */
  #release(): void {
    if (!this.#isHeld || this.#mustHold) return;
    this.#isHeld = false;
    this.#process?.goOn();
  }

  /** No more output is read, and nobody reads input; a second time says nothing new. */
  endOutput(output: Output): void {
    this.logs.finish();
    this.input.close();
    this.#ending.endOutput(output);
  }

  /** The process has ended, and everybody may know. Sessions are told behind its output. */
  tellExit(exit: ExitNotice): void {
    this.#ending.tellExit(exit);
  }

  /** How it ended, once sessions may be told. */
  get end(): ProcessEnd | undefined {
    return this.#ending.end;
  }

  #onEnd(): void {
    for (const session of this.#sessions) session.pump();
    this.#tellChange();
  }

  // ── towards the sessions ──

  get sessions(): ReadonlySet<SessionSide> {
    return this.#sessions;
  }

  /** Place of the oldest byte that can be had. */
  get keptFrom(): number {
    return Math.min(this.window.start, this.logs.main?.startOffset ?? this.window.start);
  }

  /** Adds a session. */
  join(session: SessionSide): void {
    this.#sessions.add(session);
    if (!session.isReadOnly) this.#disconnect.joined();
  }

  /** It is gone. `isLost`: its client went without a word. */
  leave(session: SessionSide, isLost: boolean): void {
    if (!this.#sessions.delete(session)) return;
    this.#release();
    this.resize();
    if (isLost && !session.isReadOnly) this.#onLost(session);
    this.#tellChange();
  }

  #onLost(session: SessionSide): void {
    this.remember(session);
    for (const { canType } of this.#sessions) if (canType) return;
    this.#disconnect.lost();
  }

  #onDisconnect(policy: "hangup" | "kill"): void {
    if (this.#ending.hasExited) return;
    this.options.onNotice(`the last session that could type is lost: ${policy}`);
    if (policy === "hangup") this.#process?.hangUp();
    else this.#process?.killAll();
  }

  /** The input account of a session that was cut or lost, for its own user; undefined when there is none (any more). */
  resume(session: bigint, uid: number): InputAccount | undefined {
    // One that was cut before may be here still, because its client does not read: the latest is meant.
    const isMeant = (one: SessionSide) => one.id === session && one.uid === uid && !one.isReadOnly;
    const other = [...this.#sessions].findLast(isMeant);
    other?.cut("resumed", "another connection goes on with this session");
    return this.#lost.take(session, uid) ?? other?.account;
  }

  /** A session that is over may come back, and go on with its input. */
  remember(session: SessionSide): void {
    this.#lost.keep(session);
  }

  /** A number for an activity of a session: higher than all before. */
  nextActivity(): number {
    this.#activity++;
    return this.#activity;
  }

  /** Applies the size rule. */
  resize(): void {
    const size = decideSize(this.#sessions);
    if (size !== undefined) this.#process?.resize(size.columns, size.rows);
  }

  /** Of the terminal; undefined when nobody has set it. */
  get size(): { readonly columns: number; readonly rows: number } | undefined {
    return this.#process?.size;
  }

  /** Sends a signal to the process; what has ended feels nothing. Throws what the process says. */
  signal(number: number): void {
    this.#process?.signal(number);
  }

  /** A session has been given something: who was held by it may go on. */
  advanced(): void {
    this.#release();
  }

  /** Ends every session: the reason in a word, and in a sentence. */
  cutAll(reason: CutReason, message: string): void {
    for (const session of [...this.#sessions]) session.cut(reason, message);
  }

  // ── the end ──

  #tellChange(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  /**
   * After the exit: waits until the log has all output and every session was given everything, at most `budgetMs`. Whether the
   * log, or where there is none the sessions, got all of it.
   */
  async settled(budgetMs: number): Promise<boolean> {
    const until = performance.now() + budgetMs;
    const isLogged = await this.logs.settled(budgetMs);
    const leftMs = until - performance.now();
    const sessionsMs =
      this.logs.main !== undefined && isLogged ? Math.min(SESSIONS_WITH_LOG_MS, leftMs) : leftMs;
    const given = this.#whenGiven();
    const isGiven = (await withinMs(given, Math.max(0, sessionsMs))) === true;
    return isLogged && (isGiven || this.logs.main !== undefined);
  }

  async #whenGiven(): Promise<boolean> {
    while (this.#sessions.size > 0 && !this.#isOver) await this.#changed.promise;
    return true;
  }

  /** Cuts who is still here and closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.options.onEnd?.();
    this.#ending[Symbol.dispose]();
    this.cutAll("deleted", "the process is deleted; what it printed is in its log, if it has one");
    this.#tellChange();
    await this.input[Symbol.asyncDispose]();
    await this.logs[Symbol.asyncDispose]();
  }
}
