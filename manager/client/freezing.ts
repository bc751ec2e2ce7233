// The processes of a container, held still while its files are read. Owns that they run again afterwards: on its own clock, through
// a daemon that is away meanwhile, and also when nobody knows whether they were frozen at all.
import {
  HawserError,
  isCanceled,
  isDeadlineExceeded,
  isNotFound,
  isUnavailable,
} from "../../proto/errors.ts";
import { Status } from "../../proto/gen/process.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import type { CallOptions } from "./connection.ts";
import type { Session } from "./session.ts";

/** How long a thawing may take, a daemon that is away included. Milliseconds. */
const THAW_MS = 30_000;

/** Processes that are frozen, until `thaw`. */
export class Freezing implements AsyncDisposable {
  readonly #session: Session;
  readonly #containerId: string;
  #isFrozen = true;

  private constructor(session: Session, containerId: string) {
    this.#session = session;
    this.#containerId = containerId;
  }

  /** Freezes them. Undefined where nothing runs, and where somebody else has frozen it, who will thaw it. */
  static async begin(
    session: Session,
    containerId: string,
    call: CallOptions,
  ): Promise<Freezing | undefined> {
    const tasks = session.service(Tasks);
    try {
      const { process } = await tasks.get({ containerId }, call);
      if (process?.status !== Status.RUNNING) return undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
    const freezing = new Freezing(session, containerId);
    try {
      await tasks.pause({ containerId }, call);
    } catch (error) {
      // Given up, late or cut off: it may have been done all the same.
      if (isCanceled(error) || isDeadlineExceeded(error) || isUnavailable(error)) {
        await freezing[Symbol.asyncDispose]();
      }
      throw error;
    }
    return freezing;
  }

  /** Lets them go on. Again does nothing. Throws when they may be frozen still. */
  async thaw(): Promise<void> {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    const containerId = this.#containerId;
    try {
      const tasks = this.#session.narrow({ isPatient: true }).service(Tasks);
      await tasks.resume({ containerId }, { timeoutMs: THAW_MS });
    } catch (error) {
      // It has ended meanwhile.
      if (isNotFound(error)) return;
      throw HawserError.from(error).wrap(`thaw container "${containerId}", see: hawser unpause`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whatever ends the scope early is the error that counts.
    await this.thaw().catch(() => undefined);
  }
}
