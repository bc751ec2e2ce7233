// hawserd's configuration file: TOML in, checked values out, and back to text. Pure but for `loadConfigFile`.
// Strict: a key that is not known is an error with its line and the known key that looks most like it. A typing error
// must not silently mean the default.
import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";
import { editDistance } from "../edit-distance.ts";
import { type Config, configOf, findSetting, SETTINGS, type SettingValue } from "./settings.ts";

/** Where the file is looked for when nobody says. */
export const DEFAULT_CONFIG_PATH = "/etc/hawser/config.toml";

/** Values by dotted key; what is not in it has its default. */
export type SettingValues = ReadonlyMap<string, SettingValue>;

/**
 * Reads and checks a file. Throws InvalidArgument that names file, line and key; NotFound when it is missing, unless
 * `isOptional`: then there are no values.
 */
export function loadConfigFile(path: string, { isOptional = false } = {}): SettingValues {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (isOptional && isErrno(cause, "ENOENT")) return new Map();
    const code = isErrno(cause, "ENOENT") ? Code.NotFound : Code.FailedPrecondition;
    throw new HawserError(code, `read configuration "${path}": ${messageOf(cause)}`, { cause });
  }
  return parseConfig(text, path);
}

/** Checks the text of a file; `path` is what errors call it. Throws InvalidArgument. */
export function parseConfig(text: string, path: string): SettingValues {
  let tree: Record<string, unknown>;
  try {
    tree = parse(text);
  } catch (cause) {
    const where = cause instanceof TomlError ? `:${cause.line}:${cause.column}` : "";
    // smol-toml shows the place below its first line.
    const reason = messageOf(cause)
      .split("\n")[0]
      ?.replace(/^Invalid TOML document: /, "");
    throw new HawserError(Code.InvalidArgument, `read configuration "${path}${where}": ${reason}`, { cause });
  }
  const values = new Map<string, SettingValue>();
  for (const [key, value] of flatten(tree)) {
    const flaw = flawOf(key, value);
    if (flaw !== undefined) {
      const line = lineOf(text, key);
      const where = line === undefined ? path : `${path}:${line}`;
      throw new HawserError(Code.InvalidArgument, `read configuration "${where}": ${flaw}`);
    }
    values.set(key, value as SettingValue);
  }
  return values;
}

/** What is wrong with a value given for a key from anywhere, as a whole sentence without its place. */
export function flawOf(key: string, value: unknown): string | undefined {
  const setting = findSetting(key);
  if (setting !== undefined) {
    const flaw = setting.flaw(value);
    return flaw === undefined ? undefined : `${key}: ${flaw}, not ${show(value)}`;
  }
  const tables = new Set(SETTINGS.flatMap((one) => one.key.split(".").slice(0, -1)));
  if (tables.has(key)) return `${key}: expected a table, not ${show(value)}`;
  const near = nearestKey(key);
  return `there is no setting "${key}"${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

// A table that is unknown is reported by its own name, not by that of its first key.
function* flatten(tree: Record<string, unknown>, prefix = ""): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(tree)) {
    const key = `${prefix}${name}`;
    const isTable = SETTINGS.some((setting) => setting.key.startsWith(`${key}.`));
    if (isTable && typeof value === "object" && value !== null && !Array.isArray(value)) {
      yield* flatten(value as Record<string, unknown>, `${key}.`);
    } else {
      yield [key, value];
    }
  }
}

/** The line, from 1, where a dotted key is set; undefined when it is written in a way we do not follow. */
export function lineOf(text: string, key: string): number | undefined {
  let table = "";
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line)?.[1];
    if (header !== undefined) {
      table = `${bare(header)}.`;
      if (bare(header) === key) return index + 1;
      continue;
    }
    const name = /^\s*([^=#]+?)\s*=/.exec(line)?.[1];
    if (name !== undefined && `${table}${bare(name)}` === key) return index + 1;
  }
  return undefined;
}

function bare(name: string): string {
  return name.replaceAll(/["'\s]/g, "");
}

/** The known key nearest to a wrong one, if it is near enough to have been meant. */
export function nearestKey(key: string): string | undefined {
  const last = (name: string) => name.slice(name.lastIndexOf(".") + 1);
  // A right name in the wrong table is nearer than any other name.
  const distance = (known: string) => (last(known) === last(key) ? 1 : editDistance(key, known));
  const best = SETTINGS.map((setting) => setting.key).sort((a, b) => distance(a) - distance(b))[0];
  return best !== undefined && distance(best) <= Math.max(2, key.length / 3) ? best : undefined;
}

/** A file with these values, and every default and meaning. What has no value stands there as a comment. */
export function formatConfig(values: SettingValues): string {
  let text = "";
  let table = "";
  for (const { key, about, fallback } of SETTINGS) {
    const dot = key.lastIndexOf(".");
    const keyTable = key.slice(0, Math.max(0, dot));
    if (keyTable !== table) text += `[${keyTable}]\n`;
    table = keyTable;
    const value = values.get(key) ?? fallback;
    const name = key.slice(dot + 1);
    text += `# ${about}\n${value === undefined ? `# ${name} =` : `${name} = ${show(value)}`}\n\n`;
  }
  return text.trimEnd().concat("\n");
}

// JSON of strings, numbers and lists of strings is TOML, too.
function show(value: unknown): string {
  return typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? String(value));
}

/** The configuration made of a file's values and of what stands above it: flags and environment. */
export function mergeConfig(file: SettingValues, above: SettingValues): Config {
  return configOf(new Map([...file, ...above]));
}
