// How a page is told that what it asked for could not be, and whether to ask again is of use.
import {
  codeName,
  type HawserError,
  isCanceled,
  isFailedPrecondition,
  isInvalidArgument,
  isNotFound,
} from "../../proto/errors.ts";
import type { Channel } from "./channel.ts";
import type { OutputMessage } from "./wire.ts";

/** Says what went wrong, if there is still somebody to say it to. */
export async function complain(channel: Channel, error: HawserError, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) return channel.drop();
  if (channel.closed.aborted || isCanceled(error)) return channel.close();
  const isFinal = isNotFound(error) || isFailedPrecondition(error) || isInvalidArgument(error);
  await channel
    .tell({
      type: "error",
      text: `${codeName(error.code)}: ${error.message}`,
      isFinal,
    } satisfies OutputMessage)
    .catch(() => undefined);
  channel.close();
}
