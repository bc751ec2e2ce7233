// Whoever prints into a log, as far as its readers must know. What implements it asks the manager's records.

/**
 * `printing`: it runs. `expected`: it does not, and is to be started, again or for the first time. `exited`: it has ended; output
 * comes until its log is closed. `over`: nothing comes any more.
 */
export type OwnerState = "printing" | "expected" | "exited" | "over";

/** The process, or the row of processes of a container that is started again and again, that a log is of. */
export interface LogOwner {
  /** For errors: `container "web"`. */
  readonly what: string;
  /** The directory of its log. It may not be there yet. */
  readonly dir: string;
  /** How it is now. */
  state(): OwnerState;
  /** Calls `wake` when the state may have changed, until the answer is called. */
  onChange(wake: () => void): () => void;
}
