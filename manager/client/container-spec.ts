// From an image's configuration and what the caller wants to the specification of a container, and from that to the process of
// an exec. Pure. The caller's last word is a function over the result.
import { Code, HawserError } from "../../proto/errors.ts";
import { defaultSpec } from "../oci/default-spec.ts";
import type { OciMount, OciProcess, OciSpec } from "../oci/spec.ts";
import type { ImageConfig } from "./image-config.ts";

/** What a process is to be. What is left out is as the image says. */
export interface ProcessOptions {
  /** The program and its arguments. */
  readonly args?: readonly string[] | undefined;
  /** On top of what the image sets; `undefined` as a value takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  /** `uid` or `uid:gid`, as numbers. */
  readonly user?: string | undefined;
  /** Whether it has a terminal, and how large. */
  readonly terminal?: boolean | { readonly columns: number; readonly rows: number } | undefined;
}

/** What a container is to be. */
export interface SpecOptions extends ProcessOptions {
  readonly hostname?: string | undefined;
  /** `none` is the container's own network with nothing in it. Default `none`. */
  readonly network?: "none" | "host" | undefined;
  /** On top of the usual ones. */
  readonly mounts?: readonly OciMount[] | undefined;
  readonly isReadOnly?: boolean | undefined;
  /** A root file system that lies in a directory; needs no image. */
  readonly rootDir?: string | undefined;
  /** Makes the specification what it is to be: changes it in place, or returns another. */
  readonly spec?: ((spec: OciSpec) => OciSpec | undefined) | undefined;
}

/** What a container's specification is made of. */
export interface SpecSource extends SpecOptions {
  readonly id: string;
  readonly namespace: string;
  readonly config: ImageConfig | undefined;
}

/** The specification. Throws InvalidArgument that says what is missing. */
export function containerSpec(source: SpecSource): OciSpec {
  const { id, namespace, config, rootDir, hostname, mounts = [], isReadOnly = false } = source;
  const args = argsOf(source, config);
  if (args.length === 0) {
    throw new HawserError(
      Code.InvalidArgument,
      "it has nothing to run: the image says nothing, so pass args",
    );
  }
  const spec = defaultSpec({
    args,
    env: mergeEnv(config?.env ?? [], source.env),
    cwd: source.cwd || config?.workingDir || "/",
    isTerminal: hasTerminal(source.terminal),
    hasHostNetwork: source.network === "host",
    // Two containers of one name in two namespaces must not share a cgroup.
    cgroupsPath: `/${namespace}/${id}`,
    ...(rootDir !== undefined && { rootDir }),
    hostname: hostname ?? id,
  });
  spec.process.user = { ...spec.process.user, ...parseUser(source.user ?? config?.user ?? "") };
  spec.mounts.push(...mounts);
  if (isReadOnly) spec.root.readonly = true;
  setConsoleSize(spec.process, source.terminal);
  return source.spec?.(spec) ?? spec;
}

/** The process of an exec: what the container's own is, with other words. Throws InvalidArgument. */
export function execProcess(own: OciProcess, options: ProcessOptions): OciProcess {
  const { args = [], env, cwd, user, terminal } = options;
  if (args.length === 0) throw new HawserError(Code.InvalidArgument, "it has nothing to run: pass args");
  const process: OciProcess = {
    ...own,
    args: [...args],
    env: mergeEnv(own.env, env),
    cwd: cwd ?? own.cwd,
    terminal: hasTerminal(terminal),
    user: user === undefined ? own.user : parseUser(user),
  };
  delete process.consoleSize;
  setConsoleSize(process, terminal);
  return process;
}

/** The environment `base` with changes; each variable once, in its first place, with its last value. */
export function mergeEnv(
  base: readonly string[],
  changes: Readonly<Record<string, string | undefined>> = {},
): string[] {
  const merged = new Map<string, string | undefined>();
  for (const entry of base) {
    const at = entry.indexOf("=");
    merged.set(at < 0 ? entry : entry.slice(0, at), at < 0 ? "" : entry.slice(at + 1));
  }
  for (const [key, value] of Object.entries(changes)) {
    if (key === "" || key.includes("=")) {
      throw new HawserError(
        Code.InvalidArgument,
        `environment variable ${JSON.stringify(key)}: no such name`,
      );
    }
    merged.set(key, value);
  }
  return [...merged].flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
}

// As docker does it: arguments replace the image's, behind its entry point.
function argsOf({ args }: ProcessOptions, config: ImageConfig | undefined): readonly string[] {
  return [...(config?.entrypoint ?? []), ...(args ?? config?.cmd ?? [])];
}

function hasTerminal(terminal: ProcessOptions["terminal"]): boolean {
  return terminal !== undefined && terminal !== false;
}

function setConsoleSize(process: OciProcess, terminal: ProcessOptions["terminal"]): void {
  if (typeof terminal !== "object") return;
  process.consoleSize = { width: terminal.columns, height: terminal.rows };
}

function parseUser(user: string): { uid: number; gid: number } {
  const [, uid, gid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(user === "" ? "0" : user) ?? [];
  if (uid !== undefined) return { uid: Number(uid), gid: Number(gid ?? 0) };
  const advice = "pass it as numbers, uid or uid:gid: names are known inside the image only";
  throw new HawserError(Code.InvalidArgument, `user "${user}": ${advice}`);
}
