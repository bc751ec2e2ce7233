// Signals that come while a session is open. With a keyboard, the keys that make signals go to the process, and what comes here is
// meant for us: it ends us, stops us, or says that the window has changed. Without, signals are passed on to the process.
import { constants } from "node:os";
import type { AttachSession } from "../../client/attach/attach-session.ts";
import { EXIT_SIGNAL_BASE, ExitStatus } from "../exit-status.ts";

/** Signals that end a program which does not know them. SIGKILL and those of crashes cannot be had. */
const ENDING: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];
const PASSED_ON: readonly NodeJS.Signals[] = [...ENDING, "SIGUSR1", "SIGUSR2"];

/** Whoever has sent this many, and nothing has happened, means us. As docker. */
const ENOUGH = 3;

/** What signals do. */
export interface SessionSignalsOptions {
  readonly session: AttachSession;
  /** Whether a terminal in raw mode is here. */
  readonly hasKeyboard: boolean;
  /** Whether signals are passed on, without a keyboard. */
  readonly sigProxy: boolean;
  /** The window may have changed. */
  readonly onResize: () => void;
  /** We are about to be stopped: the terminal is to be as the shell wants it. */
  readonly onStop: () => void;
  /** We go on. */
  readonly onContinue: () => void;
}

/** Takes the signals of the process, until it is disposed of. */
export class SessionSignals implements Disposable {
  /** Rejects with ExitStatus 128 + n when a signal is to end us. */
  readonly ended: Promise<never>;
  readonly #options: SessionSignalsOptions;
  readonly #handlers: [NodeJS.Signals, () => void][] = [];
  #proxied = 0;

  constructor(options: SessionSignalsOptions) {
    this.#options = options;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.ended = promise;
    const end = (signal: NodeJS.Signals) =>
      reject(new ExitStatus(EXIT_SIGNAL_BASE + constants.signals[signal]));
    const { hasKeyboard, sigProxy, onResize, onStop, onContinue } = options;
    this.#on("SIGWINCH", onResize);
    if (!hasKeyboard && sigProxy) {
      for (const signal of PASSED_ON) this.#on(signal, () => this.#passOn(signal, end));
      return;
    }
    for (const signal of ENDING) this.#on(signal, () => end(signal));
    if (!hasKeyboard) return;
    this.#on("SIGTSTP", () => {
      onStop();
      process.kill(process.pid, "SIGSTOP");
    });
    this.#on("SIGCONT", onContinue);
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers.splice(0)) process.off(signal, handler);
  }

  #on(signal: NodeJS.Signals, handler: () => void): void {
    process.on(signal, handler);
    this.#handlers.push([signal, handler]);
  }

  #passOn(signal: NodeJS.Signals, end: (signal: NodeJS.Signals) => void): void {
    if (signal === "SIGINT" || signal === "SIGTERM") this.#proxied += 1;
    if (this.#proxied >= ENOUGH) end(signal);
    else this.#options.session.signal(signal);
  }
}
