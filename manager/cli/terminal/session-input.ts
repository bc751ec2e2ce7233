// From standard input to a session: a keyboard with its detach keys, or a pipe or file with its end. Reads no faster than the
// process does.
import { messageOf } from "../../../proto/errors.ts";
import type { AttachSession } from "../../client/attach/attach-session.ts";
import { ExitStatus } from "../exit-status.ts";
import type { DetachKeys } from "./detach-keys.ts";

/** How to read. */
export interface SessionInputOptions {
  readonly stdin: NodeJS.ReadStream;
  /** Present for a keyboard: its end is that of the terminal, and none of the process's input. */
  readonly keys: DetachKeys | undefined;
  /** Whether the end of a pipe is the end of the process's input. */
  readonly endsInput: boolean;
  /** Nothing is passed on, and ctrl-c leaves, too. */
  readonly isWatching: boolean;
}

const CTRL_C = 3;

/** Resolves with true when the detach keys were typed, with false when nothing more comes, or the process takes no more. */
export async function passInput(
  session: AttachSession,
  { stdin, keys, isWatching, endsInput }: SessionInputOptions,
): Promise<boolean> {
  try {
    for await (const bytes of stdin) {
      const typed = keys?.push(bytes as Buffer) ?? { bytes: bytes as Buffer, isDetach: false };
      if (isWatching) {
        if (typed.isDetach || typed.bytes.includes(CTRL_C)) return true;
        continue;
      }
      if (typed.bytes.length > 0 && !(await wasTaken(session.write(typed.bytes)))) {
        // A keyboard may still detach.
        if (keys === undefined) return false;
      }
      if (typed.isDetach) return true;
    }
  } catch (error) {
    // It was closed by us: the session is over.
    if (stdin.destroyed || keys !== undefined) return false;
    throw new ExitStatus(1, `read standard input: ${messageOf(error)}`, { cause: error });
  }
  if (keys === undefined && endsInput) await wasTaken(session.endInput());
  return false;
}

// A process that reads no more, or has ended, is told by the end of the session, if at all.
async function wasTaken(writing: Promise<void>): Promise<boolean> {
  return await writing.then(
    () => true,
    () => false,
  );
}
