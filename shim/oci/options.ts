// Runtime options: what Create carries in its `options` (and `start` on its stdin), in whichever of the two types, and
// what of it is kept in the bundle for `delete` and for a shim that takes over.
// Always true: whatever came in, it comes out as containerd.runc.v1.Options; what is not understood is either refused by
// name or, in a TOML file of somebody else's making, passed over. Sizes are bounded before anything is parsed.
// Does not know what the options do.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { is, typeNameOf, unpack } from "../../proto/any.ts";
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import { Code, HawserError, isErrno } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import { Options } from "../../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../../proto/gen/runtime-options.ts";
import { writeFileAtomic } from "../../sys/atomic-file.ts";

/** Most bytes of a configuration, by path or by content. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

/** What runs containers, as it was asked for. */
export type RuntimeOptions = Options;

/** Where runtimes keep their state when the options name no place: containerd's own choice. */
const DEFAULT_ROOT = "/run/containerd/runc";

/** Where the runtime keeps the state of a namespace's containers. */
export function runtimeRootDir(options: Pick<RuntimeOptions, "root"> | undefined, namespace: string): string {
  return join(options?.root || DEFAULT_ROOT, namespace);
}

/** Options when nobody asked for anything. */
export function noOptions(): RuntimeOptions {
  return Options.create({});
}

/**
 * Reads options of either type; an absent or empty Any holds none. `configPath` of the generic type is read here.
 * Throws InvalidArgument for another type, for bytes that are none, and for a known key with a value of another kind.
 */
export function decodeOptions(any: Any | undefined): RuntimeOptions {
  if (any === undefined || (any.typeUrl === "" && any.value.length === 0)) return noOptions();
  if (is(any, Options)) return unpack(any, Options);
  if (is(any, GenericOptions)) return fromGeneric(unpack(any, GenericOptions));
  throw new HawserError(Code.InvalidArgument, `read runtime options: unknown type "${typeNameOf(any)}"`);
}

// The body wins, as in containerd: a daemon that sends it has read the file already.
function fromGeneric({ configBody, configPath }: GenericOptions): RuntimeOptions {
  if (configBody.length > MAX_CONFIG_BYTES) throw tooLarge("config_body");
  if (configBody.length > 0) return parseToml(new TextDecoder().decode(configBody), "config_body");
  if (configPath === "") return noOptions();
  return parseToml(readBounded(configPath), configPath);
}

function readBounded(path: string): string {
  let fd: number;
  try {
    // A fifo would keep every container of this shim waiting for its writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (caught) {
    const text = `read runtime options: ${(caught as Error).message}`;
    throw new HawserError(Code.InvalidArgument, text, { cause: caught });
  }
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) {
      throw new HawserError(Code.InvalidArgument, `read runtime options: "${path}" is not a regular file`);
    }
    if (found.size > MAX_CONFIG_BYTES) throw tooLarge(path);
    const bytes = Buffer.alloc(MAX_CONFIG_BYTES);
    return bytes.toString("utf8", 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}

function tooLarge(what: string): HawserError {
  const text = `read runtime options: "${what}" is larger than ${MAX_CONFIG_BYTES} bytes`;
  return new HawserError(Code.InvalidArgument, text);
}

type Key = Exclude<keyof Options, "taskApiAddress" | "taskApiVersion">;

// Names as in containerd's configuration.
const TOML_KEYS: Readonly<Record<string, Key>> = {
  BinaryName: "binaryName",
  Root: "root",
  SystemdCgroup: "systemdCgroup",
  NoPivotRoot: "noPivotRoot",
  NoNewKeyring: "noNewKeyring",
  ShimCgroup: "shimCgroup",
  IoUid: "ioUid",
  IoGid: "ioGid",
  CriuImagePath: "criuImagePath",
  CriuWorkPath: "criuWorkPath",
};

/**
 * Reads the options in a TOML text: lines `Key = value` at the top or in a table called `options` (or ending in
 * `.options`, as in containerd's own file). All else is for others and passed over, multi-line values included as far as
 * no line of theirs looks like one of our keys.
 */
