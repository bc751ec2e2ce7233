// A daemon that `ctr` drives, whoever's it is: what the contract and its helpers use of one.

import type { CommandOptions, CommandResult } from "./command.ts";

/** Which daemon it is, and the client that drives it. */
export interface CtrProgram {
  readonly label: string;
  /** Path of the client. */
  readonly ctr: string;
  /** Whether client and daemon have the ways of containerd 2. */
  readonly isTwo: boolean;
  /** Whether a task that ended while the daemon was away is there, stopped, when it comes back. */
  readonly keepsExits: boolean;
}

/** A running daemon of a suite's own. */
export interface CtrDaemon extends AsyncDisposable {
  readonly program: CtrProgram;
  /** A directory of the suite that nobody else uses. */
  readonly dir: string;
  /** The namespace that `ctr` uses. */
  readonly namespace: string;
  /** All that it has logged, over restarts. */
  readonly log: string;
  /** Runs `ctr` in the namespace. */
  ctr(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** The arguments of `ctr` before and with these. */
  ctrArgs(args: readonly string[]): string[];
  /** Imports the archive that `makeImageArchive` made. */
  importImage(archive: string): Promise<void>;
  /** The shims that serve for it. */
  shimPids(): number[];
  /** Ends it by a signal and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<unknown>;
  /** Starts it again on what it left behind. */
  restart(): Promise<void>;
  /** Runs a test's body; when it fails, what the daemon has logged meanwhile is part of the error. */
  watch<T>(body: () => Promise<T>): Promise<T>;
  /** Fails when anything of a container is left. `ofOurs`: of our shim, which leaves less. */
  assertEmpty(options?: { ofOurs?: boolean }): Promise<void>;
}
