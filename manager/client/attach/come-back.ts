// How a session that was lost comes back: to the shim, at the place where it was, or else to what is left of the process. Tries
// for a minute, so that a hawserd that is being restarted ends nothing.
import {
  codeName,
  HawserError,
  isDeadlineExceeded,
  isFailedPrecondition,
  isNotFound,
  isUnavailable,
} from "../../../proto/errors.ts";
import { type AttachOpen, ReplayFrom } from "../../../proto/gen/attach.ts";
import { pause } from "../pause.ts";
import type { Session } from "../session.ts";
import type { SessionEnd } from "./attach-end.ts";
import type { AttachLink } from "./attach-link.ts";
import type { AttachTarget } from "./attach-options.ts";
import { restOf } from "./attach-rest.ts";
import type { AttachWay } from "./attach-way.ts";
import type { AttachItem, OutputPlace } from "./output-place.ts";

/** How long it tries. Milliseconds. */
const COME_BACK_MS = 60_000;
/** Between two attempts. */
const PAUSE_MS = 100;

/** What was lost, and where the rest goes. */
export interface LostSession {
  readonly session: Session;
  readonly target: AttachTarget;
  readonly way: AttachWay;
  /** How it was opened at first. */
  readonly open: AttachOpen;
  /** Its number; 0 when it never had one. */
  readonly id: bigint;
  readonly place: OutputPlace;
  readonly put: (items: readonly AttachItem[]) => Promise<void>;
}

/** A new link, or how the session ends. Throws the reason of `signal`. */
export async function comeBack(lost: LostSession, signal: AbortSignal): Promise<AttachLink | SessionEnd> {
  const { session, target, way, open, id, place, put } = lost;
  let deadline = AbortSignal.timeout(COME_BACK_MS);
  for (;;) {
    const given = AbortSignal.any([signal, deadline]);
    try {
      const replay = { replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset: place.next, bytes: 0n };
      return await way.open({ ...open, ...replay, resumedSession: id }, { signal: given, isPatient: true });
    } catch (caught) {
      signal.throwIfAborted();
      const { code, message } = HawserError.from(caught);
      if (deadline.aborted) return unreachable(message);
      if (isNotFound(caught) || isFailedPrecondition(caught)) {
        const before = place.next;
        const end = await restUnlessAway(restOf(session, target, place, put, { signal }));
        // Otherwise hawserd does not know yet what has become of the shim, starts the container again, or has gone in the middle.
        if (end !== undefined) return end;
        // Who reads slowly may have taken longer than that for what came.
        if (place.next > before) deadline = AbortSignal.timeout(COME_BACK_MS);
      } else if (!isUnavailable(caught) && !isDeadlineExceeded(caught)) {
        return { cut: { reason: codeName(code), message } };
      }
    }
    await pause(PAUSE_MS, signal);
    if (deadline.aborted) return unreachable("hawserd has no way to it");
  }
}

// A hawserd that goes while it is asked costs nothing: what it told is told, and it is asked for what comes behind.
async function restUnlessAway(rest: Promise<SessionEnd | undefined>): Promise<SessionEnd | undefined> {
  try {
    return await rest;
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}

function unreachable(message: string): SessionEnd {
  const sentence = `the connection was lost and could not be made again within ${COME_BACK_MS / 1000} s: ${message}`;
  return { cut: { reason: "unreachable", message: sentence } };
}
