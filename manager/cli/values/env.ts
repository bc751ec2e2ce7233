// Environment variables: `--env NAME=value`, `--env NAME` for the caller's own value, and files of such lines (--env-file), in
// which empty lines and those that begin with "#" are passed over. No quotes, no expansion: as docker.
import { refusal } from "../../oci/refusal.ts";
import { linesOf, readTextFile } from "./text-file.ts";

/** One variable for the container; a name that the caller does not have takes the image's away. */
export function parseEnv(flag: string, value: string, ours: NodeJS.ProcessEnv): string {
  const end = value.indexOf("=");
  const name = end < 0 ? value : value.slice(0, end);
  if (name === "" || /[\s\0]/.test(name)) {
    throw refusal({ flag, value }, "no name of a variable", "write NAME=value, or NAME to pass on your own");
  }
  if (value.includes("\0")) throw refusal({ flag, value }, "a variable cannot hold a zero byte");
  if (end >= 0) return value;
  const own = ours[name];
  return own === undefined ? name : `${name}=${own}`;
}

/** The variables of a file's text; `path` and the line are in an error. */
export function parseEnvText(flag: string, path: string, text: string, ours: NodeJS.ProcessEnv): string[] {
  const variables: string[] = [];
  for (const { number, text: variable } of linesOf(text)) {
    const end = variable.indexOf("=");
    const name = end < 0 ? variable.trimEnd() : variable.slice(0, end);
    if (name === "" || /\s/.test(name)) {
      throw refusal(
        { flag, value: path },
        `line ${number} names no variable`,
        "write NAME=value, one a line",
      );
    }
    // As docker: of what the caller does not have, a file's line says nothing.
    const own = parseEnv(flag, end < 0 ? name : variable, ours);
    if (own.includes("=")) variables.push(own);
  }
  return variables;
}

/** Reads a file of variables: a regular one, of at most 1 MiB. */
export async function readEnvFile(flag: string, path: string, ours: NodeJS.ProcessEnv): Promise<string[]> {
  return parseEnvText(flag, path, await readTextFile(flag, path, "NAME=value lines"), ours);
}
