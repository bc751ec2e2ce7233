// Where the output of one process goes, whatever that is: types only. Made by `path-outputs.ts` (fifos and files) and
// `logger-outputs.ts` (a logger process), used by `direct.ts` and `console.ts`.
import type { OwnedFd } from "../../sys/fd.ts";
import type { Drained } from "./contract.ts";

/** What output is copied into. Disposing says that this is the end. */
export interface Sink extends Disposable {
  /** Writes all; one call at a time, and `bytes` must not change meanwhile. */
  write(bytes: Uint8Array, options: { signal?: AbortSignal | undefined }): Promise<void>;
}

/** What a container inherits; both may be the same. */
export interface OutputFds {
  readonly stdout: OwnedFd | undefined;
  readonly stderr: OwnedFd | undefined;
}

/** The outputs of one process; either given to its container or copied into, and that once. */
export interface Outputs extends AsyncDisposable {
  /** Blocking descriptors; the caller's. */
  openForContainer(): OutputFds;
  /** For what a terminal writes; the caller's. Undefined where nobody wants it. */
  openForCopy(): Sink | undefined;
  /**
   * After the end of the process, with all that was opened here closed on our side: what became of the rest, waiting
   * for it at most `budgetMs`. Never rejects.
   */
  settled(budgetMs: number): Promise<Drained>;
}
