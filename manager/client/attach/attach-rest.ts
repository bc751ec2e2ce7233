// What is left of a process whose shim has gone: the rest of its output, from the log that hawserd keeps, and how it ended, from
// hawserd's record. Waits for a hawserd that is away, since a session may have survived it.

import { OutputStream } from "../../../proto/attach-frame.ts";
import { Code, HawserError, hasCode, isFailedPrecondition, isNotFound } from "../../../proto/errors.ts";
import { Logs } from "../../../proto/gen/logs.ts";
import { Processes } from "../../../proto/gen/processes.ts";
import type { CallOptions } from "../connection.ts";
import type { Session } from "../session.ts";
import { exitOfRecord, type SessionEnd } from "./attach-end.ts";
import { type AttachTarget, nounOf } from "./attach-options.ts";
import type { AttachItem, OutputPlace } from "./output-place.ts";

/**
 * Gives `put` the output from `place` on, and returns how the process ended: undefined when it lives, or will again.
 * Throws what the manager refuses with; a log that is not there is none of that.
 */
export async function restOf(
  session: Session,
  target: AttachTarget,
  place: OutputPlace,
  put: (items: readonly AttachItem[]) => Promise<void>,
  options: CallOptions,
): Promise<SessionEnd | undefined> {
  const patient = session.narrow({ isPatient: true });
  // Before the log: a container that is started again while we read would give us a piece of its new life.
  const before = await recordOf(patient, target, options);
  const end = before?.end;
  if (before !== undefined && end === undefined) return undefined;
  const hasLog = await readLog(patient, target, place, put, options);
  if (end !== undefined) return { exit: exitOfRecord(end, hasLog) };
  return { cut: { reason: "gone", message: `${nounOf(target)} was deleted, and nobody knows how it ended` } };
}

async function recordOf(session: Session, { containerId, execId }: AttachTarget, options: CallOptions) {
  try {
    const request = { containerId, withExecs: execId !== "" };
    const { processes } = await session.service(Processes).list(request, options);
    return processes.find((process) => process.execId === execId && process.containerId === containerId);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw HawserError.from(error).wrap("ask how the process ended");
  }
}

async function readLog(
  session: Session,
  target: AttachTarget,
  place: OutputPlace,
  put: (items: readonly AttachItem[]) => Promise<void>,
  { signal }: CallOptions,
): Promise<boolean> {
  try {
    const request = { ...target, fromOffset: place.next, hasFromOffset: true };
    for await (const { records, gap } of session.service(Logs).read(request, { signal })) {
      const items: AttachItem[] = [];
      const missing = gap && place.skip(gap.toOffset);
      if (missing !== undefined) items.push(missing);
      for (const { offset, stream, data } of records) {
        items.push(...place.take(offset, stream === OutputStream.stderr ? "stderr" : "stdout", data));
      }
      await put(items);
    }
    return true;
  } catch (error) {
    // What was kept in memory alone has gone with the shim.
    if (isNotFound(error) || isFailedPrecondition(error)) return false;
    // A session may be a moment ahead of the log of a shim that was killed: then it has more than is left.
    if (hasCode(error, Code.OutOfRange) && place.hasOutput) return true;
    throw HawserError.from(error).wrap("read the rest of its output");
  }
}
