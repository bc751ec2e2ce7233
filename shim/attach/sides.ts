// How the broker of a process sees the two sides that it stands between: types only.
import type { CutReason } from "./cut-reason.ts";
import type { InputAccount } from "./input-queue.ts";

/** What became of the output of a process that has ended. `held`: a process that it left behind may still write. */
export type Output = "complete" | "cut" | "held";

/** The end of a process, for its sessions. */
export interface ExitNotice {
  readonly exitStatus: number;
  readonly isUnknown: boolean;
  readonly exitedAt: Date | undefined;
  readonly oom: boolean;
  readonly timedOut: boolean;
}

/** The same, once its output has ended. */
export interface ProcessEnd extends ExitNotice {
  readonly output: Output;
  /** Place behind the output that comes before the exit. */
  readonly endOffset: number;
}

/** The process, and what reads its output. */
export interface ProcessSide {
  /** Of its terminal; undefined when nobody has set it. */
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
  /** Nobody holds it any more. */
  goOn(): void;
  /** Of its terminal; 0 changes nothing. */
  resize(columns: number, rows: number): void;
  /** Throws InvalidArgument for what is no signal. */
  signal(number: number): void;
  /** Its client is gone: what a terminal says then. */
  hangUp(): void;
  /** Ends it and everything that it has started. */
  killAll(): void;
}

/** A session that has been opened. */
export interface SessionSide {
  readonly id: bigint;
  readonly uid: number;
  readonly pid: number;
  readonly clientName: string;
  readonly openedAt: Date;
  readonly isReadOnly: boolean;
  /** Its client may type still: it is neither read-only nor on its way out. */
  readonly canType: boolean;
  /** Has no say in the size. */
  readonly hasNoSay: boolean;
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
  readonly activity: number;
  /** The process waits for it. */
  readonly holds: boolean;
  /** Place of the next byte that it gets. */
  readonly offset: number;
  readonly skippedBytes: number;
  readonly account: InputAccount;
  /** There is more to give. */
  pump(): void;
  /** Ends it: the reason in a word, and in a sentence. */
  cut(reason: CutReason, message: string): void;
}
