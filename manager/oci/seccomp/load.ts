// A seccomp profile from a file of the user's (`--security-opt seccomp=<file>`), in docker's format. Read bounded and checked
// here, with the place of what is wrong: a runtime would complain about it in the middle of a create.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { messageOf } from "../../../proto/errors.ts";
import { refusal, type Written } from "../refusal.ts";
import type { SeccompProfile } from "./profile.ts";

/** docker's own profile has 20 KB. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Reads and checks a profile. `written` is the flag that named it. */
export async function loadSeccompProfile(path: string, written: Written): Promise<SeccompProfile> {
  let text: string;
  try {
    // Without waiting for the writer of a fifo.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("it is no file");
    if (stats.size > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES >> 20} MiB`);
    text = await file.readFile("utf8");
  } catch (error) {
    throw refusal(
      written,
      `read the profile: ${messageOf(error)}`,
      'name a profile in JSON, or "unconfined"',
    );
  }
  return parseSeccompProfile(text, written);
}

/** Takes the text of a profile apart. */
export function parseSeccompProfile(text: string, written: Written): SeccompProfile {
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch (error) {
    throw refusal(written, `the profile is no JSON: ${messageOf(error)}`);
  }
  const flaw = flawOfProfile(profile);
  if (flaw !== undefined) throw refusal(written, `the profile is not understood: ${flaw}`);
  // The one place where a stranger's JSON becomes typed: everything that is used has been looked at.
  return profile as SeccompProfile;
}

type Json = Readonly<Record<string, unknown>>;

function flawOfProfile(profile: unknown): string | undefined {
  if (!isObject(profile)) return "it is no object";
  if (!isAction(profile["defaultAction"])) return 'its "defaultAction" is no action';
  if (!isErrno(profile["defaultErrnoRet"])) return 'its "defaultErrnoRet" is no error number';
  if (!isOptional(profile["architectures"], isTextList)) return 'its "architectures" is no list of names';
  if (!isOptional(profile["flags"], isTextList)) return 'its "flags" is no list of names';
  if (!isOptional(profile["archMap"], isArchitectureMap)) return 'its "archMap" is no list of architectures';
  const rules = profile["syscalls"];
  // docker and the runtimes take a profile without rules for one that allows what the default says.
  if (!Array.isArray(rules)) return 'its "syscalls" is no list';
  for (const [index, rule] of rules.entries()) {
    const flaw = flawOfRule(rule);
    if (flaw !== undefined) return `syscalls[${index}]: ${flaw}`;
  }
  return undefined;
}

function flawOfRule(rule: unknown): string | undefined {
  if (!isObject(rule)) return "it is no object";
  if (!isTextList(rule["names"])) return '"names" is no list of system calls';
  if (!isAction(rule["action"])) return '"action" is no action';
  if (!isErrno(rule["errnoRet"])) return '"errnoRet" is no error number';
  if (!isOptional(rule["args"], isArguments)) return '"args" is no list of conditions on arguments';
  if (!isOptional(rule["includes"], isCondition)) return '"includes" is no condition';
  if (!isOptional(rule["excludes"], isCondition)) return '"excludes" is no condition';
  return undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Profiles say null for "nothing", as Go does.
function isOptional(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || check(value);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isAction(value: unknown): boolean {
  return typeof value === "string" && /^SCMP_ACT_[A-Z_]+$/.test(value);
}

function isErrno(value: unknown): boolean {
  return isOptional(value, (one) => Number.isInteger(one) && Number(one) >= 0 && Number(one) <= 4095);
}

function isArguments(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (one) =>
        isObject(one) &&
        Number.isInteger(one["index"]) &&
        Number.isInteger(one["value"]) &&
        isOptional(one["valueTwo"], Number.isInteger) &&
        typeof one["op"] === "string",
    )
  );
}

function isArchitectureMap(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (one) =>
        isObject(one) &&
        typeof one["architecture"] === "string" &&
        isOptional(one["subArchitectures"], isTextList),
    )
  );
}

function isCondition(value: unknown): boolean {
  return (
    isObject(value) &&
    isOptional(value["caps"], isTextList) &&
    isOptional(value["arches"], isTextList) &&
    isOptional(value["minKernel"], (one) => typeof one === "string" && /^\d+\.\d+$/.test(one))
  );
}
