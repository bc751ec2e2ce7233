// What a command of `hawser` gets to work with, and what it has to be. Commands know this file; who makes these things is
// invocation.ts.
import type { Command } from "commander";
import type { Client } from "../client/client.ts";
import type { Container } from "../client/container.ts";
import type { DaemonInfo } from "../client/daemon.ts";
import type { Globals } from "./globals.ts";
import type { Output } from "./output.ts";

export { ExitStatus } from "./exit-status.ts";
export type { Globals } from "./globals.ts";
export type { Output } from "./output.ts";

/** The surroundings of a command. */
export interface Cli {
  /**
   * The client, in the namespace that was chosen; connects once. Starts hawserd when nobody listens, unless that is not wanted. Throws
   * ExitStatus 125 that says what to do. Closed by the frame when the command has ended.
   */
  client(): Promise<Client>;
  /** What hawserd says of itself: where its directories are, for one. Asks once. */
  daemon(): Promise<DaemonInfo>;
  /** A container by its id, its name, or the beginning of its id when no other begins so. Throws NotFound or InvalidArgument. */
  container(reference: string): Promise<Container>;
  /** Standard output. */
  readonly out: Output;
  /** Standard error. */
  readonly err: Output;
  /** Fires with the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Leaves SIGINT and SIGTERM to the command from here on: `signal` does not fire any more. */
  takeSignals(): void;
  /**
   * For a command that waits for something to print: from here on `signal` fires, too, when standard output is a pipe that nobody
   * reads any more.
   */
  endWithReader(): void;
  /** What the flags say that every command has. */
  readonly globals: Globals;
  /** Where hawserd and the shims are. */
  readonly binDir: string;
}

/** Gives a command its arguments, options and action. It may replace its description by a longer one. */
export type DefineCommand = (command: Command, cli: Cli) => void;

/** An example for the help: the words after `hawser`, and what they do. */
export type Example = readonly [words: string, about: string];

/** What a file in commands/ exports. */
export interface CommandModule {
  readonly define: DefineCommand;
  readonly examples: readonly Example[];
}
