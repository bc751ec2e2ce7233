// The table of commands: what there is, what it is called, and where it is. A command's file is loaded only when it is
// asked for, because the start of `hawser` is paid for with every command.
// Names of two words belong to a group (`container`, `image`…); docker's spellings are aliases.
import type { CommandModule } from "../cli.ts";

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

/** All commands, in the order of the overview. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "run",
    aliases: ["container run"],
    summary: "make a container and start it",
    group: "run",
    load: () => import("./run.ts"),
    failureStatus: 125,
  },
  {
    name: "create",
    aliases: ["container create"],
    summary: "make a container",
    group: "run",
    load: () => import("./create.ts"),
    failureStatus: 125,
  },
  {
    name: "start",
    aliases: ["container start"],
    summary: "start containers that were made or have ended",
    group: "run",
    load: () => import("./start.ts"),
  },
  {
    name: "stop",
    aliases: ["container stop"],
    summary: "ask containers to end, and kill those that do not",
    group: "run",
    load: () => import("./stop.ts"),
  },
  {
    name: "restart",
    aliases: ["container restart"],
    summary: "end containers and start them again",
    group: "run",
    load: () => import("./restart.ts"),
  },
  {
    name: "kill",
    aliases: ["container kill"],
    summary: "send a signal to containers",
    group: "run",
    load: () => import("./kill.ts"),
  },
  {
    name: "wait",
    aliases: ["container wait"],
    summary: "wait until containers have ended, and print their exit statuses",
    group: "run",
    load: () => import("./wait.ts"),
  },
  {
    name: "pause",
    aliases: ["container pause"],
    summary: "freeze containers",
    group: "run",
    load: () => import("./pause.ts"),
  },
  {
    name: "unpause",
    aliases: ["container unpause"],
    summary: "let frozen containers go on",
    group: "run",
    load: () => import("./unpause.ts"),
  },
  {
    name: "rename",
    aliases: ["container rename"],
    summary: "give a container another name",
    group: "run",
    load: () => import("./rename.ts"),
  },
  {
    name: "update",
    aliases: ["container update"],
    summary: "change limits and restart policies",
    group: "run",
    load: () => import("./update.ts"),
  },
  {
    name: "rm",
    aliases: ["container rm", "container remove"],
    summary: "remove containers",
    group: "run",
    load: () => import("./rm.ts"),
  },
  {
    name: "ps",
    aliases: ["container ls", "container list", "container ps"],
    summary: "containers and what they do",
    group: "look",
    load: () => import("./ps.ts"),
  },
  {
    name: "attach",
    aliases: ["container attach"],
    summary: "be in a container that runs, with your terminal or pipes",
    group: "run",
    load: () => import("./attach.ts"),
  },
  {
    name: "exec",
    aliases: ["container exec"],
    summary: "run one more process in a container",
    group: "run",
    load: () => import("./exec.ts"),
    failureStatus: 125,
  },
  {
    name: "exec ls",
    summary: "list what was started with exec",
    group: "run",
    load: () => import("./exec-ls.ts"),
  },
  {
    name: "exec attach",
    summary: "be in one of them again",
    group: "run",
    load: () => import("./exec-attach.ts"),
  },
  {
    name: "exec kill",
    summary: "send a signal to some of them",
    group: "run",
    load: () => import("./exec-kill.ts"),
  },
  {
    name: "exec rm",
    summary: "forget some of them, and how they ended",
    group: "run",
    load: () => import("./exec-rm.ts"),
  },
  {
    name: "exec inspect",
    summary: "everything about some of them, as JSON",
    group: "run",
    load: () => import("./exec-inspect.ts"),
  },
  {
    name: "logs",
    aliases: ["container logs"],
    summary: "print what a container has printed, and follow it",
    group: "look",
    load: () => import("./logs.ts"),
  },
  {
    name: "events",
    aliases: ["system events"],
    summary: "what happens, from any time or cursor on",
    group: "look",
    load: () => import("./events.ts"),
  },
  {
    name: "cp",
    aliases: ["container cp"],
    summary: "copy files between a container and this machine",
    group: "look",
    load: () => import("./cp.ts"),
  },
  {
    name: "diff",
    aliases: ["container diff"],
    summary: "what a container has changed in its file system",
    group: "look",
    load: () => import("./diff.ts"),
  },
  {
    name: "top",
    aliases: ["container top"],
    summary: "the processes of a container",
    group: "look",
    load: () => import("./top.ts"),
  },
  {
    name: "stats",
    aliases: ["container stats"],
    summary: "what containers use, live",
    group: "look",
    load: () => import("./stats.ts"),
  },
  {
    name: "commit",
    aliases: ["container commit"],
    summary: "an image of what a container has become",
    group: "image",
    load: () => import("./commit.ts"),
  },
  {
    name: "version",
    summary: "the versions of hawser and hawserd",
    group: "manage",
    load: () => import("./version.ts"),
  },
  {
    name: "doctor",
    summary: "find what nobody owns: processes, mounts, sockets, cgroups, files; remove it when asked",
    group: "manage",
    load: () => import("./doctor.ts"),
    failureStatus: 2,
  },
  {
    name: "system stop",
    summary: "end hawserd; containers go on",
    group: "manage",
    load: () => import("./system-stop.ts"),
  },
  {
    name: "first-run",
    summary: "what npm start is",
    group: "manage",
    load: () => import("./first-run.ts"),
    isHidden: true,
  },
  {
    name: "demonstration",
    summary: "show a container's life on the runtimes",
    group: "manage",
    load: () => import("./demonstration.ts"),
    isHidden: true,
  },
];
