// The command line of OCI runtimes: one pure function from a command to its arguments. runc is the standard; the others
// are runc with something missing, and what is missing is written here with the version it was seen in.
import type { CheckpointOptions, CriuOptions, RestoreOptions } from "./driver.ts";

/** Whose command line a binary speaks. What is no crun is taken for runc: that is what others (youki, runsc) imitate. */
export type Family = "runc" | "crun";

/** The family of a binary, by its name (`/opt/crun-1.15` is a crun). */
export function familyOf(binary: string): Family {
  const name = binary.slice(binary.lastIndexOf("/") + 1);
  return name.startsWith("crun") || name === "krun" ? "crun" : "runc";
}

/** What stands before the command. */
export interface GlobalArguments {
  readonly family: Family;
  readonly rootDir: string;
  /** Absent for what asks about the runtime instead of a container. */
  readonly logFile?: string | undefined;
  readonly hasSystemdCgroup?: boolean | undefined;
}

type Restore = Omit<RestoreOptions, "stdio">;

/** A command with everything that ends up on its command line. */
export type Command =
  | {
      readonly verb: "create";
      readonly id: string;
      readonly bundleDir: string;
      readonly pidFile: string;
      readonly consoleSocket?: string | undefined;
      readonly noPivotRoot?: boolean | undefined;
      readonly noNewKeyring?: boolean | undefined;
    }
  | {
      readonly verb: "exec";
      readonly id: string;
      readonly processFile: string;
      readonly pidFile: string;
      readonly consoleSocket?: string | undefined;
    }
  | { readonly verb: "start" | "pause" | "resume" | "state" | "ps" | "update"; readonly id: string }
  | { readonly verb: "kill"; readonly id: string; readonly signal: number; readonly all: boolean }
  | { readonly verb: "delete"; readonly id: string; readonly force: boolean }
  | ({ readonly verb: "checkpoint"; readonly id: string } & CheckpointOptions)
  | ({ readonly verb: "restore"; readonly id: string } & Restore)
  | { readonly verb: "features" }
  | { readonly verb: "version" };

/** The first word of a command. */
export type Verb = Command["verb"];

/** The arguments behind the name of the binary. */
export function argv(globals: GlobalArguments, command: Command): string[] {
  // `--version` and `features` are answered before a root is looked at, and must not make one.
  if (command.verb === "version") return ["--version"];
  if (command.verb === "features") return ["features"];
  const args = ["--root", globals.rootDir];
  if (globals.logFile !== undefined) args.push("--log", globals.logFile, "--log-format", "json");
  if (globals.hasSystemdCgroup) args.push("--systemd-cgroup");
  args.push(command.verb);
  pushOptions(args, globals.family, command);
  // An id may not begin with a dash (`validateId`), so it cannot be taken for a flag.
  args.push(command.id);
  if (command.verb === "kill") args.push(String(command.signal));
  return args;
}

function pushOptions(
  args: string[],
  family: Family,
  command: Exclude<Command, { verb: "features" | "version" }>,
): void {
  switch (command.verb) {
    case "create":
      args.push("--bundle", command.bundleDir, "--pid-file", command.pidFile);
      if (command.consoleSocket) args.push("--console-socket", command.consoleSocket);
      if (command.noPivotRoot) args.push("--no-pivot");
      if (command.noNewKeyring) args.push("--no-new-keyring");
      return;
    case "exec":
      args.push("--process", command.processFile);
      if (command.consoleSocket) args.push("--console-socket", command.consoleSocket);
      args.push("--detach", "--pid-file", command.pidFile);
      return;
    case "kill":
      if (command.all) args.push("--all");
      return;
    case "delete":
      if (command.force) args.push("--force");
      return;
    case "ps":
      args.push("--format", "json");
      return;
    case "update":
      args.push("--resources=-");
      return;
    case "checkpoint":
      pushCriu(args, command);
      if (command.parentDir) args.push("--parent-path", command.parentDir);
      if (command.leaveRunning) args.push("--leave-running");
      return;
    case "restore":
      pushCriu(args, command);
      args.push("--detach", "--pid-file", command.pidFile);
      if (command.consoleSocket) args.push("--console-socket", command.consoleSocket);
      // crun 1.26 has neither and needs neither: it makes no subreaper and restores without pivoting.
      if (family === "runc") {
        if (command.noPivotRoot) args.push("--no-pivot");
        args.push("--no-subreaper");
      }
      args.push("--bundle", command.bundleDir);
      return;
    default:
      return;
  }
}

function pushCriu(args: string[], options: CriuOptions): void {
  args.push("--image-path", options.imageDir);
  if (options.workDir) args.push("--work-path", options.workDir);
  if (options.hasOpenTcp) args.push("--tcp-established");
  if (options.hasExternalUnixSockets) args.push("--ext-unix-sk");
  if (options.hasTerminal) args.push("--shell-job");
  if (options.hasFileLocks) args.push("--file-locks");
  if (options.cgroupsMode) args.push("--manage-cgroups-mode", options.cgroupsMode);
  // crun has no such flag and refuses, which is right: without it the namespace would not be empty.
  for (const namespace of options.emptyNamespaces ?? []) args.push("--empty-ns", namespace);
}
