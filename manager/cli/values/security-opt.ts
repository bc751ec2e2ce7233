// `--security-opt`, docker's words: no-new-privileges, seccomp=<file>|unconfined, apparmor=<profile>|unconfined,
// systempaths=unconfined, label=disable.
import { resolve } from "node:path";
import { refusal } from "../../oci/refusal.ts";
import { loadSeccompProfile } from "../../oci/seccomp/load.ts";
import type { SecurityWish } from "../../oci/security.ts";

type Parts = Omit<SecurityWish, "isPrivileged">;

/** Puts all of the options together; a profile is read from its file, relative to `cwd`. The last of several counts. */
export async function parseSecurityOptions(
  flag: string,
  values: readonly string[],
  cwd: string,
): Promise<Parts> {
  let parts: Parts = {};
  for (const value of values) parts = { ...parts, ...(await parseOne(flag, value, cwd)) };
  return parts;
}

async function parseOne(flag: string, value: string, cwd: string): Promise<Parts> {
  const written = { flag, value };
  const [, word = "", text] = /^([^=:]*)(?:[=:](.*))?$/s.exec(value) ?? [];
  if (word === "no-new-privileges" && (text === undefined || text === "true"))
    return { hasNoNewPrivileges: true };
  if (word === "no-new-privileges" && text === "false") return { hasNoNewPrivileges: false };
  if (word === "seccomp" && text === "unconfined") return { seccomp: text };
  if (word === "seccomp" && text) return { seccomp: await loadSeccompProfile(resolve(cwd, text), written) };
  if (word === "apparmor" && text) return { apparmor: { ...written, profile: text } };
  if (word === "systempaths" && text === "unconfined") return { hasAllPaths: true };
  if (word === "label" && text === "disable") return {};
  throw refusal(
    written,
    "not understood",
    "use no-new-privileges, seccomp=<file>, seccomp=unconfined, apparmor=<profile> or systempaths=unconfined",
  );
}
