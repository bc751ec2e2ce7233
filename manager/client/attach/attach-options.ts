// How somebody wants to attach, and the first frame that says so. Pure.
import { Code, HawserError } from "../../../proto/errors.ts";
import { type AttachOpen, ReplayFrom, WhenSlow } from "../../../proto/gen/attach.ts";

/** Where to begin: with what comes from now on, at the oldest byte that is kept, so many bytes before now, at a place. */
export type Replay = "none" | "all" | { readonly lastBytes: number } | { readonly fromOffset: bigint };

/** What happened to a session and is neither output nor its end. */
export type AttachNotice =
  /** The connection is lost; the session comes back by itself. */
  | { readonly kind: "lost"; readonly message: string }
  /** It is back, at the place where it was. */
  | { readonly kind: "resumed" }
  /** Input that was under way when the connection was lost, and of which nobody knows whether the process has got it. */
  | { readonly kind: "inputUnknown"; readonly bytes: number };

/** How to attach. */
export interface AttachSessionOptions {
  /** Default `none`. */
  readonly replay?: Replay | undefined;
  /** Only look: input, sizes and signals are refused. */
  readonly isReadOnly?: boolean | undefined;
  /** Leave the size of the terminal to others. */
  readonly noResize?: boolean | undefined;
  /**
   * What happens when this session does not keep up and what it has not read is about to be dropped: it is `cut`, goes on behind
   * a gap, or the process is held. Default `cut`.
   */
  readonly whenSlow?: "cut" | "skip" | "hold" | undefined;
  /** For whoever lists sessions; at most 128 bytes. Default: the program's pid. */
  readonly clientName?: string | undefined;
  /** Is told what happens to the session. Must not throw. */
  readonly onNotice?: ((notice: AttachNotice) => void) | undefined;
  /** Ends the session, as a client that dies does: to leave the process undisturbed, `detach()`. */
  readonly signal?: AbortSignal | undefined;
}

/** Which process. */
export interface AttachTarget {
  readonly containerId: string;
  /** Empty for the init process. */
  readonly execId: string;
}

/** A process, in a sentence. */
export function nounOf({ containerId, execId }: AttachTarget): string {
  return execId === "" ? `container "${containerId}"` : `exec "${execId}" in "${containerId}"`;
}

const SLOW = {
  cut: WhenSlow.WHEN_SLOW_CUT,
  skip: WhenSlow.WHEN_SLOW_SKIP,
  hold: WhenSlow.WHEN_SLOW_HOLD,
} as const;

/** Past it, no place can be said on the wire. */
const MAX_OFFSET = (1n << 64n) - 1n;

/** The first frame. Throws InvalidArgument for places and amounts that are none. */
export function attachOpen(target: AttachTarget, options: AttachSessionOptions): AttachOpen {
  const { isReadOnly = false, noResize = false, whenSlow = "cut" } = options;
  return {
    ...target,
    isReadOnly,
    noResize,
    whenSlow: SLOW[whenSlow],
    clientName: options.clientName ?? `pid ${process.pid}`,
    resumedSession: 0n,
    ...replayFields(options.replay ?? "none"),
  };
}

function replayFields(replay: Replay): Pick<AttachOpen, "replayFrom" | "offset" | "bytes"> {
  if (replay === "none") return { replayFrom: ReplayFrom.REPLAY_FROM_NOW, offset: 0n, bytes: 0n };
  if (replay === "all") return { replayFrom: ReplayFrom.REPLAY_FROM_ALL, offset: 0n, bytes: 0n };
  if ("fromOffset" in replay) {
    const { fromOffset: offset } = replay;
    if (offset >= 0n && offset <= MAX_OFFSET) {
      return { replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset, bytes: 0n };
    }
    throw new HawserError(Code.InvalidArgument, `replay from offset ${offset}: there is no such place`);
  }
  const { lastBytes } = replay;
  if (Number.isSafeInteger(lastBytes) && lastBytes >= 0) {
    return { replayFrom: ReplayFrom.REPLAY_FROM_LAST_BYTES, offset: 0n, bytes: BigInt(lastBytes) };
  }
  throw new HawserError(Code.InvalidArgument, `replay the last ${lastBytes} bytes: that is no amount`);
}
