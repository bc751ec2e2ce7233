// How a session ended, and how its process did, as the shim's last frame says it or the manager's record. Pure.
import type { AttachExit } from "../../../proto/gen/attach.ts";
import type { ProcessEnd } from "../../../proto/gen/processes.ts";
import { toDate } from "../../../proto/timestamp.ts";
import type { Exit } from "../exit-watch.ts";

/** How the process of a session ended. */
export interface SessionExit extends Exit {
  /** Nobody could tell; `exitStatus` is 255 then. */
  readonly isUnknown: boolean;
  /** It, or a process beside it, was killed for want of memory. */
  readonly oom: boolean;
  /** It was killed because its time was up. */
  readonly timedOut: boolean;
  /**
   * Whether the session has all of its output: `complete`; `held`: a process that it left behind may print more; `cut`: something
   * may be missing at the end; `unknown`: nobody has kept it, or nobody can tell.
   */
  readonly output: "complete" | "held" | "cut" | "unknown";
}

/** Why a session was ended that neither side wished to end. */
export interface SessionCut {
  /** `lagged`, `shutdown`, `gone`, `unreachable`, … */
  readonly reason: string;
  /** The same in a sentence. */
  readonly message: string;
}

/** How a session ended: with its process, by the other side, or as wished. */
export type SessionEnd =
  | { readonly exit: SessionExit; readonly cut?: undefined; readonly detached?: undefined }
  | { readonly cut: SessionCut; readonly exit?: undefined; readonly detached?: undefined }
  | { readonly detached: true; readonly exit?: undefined; readonly cut?: undefined };

/** What the last frame says. */
export function exitOfFrame(frame: AttachExit): SessionExit {
  return {
    exitStatus: frame.exitStatus,
    exitedAt: toDate(frame.exitedAt),
    isUnknown: frame.isUnknown,
    oom: frame.oom,
    timedOut: frame.timedOut,
    output: outputOf(frame.output),
  };
}

/** What the manager's record says. `hasLog`: its output was read from its log to the end. */
export function exitOfRecord(end: ProcessEnd, hasLog: boolean): SessionExit {
  return {
    exitStatus: end.exitStatus,
    exitedAt: toDate(end.exitedAt),
    isUnknown: end.isUnknown,
    oom: end.oom,
    timedOut: false,
    output: hasLog ? outputOf(end.output) : "unknown",
  };
}

function outputOf(word: string): SessionExit["output"] {
  return word === "complete" || word === "held" || word === "cut" ? word : "unknown";
}
