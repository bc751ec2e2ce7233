// Which program is the shim of a runtime: from the name that people write to a file that exists.
// Names are containerd's: the last two parts of `io.containerd.hawser.v2` say `containerd-shim-hawser-v2`.
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";

/**
 * The file name of the shim for a runtime name. Throws InvalidArgument unless the name has at least two parts joined
 * by dots, the first not empty, and no slash.
 */
export function shimBinaryName(runtime: string): string {
  const parts = runtime.split(".");
  if (parts.length < 2 || parts.some((part) => part === "") || runtime.includes("/")) {
    throw new HawserError(
      Code.InvalidArgument,
      `runtime "${runtime}": not a runtime name, expected one like "io.containerd.hawser.v2" or an absolute path`,
    );
  }
  return `containerd-shim-${parts.slice(-2).join("-")}`;
}

/**
 * The shim's program for a runtime: an absolute path as it is, otherwise the first of `searchDirs` that has it. Throws
 * NotFound, naming what was looked for and where.
 */
export async function findShimBinary(runtime: string, searchDirs: readonly string[]): Promise<string> {
  const candidates = isAbsolute(runtime)
    ? [runtime]
    : searchDirs.map((dir) => join(dir, shimBinaryName(runtime)));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  const places = isAbsolute(runtime) ? "no such program" : `not in ${searchDirs.join(", ")}`;
  throw new HawserError(Code.NotFound, `runtime "${runtime}": ${places}`);
}

/** Where shims are looked for: the folder of our own executable, then PATH. */
export function shimSearchDirs(executable: string, path: string | undefined): string[] {
  return [dirname(executable), ...(path ?? "").split(delimiter).filter((dir) => isAbsolute(dir))];
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a shim's program is ours. */
export function isOurShim(binary: string): boolean {
  return binary.endsWith("/containerd-shim-hawser-v2");
}
