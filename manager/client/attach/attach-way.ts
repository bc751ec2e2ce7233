// The way to the attach socket of a process: hawserd tells it once, and a lost connection is first tried there again, so that a
// hawserd that is away disturbs nobody.
import { Code, HawserError, hasCode, isUnavailable } from "../../../proto/errors.ts";
import type { AttachOpen } from "../../../proto/gen/attach.ts";
import { Processes } from "../../../proto/gen/processes.ts";
import type { Session } from "../session.ts";
import { AttachLink } from "./attach-link.ts";
import type { AttachTarget } from "./attach-options.ts";

/** How to go. */
export interface WayOptions {
  readonly signal: AbortSignal;
  /** Waits for a hawserd that is not there. */
  readonly isPatient?: boolean | undefined;
}

/** The way to one process. */
export class AttachWay {
  readonly #session: Session;
  readonly #target: AttachTarget;
  #socketPath: string | undefined;

  constructor(session: Session, target: AttachTarget) {
    this.#session = session;
    this.#target = target;
  }

  /**
   * Opens a session. Throws NotFound when there is no such process, FailedPrecondition when there is nothing to attach to (any
   * more), and Unavailable when nobody answers.
   */
  async open(open: AttachOpen, { signal, isPatient = false }: WayOptions): Promise<AttachLink> {
    if (this.#socketPath !== undefined) {
      try {
        return await AttachLink.open(this.#socketPath, open, signal);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
      }
    }
    this.#socketPath = await this.#ask({ signal, isPatient });
    return await AttachLink.open(this.#socketPath, open, signal);
  }

  async #ask({ signal, isPatient }: WayOptions): Promise<string> {
    const { attach } = this.#session.narrow({ isPatient }).service(Processes);
    try {
      return (await attach(this.#target, { signal })).socketPath;
    } catch (error) {
      if (!hasCode(error, Code.Unimplemented)) throw error;
      const advice = "that is hawserd's alone; containerd has fifos, task({ stdio })";
      throw new HawserError(Code.Unimplemented, `attach: the daemon has no attach sessions: ${advice}`, {
        cause: error,
      });
    }
  }
}
