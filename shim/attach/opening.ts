// The first word of a session: what its client asks for, and where its output begins. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import { AttachOpen, ReplayFrom } from "../../proto/gen/attach.ts";

/** What there is of the output: the oldest byte that can be had, and the end. */
export interface PlaceView {
  readonly keptFrom: number;
  readonly window: { readonly end: number };
}

/** The open frame. Throws InvalidArgument. */
export function decodeOpen(payload: Uint8Array): AttachOpen {
  try {
    return AttachOpen.decode(payload);
  } catch (cause) {
    throw invalidFrame(`the first frame cannot be read: ${HawserError.from(cause).message}`, cause);
  }
}

/** Where a session begins, as the client asks for it. Throws OutOfRange for a place that is still to come. */
export function placeOf({ replayFrom, offset, bytes }: AttachOpen, { window, keptFrom }: PlaceView): number {
  switch (replayFrom) {
    case ReplayFrom.REPLAY_FROM_OFFSET: {
      if (offset <= BigInt(window.end)) return Number(offset);
      const message = `the output has not come to ${offset}: it ends at ${window.end}; attach from there`;
      throw new HawserError(Code.OutOfRange, message);
    }
    case ReplayFrom.REPLAY_FROM_LAST_BYTES: {
      const wanted = bytes > BigInt(window.end) ? 0 : window.end - Number(bytes);
      return Math.max(keptFrom, wanted);
    }
    case ReplayFrom.REPLAY_FROM_ALL:
      return keptFrom;
    default:
      return window.end;
  }
}

/** What is wrong with a frame. */
export function invalidFrame(message: string, cause?: unknown): HawserError {
  return new HawserError(Code.InvalidArgument, message, { cause });
}
