// The shim as a program: `start` brings one up and says where it listens, `delete` cleans up after one that is gone.
// Everything that differs between shims of different ages is here: what `start` is told and in which form it answers.
import { spawn } from "node:child_process";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import { Any as AnyMessage } from "../../proto/gen/any.ts";
import { BootstrapParams, LogLevel } from "../../proto/gen/bootstrap.ts";
import { DeleteResponse } from "../../proto/gen/task.ts";
import { toDate } from "../../proto/timestamp.ts";
import { killGroup } from "../../sys/signal.ts";
import { type Endpoint, parseShimReply } from "./shim-reply.ts";

/** What every call of a shim's program is told. */
export interface ShimInvocation {
  /** The program, absolute. */
  readonly binary: string;
  readonly namespace: string;
  readonly id: string;
  /** The bundle directory, which is also the working directory. */
  readonly bundleDir: string;
  /** Our gRPC socket; part of the name of the shim's own socket. */
  readonly grpcAddress: string;
  /** Where the shim sends its events; a plain path. */
  readonly ttrpcAddress: string;
  /** Where the shim puts its socket, for shims that can be told; default: their own choice. */
  readonly socketDir?: string;
  readonly isDebug?: boolean;
  /** Options of the runtime, in their wire form. */
  readonly options?: Any;
}

/** How a process ended. */
export interface Exit {
  readonly pid: number;
  /** The code; 128 + n for a signal. */
  readonly exitStatus: number;
  readonly exitedAt: Date | undefined;
}

/** Time for `start`: a shim that takes longer is killed. Milliseconds. */
const START_BUDGET_MS = 10_000;

/** Time for `delete`, as containerd gives it. Milliseconds. */
const DELETE_BUDGET_MS = 5_000;

/** More than this of a shim's output is thrown away. Bytes. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** How shims of containerd 2.3 and newer refuse to be started in any way but theirs, before they have done anything. */
const WANTS_PARAMS = /shim was started through the deprecated API/;

const SIGKILL = 9;

/**
 * Starts a shim, or joins one that runs. Throws Unavailable with what the shim printed when it does not start, and when
 * `signal` fires first.
 */
export async function startShim(invocation: ShimInvocation, signal?: AbortSignal): Promise<Endpoint> {
  const { options } = invocation;
  const start = (input: string | Uint8Array) =>
    run(programOf(invocation, "start"), "start", {
      input,
      isMerged: true,
      budgetMs: START_BUDGET_MS,
      signal,
    });
  let ended = await start(options === undefined ? "" : AnyMessage.encode(options));
  // A shim does not say beforehand which input it takes, and older ones take parameters for options of a strange type.
  if (ended.status !== 0 && WANTS_PARAMS.test(ended.complaint)) ended = await start(paramsOf(invocation));
  if (ended.status !== 0) throw unavailable(invocation, "start", ended);
  return parseShimReply(ended.stdout);
}

function paramsOf(invocation: ShimInvocation): Uint8Array {
  const { id, namespace, grpcAddress, ttrpcAddress, socketDir, options } = invocation;
  return BootstrapParams.encode({
    instanceId: id,
    namespace,
    logLevel: invocation.isDebug ? LogLevel.DEBUG : LogLevel.INFO,
    containerdTtrpcAddress: ttrpcAddress,
    containerdGrpcAddress: grpcAddress,
    extensions: options === undefined ? [] : [{ value: options }],
    socketDir,
  });
}

/** Runs the offline clean-up of a shim that is gone. Says how the container's init ended, as far as the shim knows. */
export async function deleteShim(invocation: ShimInvocation): Promise<Exit> {
  const ended = await run(programOf(invocation, "delete"), "delete", {
    input: "",
    isMerged: false,
    budgetMs: DELETE_BUDGET_MS,
  });
  if (ended.status !== 0) throw unavailable(invocation, "delete", ended);
  const response = DeleteResponse.decode(ended.stdout);
  return { pid: response.pid, exitStatus: response.exitStatus, exitedAt: toDate(response.exitedAt) };
}

