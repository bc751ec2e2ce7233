// What a client asked its process's stdio to be: the four fields of a Create or Exec request, read into a plan. Pure:
// looks at no file. The scheme is stdout's (stderr's where stdout is absent), because the protocol has it so: for
// file:// and binary:// the stderr field only says whether there is a stderr. Forms and their meaning: docs of the
// shim v2 protocol, "stdio".
import {
  BROKERED_SCHEME,
  BROKERED_STREAM,
  type BrokeredStdio,
  isBrokered,
  parseBrokeredStdio,
} from "../../proto/brokered-stdio.ts";
import { Code, HawserError } from "../../proto/errors.ts";

/** The stdio fields of a request as they travel; empty and absent mean the same. */
export interface StdioRequest {
  readonly stdin?: string | undefined;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
  readonly isTerminal?: boolean | undefined;
}

/** To a log and to sessions, all by way of us: proto/brokered-stdio.ts. `stdin` of the plan says only whether there is one. */
export interface BrokeredPlan {
  readonly kind: "brokered";
  readonly wanted: BrokeredStdio;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** Where output goes. `stdout` and `stderr` say which of the two exist; with a terminal there is no stderr. */
export type OutputPlan =
  /** Nowhere: /dev/null. */
  | { readonly kind: "none" }
  | BrokeredPlan
  /** To what is at these paths, which exist: fifos of the client, or anything that can be appended to. */
  | { readonly kind: "paths"; readonly stdout: string | undefined; readonly stderr: string | undefined }
  /** Appended to one file, made with its parents when missing. */
  | { readonly kind: "file"; readonly path: string; readonly stdout: boolean; readonly stderr: boolean }
  /** To a logger that we start. `readiness` is how it says that it is ready on descriptor 5. */
  | {
      readonly kind: "logger";
      readonly program: string;
      readonly args: readonly string[];
      readonly readiness: "closed" | "byte";
      readonly stdout: boolean;
      readonly stderr: boolean;
    };

/** A validated request. Paths are absolute. */
export interface StdioPlan {
  readonly isTerminal: boolean;
  readonly stdin: string | undefined;
  readonly output: OutputPlan;
}

interface Location {
  /** In lower case; undefined for a plain path. */
  readonly scheme: string | undefined;
  readonly path: string;
  readonly query: string;
}

/** Reads the fields. Throws InvalidArgument that names the field and repeats what was in it. */
export function planStdio(request: StdioRequest): StdioPlan {
  const isTerminal = request.isTerminal === true;
  if ([request.stdin, request.stdout, request.stderr].some((value) => isBrokered(value))) {
    return planBrokered(request, isTerminal);
  }
  const stdin = request.stdin ? pathOf("stdin", request.stdin) : undefined;
  // A terminal has one output; what the client put into stderr is not even looked at.
  const stderr = (!isTerminal && request.stderr) || undefined;
  return { isTerminal, stdin, output: planOutput(request.stdout || undefined, stderr) };
}

// All streams that are wanted, and stdout in any case, because it says what is wanted.
function planBrokered(request: StdioRequest, isTerminal: boolean): StdioPlan {
  const { stdin, stdout, stderr } = request;
  for (const [field, value] of Object.entries({ stdin, stdout, stderr })) {
    if (!value && field !== "stdout") continue;
    if (!isBrokered(value)) {
      throw invalid(
        field,
        value ?? "",
        `all streams are ${BROKERED_SCHEME}:// or none is, and stdout says how`,
      );
    }
  }
  const output: BrokeredPlan = {
    kind: "brokered",
    wanted: parseBrokeredStdio(stdout ?? ""),
    stdout: true,
    stderr: !isTerminal && Boolean(stderr),
  };
  return { isTerminal, stdin: stdin ? BROKERED_STREAM : undefined, output };
}

function planOutput(stdout: string | undefined, stderr: string | undefined): OutputPlan {
  const [field, value] = stdout === undefined ? ["stderr", stderr] : ["stdout", stdout];
  if (value === undefined) return { kind: "none" };
  const location = parse(field, value);
  const streams = { stdout: stdout !== undefined, stderr: stderr !== undefined };
  switch (location.scheme) {
    case undefined:
    case "fifo":
      return {
        kind: "paths",
        stdout: stdout === undefined ? undefined : location.path,
        stderr: stderr === undefined ? undefined : pathOf("stderr", stderr),
      };
    case "file":
      return { kind: "file", path: location.path, ...streams };
    case "binary":
    case "binary-v2": {
      const readiness = location.scheme === "binary" ? "closed" : "byte";
      const args = parseArgs(field, value, location.query);
      return { kind: "logger", program: location.path, args, readiness, ...streams };
    }
    default:
      throw invalid(
        field,
        value,
        `scheme "${location.scheme}" is none of fifo, file, binary, binary-v2, ${BROKERED_SCHEME}`,
      );
  }
}

function pathOf(field: string, value: string): string {
  const { scheme, path } = parse(field, value);
  if (scheme !== undefined && scheme !== "fifo") {
    throw invalid(field, value, `must be a path or fifo:// here, not ${scheme}://`);
  }
  return path;
}

function parse(field: string, value: string): Location {
  if (value.includes("\0")) throw invalid(field, value.replaceAll("\0", "\\0"), "has a null byte");
  const uri = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(value);
  if (!uri) {
    // Nothing in a plain path is decoded: "%20" and "?" are names that files can have.
    if (!value.startsWith("/")) throw invalid(field, value, "is neither an absolute path nor a URI");
    return { scheme: undefined, path: value, query: "" };
  }
  const [, scheme = "", rest = ""] = uri;
  const [beforeFragment = ""] = rest.split("#", 1);
  const mark = beforeFragment.indexOf("?");
  const path = decode(field, value, mark < 0 ? beforeFragment : beforeFragment.slice(0, mark));
  const query = mark < 0 ? "" : beforeFragment.slice(mark + 1);
  if (!path.startsWith("/")) throw invalid(field, value, "has no absolute path after the two slashes");
  return { scheme: scheme.toLowerCase(), path, query };
}

/** `k=v&k2` → `k v k2`, in the order of the query; a value that is empty is no argument. */
function parseArgs(field: string, value: string, query: string): string[] {
  const args: string[] = [];
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const parts = equals < 0 ? [pair] : [pair.slice(0, equals), pair.slice(equals + 1)];
    for (const part of parts) if (part !== "") args.push(decode(field, value, part.replaceAll("+", " ")));
  }
  return args;
}

function decode(field: string, value: string, part: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part);
  } catch (error) {
    throw invalid(field, value, "has a broken percent escape", error);
  }
  if (decoded.includes("\0")) throw invalid(field, value, "has a null byte");
  return decoded;
}

function invalid(field: string, value: string, complaint: string, cause?: unknown): HawserError {
  return new HawserError(Code.InvalidArgument, `read ${field} "${value}": ${complaint}`, { cause });
}
