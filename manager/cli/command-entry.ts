// What the tables of commands are made of, and the groups that commands are in.
import type { CommandModule } from "./cli.ts";

/** Groups of the overview, in its order. */
export const GROUPS = [
  ["run", "Run containers"],
  ["look", "Look at them"],
  ["image", "Images"],
  ["manage", "hawserd and this machine"],
] as const;

/** First words of commands with two, and what they are about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  container: "Containers.",
  image: "Images.",
  namespace: "Namespaces: tenants, each with containers, images and ids of its own.",
  system: "hawserd and what it keeps.",
};

/** A command as the table knows it. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** In lower case, without a full stop. */
  readonly summary: string;
  readonly group: (typeof GROUPS)[number][0];
  readonly load: () => Promise<CommandModule>;
  readonly isHidden?: boolean;
  /** The status of a failure that says none itself. Default: 1. */
  readonly failureStatus?: number;
}
