// What a program says about a container or an exec, in the library's words, and what it comes to as a wish of manager/oci, which
// has the words for everything else. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import type { ContainerWish } from "../oci/container-wish.ts";
import type { ExecWish } from "../oci/exec-process.ts";
import type { OciMount, OciSpec } from "../oci/spec.ts";
import { userWish } from "../oci/user.ts";
import type { CallOptions } from "./connection.ts";
import type { Image } from "./image.ts";
import type { ManagedOptions } from "./managed-labels.ts";

/** What a process is to be. What is left out is as the image says. */
export interface ProcessOptions {
  /** The program and its arguments. */
  readonly args?: readonly string[] | undefined;
  /** On top of what the image sets; `undefined` as a value takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Absolute. */
  readonly cwd?: string | undefined;
  /** `user` or `user:group`, names that the image knows or numbers. */
  readonly user?: string | undefined;
  /** Whether it has a terminal, and how large. */
  readonly terminal?: boolean | { readonly columns: number; readonly rows: number } | undefined;
}

/** What a container's specification is to be. */
export interface SpecOptions extends ProcessOptions {
  readonly hostname?: string | undefined;
  /** `none` is the container's own network with nothing in it. Default `none`. */
  readonly network?: "none" | "host" | undefined;
  /** On top of the usual ones, as they are. */
  readonly mounts?: readonly OciMount[] | undefined;
  readonly isReadOnly?: boolean | undefined;
  /** A root file system that lies in a directory; needs no image. */
  readonly rootDir?: string | undefined;
  /** Everything else that can be asked for: limits, rights, devices, name servers… What is said here counts. */
  readonly wish?: Partial<Omit<ContainerWish, "namespace" | "id">> | undefined;
  /** Makes the specification what it is to be: changes it in place, or returns another. */
  readonly spec?: ((spec: OciSpec) => OciSpec | undefined) | undefined;
}

/** What a container is to be. */
export interface ContainerOptions extends SpecOptions, CallOptions {
  /** Default: 64 hexadecimal digits that nobody else has. */
  readonly id?: string | undefined;
  /**
   * What people call it: one of a name in a namespace of hawserd. A managed container that is given none gets one of two words.
   */
  readonly name?: string | undefined;
  /** The image, or its full name. Its layers are unpacked if they are not yet. */
  readonly image?: string | Image | undefined;
  /** Default: what the namespace says, else `io.containerd.hawser.v2`. */
  readonly runtime?: string | undefined;
  readonly runtimeOptions?: Any | undefined;
  /** Default: what the namespace says, else `overlayfs`. */
  readonly snapshotter?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Whether hawserd looks after it when it has ended, as after those of `hawser run`. Default: no. */
  readonly managed?: ManagedOptions | true | undefined;
}

/** The wish that the options come to. Throws InvalidArgument. */
export function containerWish(namespace: string, id: string, options: SpecOptions): ContainerWish {
  const { args, hostname, network, isReadOnly } = options;
  return {
    ...processWish(options),
    ...(args === undefined ? {} : { command: args }),
    ...(hostname === undefined ? {} : { hostname: { flag: "hostname", value: hostname, name: hostname } }),
    ...(network === undefined ? {} : { network }),
    ...(isReadOnly === undefined ? {} : { isReadOnly }),
    ...(options.user === undefined ? {} : { user: userWish("user", options.user) }),
    ...options.wish,
    namespace,
    id,
  };
}

/** The wish that the options of an exec come to, without its user, who has to be looked up. Throws InvalidArgument. */
export function execWish(options: ProcessOptions): ExecWish {
  const { args = [] } = options;
  if (args.length === 0) throw new HawserError(Code.InvalidArgument, "it has nothing to run: pass args");
  return { ...processWish(options), args };
}

// What both have.
function processWish({ env = {}, cwd, terminal }: ProcessOptions) {
  const hasTerminal = terminal !== undefined && terminal !== false;
  return {
    env: Object.entries(env).map(([name, value]) => variable(name, value)),
    isTerminal: hasTerminal,
    ...(cwd === undefined ? {} : { workingDir: { flag: "cwd", value: cwd, dir: cwd } }),
    ...(typeof terminal === "object"
      ? { consoleSize: { width: terminal.columns, height: terminal.rows } }
      : {}),
  };
}

// A name alone takes the variable away.
function variable(name: string, value: string | undefined): string {
  if (name !== "" && !name.includes("=")) return value === undefined ? name : `${name}=${value}`;
  throw new HawserError(Code.InvalidArgument, `environment variable ${JSON.stringify(name)}: no such name`);
}
