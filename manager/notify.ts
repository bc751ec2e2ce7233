// What we tell the init system: sd_notify(3) without libsystemd. With no NOTIFY_SOCKET in the environment it says nothing.
// Takes the variables out of the environment: what we start must not speak in our name.
// Always true: saying something never throws and never waits; what could not be said is handed to `onError` once.
import { messageOf } from "../proto/errors.ts";
import { sendDatagram } from "../sys/datagram.ts";

const MICROSECONDS_PER_MS = 1000;

/** A line to the init system, while we live. */
export class Notifier implements Disposable {
  readonly #socket: string | undefined;
  readonly #onError: (reason: string) => void;
  /** How often it wants to hear that we live; undefined when it does not. Milliseconds. */
  readonly watchdogMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasComplained = false;

  constructor(env: NodeJS.ProcessEnv, onError: (reason: string) => void) {
    this.#socket = env["NOTIFY_SOCKET"] || undefined;
    this.#onError = onError;
    this.watchdogMs = this.#socket === undefined ? undefined : watchdogOf(env);
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
  }

  /** We serve. From here on the watchdog is fed, as long as the event loop turns. */
  ready(status: string): void {
    this.#send(`READY=1\nSTATUS=${oneLine(status)}`);
    if (this.watchdogMs === undefined) return;
    // Half the time, as sd_watchdog_enabled(3) advises.
    this.#timer = setInterval(() => this.#send("WATCHDOG=1"), this.watchdogMs / 2);
    this.#timer.unref();
  }

  /** What we are doing, for `systemctl status`. */
  status(status: string): void {
    this.#send(`STATUS=${oneLine(status)}`);
  }

  /** We are about to end. */
  stopping(): void {
    this.#send("STOPPING=1\nSTATUS=stopping");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #send(text: string): void {
    if (this.#socket === undefined) return;
    try {
      sendDatagram(this.#socket, text);
    } catch (error) {
      if (this.#hasComplained) return;
      this.#hasComplained = true;
      this.#onError(messageOf(error));
    }
  }
}

// A variable that is for another process was inherited, and is not for us.
function watchdogOf(env: NodeJS.ProcessEnv): number | undefined {
  const pid = env["WATCHDOG_PID"];
  const microseconds = Number(env["WATCHDOG_USEC"]);
  if (pid !== undefined && Number(pid) !== process.pid) return undefined;
  return Number.isSafeInteger(microseconds) && microseconds > 0
    ? microseconds / MICROSECONDS_PER_MS
    : undefined;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}
