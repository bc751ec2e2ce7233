// The commands for hawserd itself and for its machine; see index.ts.
import type { CommandEntry } from "../command-entry.ts";

/** In the order of the overview. */
export const MANAGE_COMMANDS: readonly CommandEntry[] = [
  {
    name: "info",
    aliases: ["system info"],
    summary: "what hawserd is and has, and the machine below it",
    group: "manage",
    load: () => import("./info.ts"),
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
    name: "container prune",
    summary: "remove containers that do not run",
    group: "manage",
    load: () => import("./container-prune.ts"),
  },
  {
    name: "system df",
    summary: "where the room goes",
    group: "manage",
    load: () => import("./system-df.ts"),
  },
  {
    name: "system prune",
    summary: "remove containers that do not run, and images that are not used",
    group: "manage",
    load: () => import("./system-prune.ts"),
  },
  {
    name: "system stop",
    summary: "end hawserd; containers go on",
    group: "manage",
    load: () => import("./system-stop.ts"),
  },
  {
    name: "namespace ls",
    aliases: ["namespace list"],
    summary: "namespaces",
    group: "manage",
    load: async () => (await import("./namespace.ts")).list,
  },
  {
    name: "namespace create",
    summary: "a namespace, before anything is in it",
    group: "manage",
    load: async () => (await import("./namespace.ts")).create,
  },
  {
    name: "namespace rm",
    aliases: ["namespace remove"],
    summary: "remove empty namespaces",
    group: "manage",
    load: async () => (await import("./namespace.ts")).remove,
  },
  {
    name: "namespace inspect",
    summary: "what is known of namespaces, in JSON",
    group: "manage",
    load: async () => (await import("./namespace.ts")).inspect,
  },
  {
    name: "completion",
    summary: "a script with which a shell completes what you type",
    group: "manage",
    load: () => import("./completion.ts"),
  },
  {
    name: "first-run",
    summary: "what npm start is",
    group: "manage",
    load: () => import("./first-run.ts"),
    isHidden: true,
  },
];
