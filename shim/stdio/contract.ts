// What the rest of the shim knows of a process's stdio: types only. `process-stdio.ts` makes one from a plan; behind it is
// either `direct.ts` (the container has the client's own fifos and files) or `console.ts` (a terminal, copied).
// Does not know containers, states or events: it is told when the runtime has succeeded and when the process has ended.

import type { Broker } from "../attach/broker.ts";
import type { ProcessSide } from "../attach/sides.ts";
import type { OnNotice } from "../notice.ts";

export type { OnNotice } from "../notice.ts";

/**
 * What became of the output of a process that has ended:
 * - `complete`: all of it has reached its sink: a fifo that was read empty, a file, a logger that ended well;
 * - `direct`: the rest is in a fifo that others hold, a client that reads or a process that writes: nothing that is ours
 *   is in between, and nothing is lost when we let go;
 * - `cut`: something was or will be lost: nobody was there to read, or the budget was used up. A notice says what.
 */
export type Drained = "complete" | "direct" | "cut";

/** The stdio of one process. Disposing it closes everything, terminal included (its processes then get SIGHUP). */
export interface ProcessStdio extends AsyncDisposable {
  /** Borrowed for the OCI runtime's own stdio, from where the container inherits it; valid until {@link spawned}. */
  readonly child: ChildStdio;
  /** For the runtime's --console-socket, when there is a terminal. */
  readonly consoleSocket: string | undefined;
  /**
   * The runtime has succeeded. Closes our copies of what the container has now: until then no reader of its output
   * sees the end. With a terminal: resolves when it is here, sized, and copied; DeadlineExceeded after 10 s.
   */
  spawned(): Promise<void>;
  /**
   * The size of the terminal; without one, does nothing. Kept for a terminal that is not here yet. A size of 0 says
   * "unknown" and changes nothing; InvalidArgument above 65535, the most that a terminal knows.
   */
  resize(width: number, height: number): void;
  /**
   * CloseIO: no more input comes from us. The process reads what is there, and then, as soon as the client has closed
   * its end too, the end of file. A terminal has no such thing; see `console.ts` for what its process gets.
   * Again, and before the start, is fine.
   */
  closeStdin(): void;
  /**
   * After the exit, once: waits for what the process wrote to reach its sink, at most `budgetMs`. Never rejects.
   * What a client may still come back to read is kept until this is disposed of.
   */
  drained(budgetMs: number): Promise<Drained>;
}

/** Descriptors, or `"ignore"` for /dev/null. */
export interface ChildStdio {
  readonly stdin: number | "ignore";
  readonly stdout: number | "ignore";
  readonly stderr: number | "ignore";
}

/** Whose stdio it is. */
export interface StdioOptions {
  readonly containerId: string;
  readonly namespace: string;
  readonly execId?: string | undefined;
  readonly bundleDir: string;
  /** Owner of the pipes that we make (a fifo or file of the client keeps its owner). */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly onNotice: OnNotice;
  /** For a plan that asks for brokered stdio: whose broker it is, and what sessions reach of the process. */
  readonly brokered?: Brokered | undefined;
}

/** What stands between a process with brokered stdio and its sessions; borrowed, and outlives the stdio. */
export interface Brokered {
  readonly broker: Broker;
  readonly control: Pick<ProcessSide, "signal" | "killAll">;
}

/** What comes last in a call that can wait. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

const BY_SEVERITY: readonly Drained[] = ["complete", "direct", "cut"];

/** The worst of several, `complete` of none. */
export function worst(results: readonly Drained[]): Drained {
  return BY_SEVERITY[Math.max(0, ...results.map((result) => BY_SEVERITY.indexOf(result)))] ?? "cut";
}
