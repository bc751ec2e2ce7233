// What `start` reads from standard input and what it answers, in the forms that managers have used. Pure: bytes in, bytes
// out. The reader for each manager: containerd 1.6 takes the bare address, 1.7 to 2.2 also JSON, 2.3 and later protobuf.
// Always true: the answer's form follows from the question alone and from what the operator has configured, never from
// a guess at the manager's version.
import { is } from "../proto/any.ts";
import { Code, HawserError } from "../proto/errors.ts";
import { Any } from "../proto/gen/any.ts";
import { BootstrapParams, BootstrapResult, LogLevel } from "../proto/gen/bootstrap.ts";
import { Options as RuncOptions } from "../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../proto/gen/runtime-options.ts";

/** More than this is refused: options are small. Bytes. */
export const MAX_INPUT_BYTES = 10 * 1024 * 1024;

/** The input of `start`. */
export interface BootstrapInput {
  /** Which of the forms it had; the reply depends on it. */
  readonly form: "empty" | "options" | "params";
  /** Options of the runtime, of whatever type they are. Only for placing the shim: those of Create are the container's. */
  readonly options: Any | undefined;
  readonly isDebug: boolean;
  readonly ttrpcAddress: string | undefined;
  readonly grpcAddress: string | undefined;
  readonly socketDir: string | undefined;
}

const NOTHING: BootstrapInput = {
  form: "empty",
  options: undefined,
  isDebug: false,
  ttrpcAddress: undefined,
  grpcAddress: undefined,
  socketDir: undefined,
};

/**
 * Reads the input. The bytes of options look like BootstrapParams too (both begin with two strings), so only params that
 * name the same container as the command line are params. Throws InvalidArgument for what is neither.
 */
export function parseBootstrapInput(
  bytes: Uint8Array,
  identity: { readonly id: string; readonly namespace: string },
): BootstrapInput {
  if (bytes.length > MAX_INPUT_BYTES) throw invalid(`more than ${MAX_INPUT_BYTES} bytes`);
  if (bytes.length === 0) return NOTHING;
  const params = tryDecode(BootstrapParams, bytes);
  if (params?.instanceId === identity.id && params.namespace === identity.namespace)
    return fromParams(params);
  const options = tryDecode(Any, bytes);
  if (options === undefined) throw invalid(`${bytes.length} bytes that are neither parameters nor options`);
  return { ...NOTHING, form: "options", options: options.typeUrl === "" ? undefined : options };
}

function fromParams(params: BootstrapParams): BootstrapInput {
  const values = params.extensions.flatMap((extension) => extension.value ?? []);
  return {
    form: "params",
    options: values.find(isRuntimeOptions),
    isDebug: params.logLevel <= LogLevel.DEBUG,
    ttrpcAddress: params.containerdTtrpcAddress || undefined,
    grpcAddress: params.containerdGrpcAddress || undefined,
    socketDir: params.socketDir || undefined,
  };
}

/** Whether these are options of one of the two types that we read (`oci/options.ts`); others are not for us. */
export function isRuntimeOptions(options: Any): boolean {
  return is(options, RuncOptions) || is(options, GenericOptions);
}

/** Versions of the task service that a manager may be told. */
export type ShimVersion = 2 | 3;

/** What decides on the form of the reply. */
export interface ReplyContext {
  readonly form: BootstrapInput["form"];
  /** MAX_SHIM_VERSION of the environment. */
  readonly maxShimVersion: string | undefined;
  /** HAWSER_SHIM_VERSION: what the operator says that the manager understands. */
  readonly configuredVersion: string | undefined;
}

/**
 * The bytes that `start` prints, without a newline. Managers that set MAX_SHIM_VERSION cannot be told apart, and the bare
 * address is all that each of them takes: so it is JSON only where it is configured. Throws InvalidArgument for a
 * configured version that there is not.
 */
export function formatReply(address: string, context: ReplyContext): Uint8Array {
  const version = checkVersion(context.configuredVersion);
  if (context.form === "params") return BootstrapResult.encode({ version: 3, address, protocol: "ttrpc" });
  if (context.maxShimVersion === undefined || version === undefined) return Buffer.from(address);
  return Buffer.from(JSON.stringify({ version, address, protocol: "ttrpc" }));
}

function checkVersion(configured: string | undefined): ShimVersion | undefined {
  if (configured === undefined || configured === "") return undefined;
  if (configured === "2" || configured === "3") return configured === "2" ? 2 : 3;
  throw new HawserError(
    Code.InvalidArgument,
    `read HAWSER_SHIM_VERSION: ${JSON.stringify(configured)} is neither 2 nor 3`,
  );
}

function tryDecode<T>(codec: { decode(bytes: Uint8Array): T }, bytes: Uint8Array): T | undefined {
  try {
    return codec.decode(bytes);
  } catch {
    return undefined;
  }
}

function invalid(reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `read input of start: ${reason}`);
}
