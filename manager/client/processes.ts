// The processes of containers, from hawserd's own record: also those that have ended. containerd has no such service and
// answers Unimplemented.
import { Processes, type ProcessInfo as ProcessMessage, ProcessState } from "../../proto/gen/processes.ts";
import { toDate } from "../../proto/timestamp.ts";
import type { CallOptions } from "./connection.ts";
import type { Session } from "./session.ts";

/** How a process is. `restarting`: it has ended, and its restart policy is about to start it again. */
export type ListedState = "unknown" | "created" | "running" | "paused" | "stopped" | "restarting";

/** How a process ended. */
export interface ListedEnd {
  /** 128 + n for signal n; 255 with `isUnknown`. */
  readonly exitStatus: number;
  /** 0: none. */
  readonly signal: number;
  /** Nobody can say how it ended. */
  readonly isUnknown: boolean;
  /** It, or a process beside it, was killed for want of memory. */
  readonly oom: boolean;
  readonly exitedAt: Date | undefined;
  /** What became of its output: `open` (not known yet), `complete`, `cut`, `direct` (never in the shim's hands), or empty. */
  readonly output: string;
}

/** A process of a container. */
export interface ListedProcess {
  readonly containerId: string;
  /** Absent for the init process. */
  readonly execId: string | undefined;
  readonly state: ListedState;
  /** On the host; 0 when there is none now. */
  readonly pid: number;
  readonly createdAt: Date | undefined;
  readonly startedAt: Date | undefined;
  /** Absent while it has not ended. */
  readonly end: ListedEnd | undefined;
  readonly isTerminal: boolean;
  /** Words of the program; of a long command the first ones. */
  readonly args: readonly string[];
  /** Its stdio as it was asked for. */
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  /** How often its restart policy has started it since somebody did. */
  readonly restarts: number;
}

/** Which processes to list. */
export interface ProcessListOptions extends CallOptions {
  /** Those of this container; default: of all. */
  readonly containerId?: string | undefined;
  /** Execs, too. Default: init processes alone. */
  readonly withExecs?: boolean | undefined;
}

const STATES: Readonly<Record<ProcessState, ListedState>> = {
  [ProcessState.PROCESS_STATE_UNKNOWN]: "unknown",
  [ProcessState.PROCESS_STATE_CREATED]: "created",
  [ProcessState.PROCESS_STATE_RUNNING]: "running",
  [ProcessState.PROCESS_STATE_PAUSED]: "paused",
  [ProcessState.PROCESS_STATE_STOPPED]: "stopped",
  [ProcessState.PROCESS_STATE_RESTARTING]: "restarting",
};

/** Lists processes, sorted by container, init first, then by start. Throws Unimplemented when the daemon is not hawserd. */
export async function listProcesses(
  session: Session,
  { containerId = "", withExecs = false, ...call }: ProcessListOptions = {},
): Promise<ListedProcess[]> {
  const { processes } = await session.service(Processes).list({ containerId, withExecs }, call);
  return processes.map(processOf);
}

/** A process of the wire, as the library has it. */
export function processOf({ execId, state, end, ...message }: ProcessMessage): ListedProcess {
  return {
    ...message,
    execId: execId === "" ? undefined : execId,
    state: STATES[state as ProcessState] ?? "unknown",
    createdAt: toDate(message.createdAt),
    startedAt: toDate(message.startedAt),
    end: end && { ...end, exitedAt: toDate(end.exitedAt) },
  };
}
