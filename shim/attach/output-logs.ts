// The logs that the output of one process goes to: the one that sessions and `hawser logs` read, and one in CRI's format, when they
// were asked for. Each goes at its own pace; the process waits for the slowest that may hold it. Owns them.
import { CriLog } from "../../output-log/cri-log.ts";
import { OutputLog } from "../../output-log/writer.ts";
import type { BrokeredStdio } from "../../proto/brokered-stdio.ts";
import type { OnNotice } from "../notice.ts";
import { LogSink } from "./log-sink.ts";
import { OutputWindow } from "./output-window.ts";

interface OpenLogs {
  readonly log: OutputLog | undefined;
  readonly cri: CriLog | undefined;
  /** Place of the first byte. */
  readonly startOffset: bigint;
}

/** Some logs, and the window that they read. */
export class OutputLogs implements AsyncDisposable {
  readonly window: OutputWindow;
  /** The one that has places, and is read again. */
  readonly main: LogSink | undefined;
  readonly all: readonly LogSink[];
  #onProgress: () => void = () => undefined;

  private constructor(wanted: BrokeredStdio, onNotice: OnNotice, { log, cri, startOffset }: OpenLogs) {
    this.window = new OutputWindow(Number(startOffset));
    const { onFullDisk: policy = "block", maxBytesPerSecond } = wanted;
    const options = { policy, maxBytesPerSecond, onNotice, onProgress: () => this.#onProgress() };
    this.main = log && new LogSink(log, this.window, { ...options, name: "log" });
    const second = cri && new LogSink(cri, this.window, { ...options, name: "cri" });
    this.all = [this.main, second].filter((sink) => sink !== undefined);
  }

  /** Opens those that are wanted. Throws a HawserError that names the one that cannot be had. */
  static open(wanted: BrokeredStdio, onNotice: OnNotice): OutputLogs {
    const { logDir: dir, maxFileBytes, maxFiles, criLogPath: path } = wanted;
    // First what can fail without leaving anything open.
    if (path !== undefined) CriLog.makeDirectory(path);
    const log = dir === undefined ? undefined : OutputLog.open({ dir, maxFileBytes, maxFiles, onNotice });
    const startOffset = log?.endOffset ?? 0n;
    const cri = path === undefined ? undefined : new CriLog({ path, startOffset, onNotice });
    return new OutputLogs(wanted, onNotice, { log, cri, startOffset });
  }

  /** From here on `onProgress` is called when a place has moved, or what holds the process has. */
  watch(onProgress: () => void): void {
    this.#onProgress = onProgress;
  }

  /** Whether the process has to wait for one of them. */
  get mustHold(): boolean {
    for (const sink of this.all) if (sink.mustHold) return true;
    return false;
  }

  /** The window must keep what is here and behind. */
  get keepFrom(): number {
    let place = this.window.end;
    for (const sink of this.all) place = Math.min(place, sink.keepFrom);
    return place;
  }

  /** There is more output. */
  feed(): void {
    for (const sink of this.all) sink.feed();
  }

  /** No more output comes. */
  finish(): void {
    for (const sink of this.all) sink.finish();
  }

  /** Waits until each has all output, at most `budgetMs`. Whether each has all of it. */
  async settled(budgetMs: number): Promise<boolean> {
    const settled = await Promise.all(this.all.map(async (sink) => await sink.settled(budgetMs)));
    return settled.every((isWhole) => isWhole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map(async (sink) => await sink[Symbol.asyncDispose]()));
  }
}
