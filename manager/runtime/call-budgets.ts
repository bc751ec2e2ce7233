// How long a shim may take to answer each call before its caller is told that nobody knows. Milliseconds. Wait is not
// among them: it has no deadline.

/** By the name of the method. */
export const CALL_BUDGETS_MS = {
  // An OCI runtime that sets a container up on a loaded machine.
  create: 120_000,
  // May restore a checkpoint.
  start: 120_000,
  // Waits 10 s for output to be read, and for the runtime.
  delete: 60_000,
  exec: 10_000,
  kill: 10_000,
  pause: 30_000,
  resume: 30_000,
  update: 30_000,
  checkpoint: 600_000,
  // What containerd gives it.
  state: 2_000,
  stats: 5_000,
  pids: 10_000,
  resizePty: 5_000,
  closeIO: 5_000,
  attach: 5_000,
  // What containerd gives it.
  shutdown: 3_000,
} as const satisfies Readonly<Record<string, number>>;
