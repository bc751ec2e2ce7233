// What is said of a session beside its output, on standard error: each matter once, or once for each time it happens, and never in
// the middle of a line of ours. Short connections that come back without a loss are nobody's news.
import type { SessionExit } from "../../client/attach/attach-end.ts";
import type { AttachNotice } from "../../client/attach/attach-options.ts";
import type { AttachGap } from "../../client/attach/output-place.ts";
import { messageLine } from "../display-text.ts";
import type { Output } from "../output.ts";

/** After so long without a connection, somebody wonders. Milliseconds. */
const WONDER_MS = 1_000;

/** The messages of one session. Pass `onNotice` to `attach()`. */
export class SessionMessages implements Disposable {
  readonly #err: Output;
  #said: Promise<void> = Promise.resolve();
  #wonder: NodeJS.Timeout | undefined;
  #hasToldLoss = false;

  /** `isRaw`: whether the terminal moves to the beginning of a line only when told to. */
  isRaw: () => boolean = () => false;

  constructor(err: Output) {
    this.#err = err;
  }

  /** Says something. */
  say(text: string): void {
    const message = messageLine(text);
    const line = this.isRaw() ? `\r\nhawser: ${message}\r\n` : `hawser: ${message}\n`;
    this.#said = this.#said.then(() => this.#err.write(line)).catch(() => undefined);
  }

  /** Resolves once everything is said. */
  async flushed(): Promise<void> {
    await this.#said;
  }

  /** Output is missing. */
  gap({ gap }: AttachGap): void {
    this.say(
      `${gap.to - gap.from} bytes of output are missing here: they are not kept any more, or were dropped`,
    );
  }

  /** How the process ended, when that needs a word. */
  exit(exit: SessionExit): void {
    if (exit.timedOut) this.say("its time was up: it was killed, with all its processes");
    else if (exit.oom) this.say("it was out of memory, and the kernel has killed something in it");
    if (exit.isUnknown) this.say("nobody knows how it ended");
    if (exit.output === "held") this.say("a process that it has left behind goes on, and may print more");
    else if (exit.output !== "complete") this.say("something may be missing at the end of its output");
  }

  // A property, so that it can be passed on.
  readonly onNotice = (notice: AttachNotice): void => {
    if (notice.kind === "lost") {
      this.#wonder ??= setTimeout(() => {
        this.#hasToldLoss = true;
        this.say(`the connection is lost: ${notice.message}; trying to come back`);
      }, WONDER_MS);
    } else if (notice.kind === "resumed") {
      this.#forgetLoss();
      if (this.#hasToldLoss) this.say("the connection is back");
      this.#hasToldLoss = false;
    } else {
      this.say(`${notice.bytes} bytes of input may not have arrived: look before you type them again`);
    }
  };

  #forgetLoss(): void {
    clearTimeout(this.#wonder);
    this.#wonder = undefined;
  }

  [Symbol.dispose](): void {
    this.#forgetLoss();
  }
}