export function parseToml(text: string, source: string): RuntimeOptions {
  const options = noOptions();
  let isOurs = true;
  for (const line of text.split(/\r?\n/)) {
    const table = /^\s*\[+\s*([^\]]*?)\s*\]+\s*(?:#.*)?$/.exec(line);
    if (table) {
      isOurs = /(?:^|\.)options$/.test(table[1] ?? "");
      continue;
    }
    const pair = /^\s*(?:(\w+)|"(\w+)"|'(\w+)')\s*=\s*(.*)$/.exec(line);
    if (!pair || !isOurs) continue;
    const name = pair[1] ?? pair[2] ?? pair[3] ?? "";
    const key = Object.hasOwn(TOML_KEYS, name) ? TOML_KEYS[name] : undefined;
    if (key) assign(options, key, tomlValue(pair[4] ?? ""), `${source}: ${name}`);
  }
  return options;
}

type Value = string | number | boolean;

function tomlValue(text: string): Value | undefined {
  const match = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(true|false)|\+?(\d[\d_]*))\s*(?:#.*)?$/.exec(text.trim());
  if (!match) return undefined;
  const [, basic, literal, truth, digits] = match;
  if (basic !== undefined) return unescapeBasic(basic);
  if (literal !== undefined) return literal;
  if (truth !== undefined) return truth === "true";
  return Number((digits ?? "").replaceAll("_", ""));
}

// TOML's escapes are JSON's, plus \U with eight digits, which nobody puts into a path.
function unescapeBasic(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

const MAX_U32 = 0xffff_ffff;

function assign(options: Options, key: Key, value: unknown, source: string): void {
  const wanted = typeof options[key];
  const isRange =
    wanted !== "number" || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_U32);
  if (typeof value !== wanted || !isRange) {
    const text = `read runtime options: "${source}" is not a ${wanted === "number" ? "32-bit number" : wanted}`;
    throw new HawserError(Code.InvalidArgument, text);
  }
  (options as unknown as Record<string, unknown>)[key] = value;
}

// Go's JSON names of the fields, in the order in which Go writes them.
const JSON_NAMES: Readonly<Record<keyof Options, string>> = {
  noPivotRoot: "no_pivot_root",
  noNewKeyring: "no_new_keyring",
  shimCgroup: "shim_cgroup",
  ioUid: "io_uid",
  ioGid: "io_gid",
  binaryName: "binary_name",
  root: "root",
  systemdCgroup: "systemd_cgroup",
  criuImagePath: "criu_image_path",
  criuWorkPath: "criu_work_path",
  taskApiAddress: "task_api_address",
  taskApiVersion: "task_api_version",
};

/** Options as `options.json` holds them: Go's names, zero values left out. */
export function optionsToJson(options: RuntimeOptions): string {
  const fields: Record<string, Value> = {};
  for (const [key, name] of Object.entries(JSON_NAMES)) {
    const value = options[key as keyof Options];
    if (value) fields[name] = value;
  }
  return JSON.stringify(fields);
}

/** Reads what {@link optionsToJson} or Go's shim wrote. Names it does not know are passed over, wrong kinds refused. */
export function optionsFromJson(text: string): RuntimeOptions {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (caught) {
    const reason = `read "${BundleFile.options}": ${(caught as Error).message}`;
    throw new HawserError(Code.InvalidArgument, reason, { cause: caught });
  }
  const options = noOptions();
  for (const [key, name] of Object.entries(JSON_NAMES)) {
    const value = (fields as Record<string, unknown> | null)?.[name];
    if (value !== undefined) assign(options, key as Key, value, `${BundleFile.options}: ${name}`);
  }
  return options;
}

/** Leaves the options in the bundle, for `delete` and for a shim that takes over. Throws the system's error. */
export function writeOptions(bundleDir: string, options: RuntimeOptions): void {
  writeFileAtomic(bundleFile(bundleDir, BundleFile.options), optionsToJson(options));
}

/** The options left in the bundle; none when there is no file. Throws InvalidArgument for one that is no JSON. */
export function readOptions(bundleDir: string): RuntimeOptions {
  try {
    return optionsFromJson(readBounded(bundleFile(bundleDir, BundleFile.options)));
  } catch (caught) {
    if (isErrno(caught, "ENOENT")) return noOptions();
    throw caught;
  }
}
