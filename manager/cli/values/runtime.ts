// `--runtime`: the program that makes the container (runc, crun, or the path of one like them), or the shim that does everything
// (`io.containerd.hawser.v2`, or a path).
import { accessSync, constants, statSync } from "node:fs";
import { basename, delimiter, isAbsolute, join, resolve } from "node:path";
import { pack } from "../../../proto/any.ts";
import type { Any } from "../../../proto/gen/any.ts";
import { Options } from "../../../proto/gen/runc-options.ts";
import { refusal } from "../../oci/refusal.ts";

/** What a container's record says about it; what is absent is the default. */
export interface RuntimeChoice {
  readonly runtime?: string;
  readonly runtimeOptions?: Any;
}

/** Where the command was given. */
interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Takes it apart. A program that is not there is refused now, before anything is made. */
export function parseRuntime(flag: string, value: string, { cwd, env }: Surroundings): RuntimeChoice {
  if (/^[\w-]+(\.[\w-]+)+$/.test(value)) return { runtime: value };
  const isPath = value.includes("/");
  const candidates = isPath
    ? [resolve(cwd, value)]
    : (env["PATH"] ?? "")
        .split(delimiter)
        .filter((dir) => isAbsolute(dir))
        .map((dir) => join(dir, value));
  const program = candidates.find(isProgram);
  if (value === "" || program === undefined) {
    throw refusal(
      { flag, value },
      isPath ? "there is no such program" : "there is no such program in PATH",
      "write runc, crun, a path, or the name of a shim such as io.containerd.hawser.v2",
    );
  }
  if (basename(program).startsWith("containerd-shim-")) return { runtime: program };
  return { runtimeOptions: pack(Options, { binaryName: isPath ? program : value }) };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