/**
 * What a shim says of itself: an encoded RuntimeInfo. Needs no container. Throws Unavailable with what it printed,
 * because shims older than `-info` do not know the word.
 */
export async function shimInfo(binary: string, options?: Any): Promise<Uint8Array> {
  const input = options === undefined ? "" : AnyMessage.encode(options);
  const program: Program = { binary, argv: ["-info"], cwd: "/", env: {} };
  const ended = await run(program, "info", { input, isMerged: false, budgetMs: START_BUDGET_MS });
  if (ended.status === 0) return ended.stdout;
  throw new HawserError(Code.Unavailable, `ask shim "${binary}" for its info: ${ended.complaint}`);
}

/** One run of a shim's program. */
interface Program {
  readonly binary: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

function programOf(invocation: ShimInvocation, action: "start" | "delete"): Program {
  const { binary, namespace, id, bundleDir, grpcAddress, ttrpcAddress, socketDir } = invocation;
  const argv = [
    ...["-namespace", namespace, "-id", id, "-address", grpcAddress],
    ...(action === "delete" ? ["-bundle", bundleDir] : []),
    ...(invocation.isDebug ? ["-debug"] : []),
    action,
  ];
  const env = {
    TTRPC_ADDRESS: ttrpcAddress,
    GRPC_ADDRESS: grpcAddress,
    NAMESPACE: namespace,
    MAX_SHIM_VERSION: "2",
    ...(socketDir === undefined ? {} : { SHIM_SOCKET_DIR: socketDir }),
  };
  return { binary, argv, cwd: bundleDir, env };
}

interface RunOptions {
  readonly input: string | Uint8Array;
  /** Whether what comes on stderr is a part of the answer: containerd gives `start` one pipe for both. */
  readonly isMerged: boolean;
  readonly budgetMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Ended {
  /** The exit code; -1 when a signal or we ended it. */
  readonly status: number;
  readonly stdout: Buffer;
  /** What to show a person. */
  readonly complaint: string;
}

function run(
  { binary, argv, cwd, env }: Program,
  action: string,
  { input, isMerged, budgetMs, signal }: RunOptions,
): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(binary, argv, {
    cwd,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env, GOMAXPROCS: "2" },
  });
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], bytes: 0 };
  const keep = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
    output.bytes += chunk.length;
    if (output.bytes <= MAX_OUTPUT_BYTES) output[stream].push(chunk);
  };
  child.stdout.on("data", keep("stdout"));
  child.stderr.on("data", keep(isMerged ? "stdout" : "stderr"));
  child.stdin.on("error", () => undefined); // A shim need not read its input.
  child.stdin.end(input);
  let reason = "";
  const giveUp = (why: string) => () => {
    reason = why;
    // The group may be gone, and a shim that holds our pipes is in one of its own: not waited for.
    if (child.pid !== undefined) killGroup(child.pid, SIGKILL);
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const timer = setTimeout(giveUp(`no answer within ${budgetMs} ms`), budgetMs);
  const onAbort = giveUp("canceled");
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  child.once("error", (cause) => {
    const message = `run shim "${binary}" ${action}: ${cause.message}`;
    reject(new HawserError(Code.Unavailable, message, { cause }));
  });
  // "close", not "exit": the reply is complete when the pipes are at their end.
  child.once("close", (code, killedBy) => {
    const printed = Buffer.concat([...output.stdout, ...output.stderr])
      .toString("utf8")
      .trim();
    const fallback = killedBy === null ? `exit status ${code}` : `killed by ${killedBy}`;
    const complaint = reason || printed.slice(0, 4096) || fallback;
    // Given up: what it printed until then is no answer, even if it ended well.
    const status = reason === "" ? (code ?? -1) : -1;
    resolve({ status, stdout: Buffer.concat(output.stdout), complaint });
  });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}

function unavailable(invocation: ShimInvocation, action: string, ended: Ended): HawserError {
  const message = `${action} shim of container "${invocation.id}": ${ended.complaint}`;
  return new HawserError(Code.Unavailable, message);
}
