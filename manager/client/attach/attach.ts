// Opens sessions: with a process that is there, and with what is left of one that has ended.
import { isFailedPrecondition, isNotFound } from "../../../proto/errors.ts";
import { type AttachOpen, ReplayFrom } from "../../../proto/gen/attach.ts";
import { Logs } from "../../../proto/gen/logs.ts";
import { Processes } from "../../../proto/gen/processes.ts";
import type { Session } from "../session.ts";
import type { AttachLink } from "./attach-link.ts";
import { type AttachSessionOptions, type AttachTarget, attachOpen } from "./attach-options.ts";
import { AttachSession } from "./attach-session.ts";
import { AttachWay } from "./attach-way.ts";
import { OutputPlace } from "./output-place.ts";

/** Attaches to a process. Throws NotFound, FailedPrecondition when it cannot be attached to, and what the shim refuses with. */
export async function attach(
  session: Session,
  target: AttachTarget,
  options: AttachSessionOptions = {},
): Promise<AttachSession> {
  const open = attachOpen(target, options);
  const way = new AttachWay(session, target);
  const { closed } = session.state;
  const signal = options.signal === undefined ? closed : AbortSignal.any([options.signal, closed]);
  const link = await way.open(open, { signal });
  const { isTerminal } = link.opened;
  return new AttachSession(session, target, options, {
    open,
    way,
    link,
    place: placeAt(open, link),
    isTerminal,
  });
}

/** The same; of a process that has ended, and whose shim has gone, the session has what is left. */
export async function attachOrRest(
  session: Session,
  target: AttachTarget,
  options: AttachSessionOptions = {},
): Promise<AttachSession> {
  try {
    return await attach(session, target, options);
  } catch (error) {
    if (!isNotFound(error) && !isFailedPrecondition(error)) throw error;
    const { signal } = options;
    const request = { containerId: target.containerId, withExecs: target.execId !== "" };
    const { processes } = await session.service(Processes).list(request, { signal });
    const record = processes.find(({ execId }) => execId === target.execId);
    // It lives, and cannot be attached to, or nobody knows it: that is the answer.
    if (record?.end === undefined) throw error;
    const open = attachOpen(target, options);
    const place = new OutputPlace(await restPlace(session, target, open, signal));
    const way = new AttachWay(session, target);
    const { isTerminal } = record;
    return new AttachSession(session, target, options, { open, way, link: undefined, place, isTerminal });
  }
}

// What was asked for and is not kept any more is a gap, where a place was asked for.
function placeAt(open: AttachOpen, { opened }: AttachLink): OutputPlace {
  return new OutputPlace(open.replayFrom === ReplayFrom.REPLAY_FROM_OFFSET ? open.offset : opened.offset);
}

async function restPlace(
  session: Session,
  target: AttachTarget,
  open: AttachOpen,
  signal: AbortSignal | undefined,
): Promise<bigint | undefined> {
  if (open.replayFrom === ReplayFrom.REPLAY_FROM_OFFSET) return open.offset;
  if (open.replayFrom === ReplayFrom.REPLAY_FROM_ALL) return undefined;
  // Its last line says where the log ends.
  let end = 0n;
  try {
    const request = { ...target, tailLines: 1n, hasTail: true };
    for await (const { records } of session.service(Logs).read(request, { signal })) {
      for (const { offset, data } of records) end = offset + BigInt(data.length);
    }
  } catch (error) {
    if (!isNotFound(error) && !isFailedPrecondition(error)) throw error;
  }
  // More than there ever was is all that is kept.
  return open.bytes < end ? end - open.bytes : undefined;
}
