// What can be set in hawserd's configuration: one table, from which defaults, checks, suggestions and the printed file are
// made. Pure. A setting is added here, and in the interface `Config`, and nowhere else.
import { isAbsolute, normalize } from "node:path";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "../log.ts";

/** The whole configuration, checked. Directories are absolute and without a final slash. */
export interface Config {
  readonly root: string;
  readonly state: string;
  /** `<state>/hawserd.sock` unless set. */
  readonly address: string;
  /** Group that may use the socket, besides root and our own user. */
  readonly gid: number | undefined;
  readonly maxConnections: number;
  readonly stopBudgetMs: number;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly shimDirs: readonly string[];
  readonly gc: GcConfig;
  readonly events: EventsConfig;
}

/** How much of the past the journal of events keeps; the tightest bound counts. */
export interface EventsConfig {
  readonly maxCount: number;
  readonly maxBytes: number;
  readonly maxAgeHours: number;
}

/** When garbage is collected; the names and meanings are containerd's. */
export interface GcConfig {
  readonly deletionThreshold: number;
  readonly mutationThreshold: number;
  readonly startupDelayMs: number;
  readonly scheduleDelayMs: number;
}

/** A value as it stands in a TOML file. */
export type SettingValue = string | number | readonly string[];

/** One key of the file. */
export interface Setting {
  /** Dotted, as `log.level`. */
  readonly key: string;
  /** What it means, for the printed file. */
  readonly about: string;
  /** Absent when not setting it means something of its own. */
  readonly fallback?: SettingValue;
  /** What is wrong with a value, in the words "expected …", or undefined. */
  readonly flaw: (value: unknown) => string | undefined;
}

/** Every setting, in the order of the printed file: those without a table come first. */
export const SETTINGS: readonly Setting[] = [
  {
    key: "root",
    about: "Where images, snapshots and the databases are kept; survives a reboot.",
    fallback: "/var/lib/hawser",
    flaw: directoryFlaw,
  },
  {
    key: "state",
    about: "Where bundles and sockets are; on a tmpfs, and empty after a reboot.",
    fallback: "/run/hawser",
    flaw: directoryFlaw,
  },
  {
    key: "address",
    about:
      "The socket of the API; <state>/hawserd.sock when not set. Shims deliver their events beside it, at .ttrpc.",
    flaw: directoryFlaw,
  },
  {
    key: "gid",
    about:
      "A group whose members may use the socket, and so may do everything that root may. Nobody's when not set.",
    flaw: integerFlaw(0, 0xffff_fffe),
  },
  {
    key: "max_connections",
    about: "Connections to the socket at a time; one more is closed at once.",
    fallback: 1024,
    flaw: integerFlaw(1, 65_536),
  },
  {
    key: "stop_budget_ms",
    about: "How long running calls may take to end when hawserd is told to stop.",
    fallback: 5_000,
    flaw: integerFlaw(0, 600_000),
  },
  {
    key: "shim_dirs",
    about: "Directories that are searched for shims before hawserd's own and those of PATH.",
    fallback: [],
    flaw: directoriesFlaw,
  },
  {
    key: "log.level",
    about: "The least important lines that are written.",
    fallback: "info",
    flaw: oneOfFlaw(LOG_LEVELS),
  },
  { key: "log.format", about: "How lines look.", fallback: "text", flaw: oneOfFlaw(LOG_FORMATS) },
  {
    key: "gc.deletion_threshold",
    about:
      "Deletions after which garbage is collected at once; 0: soon after any, but not so often that it is felt.",
    fallback: 0,
    flaw: integerFlaw(0, 1_000_000),
  },
  {
    key: "gc.mutation_threshold",
    about:
      "Changes after which garbage is collected, whether or not anything was deleted; 0: never for that reason.",
    fallback: 100,
    flaw: integerFlaw(0, 1_000_000),
  },
  {
    key: "gc.startup_delay_ms",
    about: "Time from the start to the first collection; 0: it waits for a change.",
    fallback: 100,
    flaw: integerFlaw(0, 86_400_000),
  },
  {
    key: "gc.schedule_delay_ms",
    about: "Time between the reason for a collection and its begin.",
    fallback: 0,
    flaw: integerFlaw(0, 86_400_000),
  },
  {
    key: "events.max_count",
    about: "Events that are kept for those who come back; the oldest go.",
    fallback: 100_000,
    flaw: integerFlaw(1_000, 100_000_000),
  },
  {
    key: "events.max_bytes",
    about: "Bytes of events that are kept.",
    fallback: 64 * 1024 * 1024,
    flaw: integerFlaw(1024 * 1024, 2 ** 40),
  },
  {
    key: "events.max_age_hours",
    about: "How long events are kept, from their publication on.",
    fallback: 7 * 24,
    flaw: integerFlaw(1, 1_000_000),
  },
];

/** The setting of a dotted key. */
export function findSetting(key: string): Setting | undefined {
  return SETTINGS.find((setting) => setting.key === key);
}

/** Makes the configuration from values that have been checked, and defaults for the others. */
export function configOf(values: ReadonlyMap<string, SettingValue>): Config {
  const get = (key: string) => values.get(key) ?? findSetting(key)?.fallback;
  const text = (key: string) => String(get(key));
  const number = (key: string) => Number(get(key));
  const state = normalizeDir(text("state"));
  const gid = get("gid");
  return {
    root: normalizeDir(text("root")),
    state,
    address: normalizeDir(String(get("address") ?? `${state}/hawserd.sock`)),
    gid: gid === undefined ? undefined : Number(gid),
    maxConnections: number("max_connections"),
    stopBudgetMs: number("stop_budget_ms"),
    log: { level: text("log.level") as LogLevel, format: text("log.format") as LogFormat },
    shimDirs: get("shim_dirs") as readonly string[],
    gc: {
      deletionThreshold: number("gc.deletion_threshold"),
      mutationThreshold: number("gc.mutation_threshold"),
      startupDelayMs: number("gc.startup_delay_ms"),
      scheduleDelayMs: number("gc.schedule_delay_ms"),
    },
    events: {
      maxCount: number("events.max_count"),
      maxBytes: number("events.max_bytes"),
      maxAgeHours: number("events.max_age_hours"),
    },
  };
}

function normalizeDir(path: string): string {
  const normal = normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

function directoryFlaw(value: unknown): string | undefined {
  if (typeof value !== "string") return "expected a string";
  if (!isAbsolute(value)) return "expected an absolute path";
  return value.includes("\0") ? "expected a path without NUL" : undefined;
}

function directoriesFlaw(value: unknown): string | undefined {
  if (!Array.isArray(value)) return "expected a list of absolute paths";
  return value.some((one) => directoryFlaw(one) !== undefined)
    ? "expected a list of absolute paths"
    : undefined;
}

function integerFlaw(from: number, to: number): (value: unknown) => string | undefined {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= from && value <= to
      ? undefined
      : `expected a whole number from ${from} to ${to}`;
}

function oneOfFlaw(words: readonly string[]): (value: unknown) => string | undefined {
  return (value) =>
    typeof value === "string" && words.includes(value)
      ? undefined
      : `expected one of ${words.map((word) => JSON.stringify(word)).join(", ")}`;
}
