// What an image says about running it: the part `config` of its configuration (OCI image specification). It is a stranger's
// JSON: only what has the right shape is believed, and null is nothing, as Go writes it. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import { parseJson } from "../images/oci-document.ts";

/** What an image asks for; what it does not say is undefined. */
export interface ImageConfig {
  readonly user?: string;
  readonly env?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** Words behind the entrypoint, unless somebody names others. */
  readonly cmd?: readonly string[];
  readonly workingDir?: string;
  readonly stopSignal?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Takes an image's configuration apart; `what` names it in errors. InvalidArgument for what is none. */
export function parseImageConfig(bytes: Uint8Array, what: string): ImageConfig {
  const whole = parseJson(bytes, what);
  if (!isObject(whole)) throw flaw(what, "it is no object");
  const config = whole["config"] ?? {};
  if (!isObject(config)) throw flaw(what, '"config" is no object');
  const part = (key: string, name: keyof ImageConfig, check: (value: unknown) => boolean): ImageConfig => {
    const value = config[key];
    if (value === undefined || value === null) return {};
    if (!check(value)) throw flaw(what, `"config.${key}" has the wrong type`);
    return { [name]: value };
  };
  return {
    ...part("User", "user", isText),
    ...part("Env", "env", isTextList),
    ...part("Entrypoint", "entrypoint", isTextList),
    ...part("Cmd", "cmd", isTextList),
    ...part("WorkingDir", "workingDir", isText),
    ...part("StopSignal", "stopSignal", isText),
    ...part("Labels", "labels", isTextMap),
  };
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

function flaw(what: string, why: string): HawserError {
  return new HawserError(Code.InvalidArgument, `read ${what}: ${why}`);
}
