// What an image says about running it: the part `config` of its configuration (OCI image specification). It is a stranger's
// JSON: only what has the right shape is believed, and null is nothing, as Go writes it.
import { Code, HawserError, messageOf } from "../../proto/errors.ts";

/** What an image asks for; what it does not say is undefined. */
export interface ImageConfig {
  readonly user?: string;
  readonly env?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDir?: string;
  readonly stopSignal?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Takes an image's configuration apart. InvalidArgument for what is no JSON object; wrong parts are named, too. */
export function parseImageConfig(text: string): ImageConfig {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch (error) {
    throw flaw(messageOf(error), error);
  }
  if (!isObject(whole)) throw flaw("it is no object");
  const config = whole["config"] ?? {};
  if (!isObject(config)) throw flaw('"config" is no object');
  return {
    ...part(config, "User", "user", isText),
    ...part(config, "Env", "env", isTextList),
    ...part(config, "Entrypoint", "entrypoint", isTextList),
    ...part(config, "Cmd", "command", isTextList),
    ...part(config, "WorkingDir", "workingDir", isText),
    ...part(config, "StopSignal", "stopSignal", isText),
    ...part(config, "Labels", "labels", isTextMap),
  };
}

function part(
  config: Json,
  key: string,
  name: keyof ImageConfig,
  check: (value: unknown) => boolean,
): ImageConfig {
  const value = config[key];
  if (value === undefined || value === null) return {};
  if (!check(value)) throw flaw(`"config.${key}" has the wrong type`);
  return { [name]: value };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\0");
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isTextMap(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isText);
}

function flaw(why: string, cause?: unknown): HawserError {
  return new HawserError(Code.InvalidArgument, `read image configuration: ${why}`, { cause });
}
