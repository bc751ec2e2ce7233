// The command line of the shim, as containerd writes it: Go's flag syntax, an action word, nothing else. Pure.
// Always true: what comes out has ids that may be file names; a complaint is one line.
// Go's syntax: one dash or two, `-k v` or `-k=v`, a boolean takes its value only behind "=", and the first word that is
// no flag ends the flags. It is the action; what follows it is ignored, because a newer manager may say more.
import { Code, HawserError } from "../proto/errors.ts";
import { validateId } from "../proto/identifiers.ts";

/** What every action but `-info` and `-version` is told. */
export interface Identity {
  readonly namespace: string;
  /** Of the container or sandbox. */
  readonly id: string;
  /** The manager's gRPC socket; may be empty. */
  readonly grpcAddress: string;
  readonly isDebug: boolean;
}

/** What the shim is asked to do. */
export type ShimCommand =
  | { readonly kind: "version" }
  | { readonly kind: "info" }
  | ({ readonly kind: "start" } & Identity)
  /** `bundleDir` is absent in calls of old managers: then it is the sibling of the working directory named by the id. */
  | ({ readonly kind: "delete"; readonly bundleDir: string | undefined } & Identity)
  /** Without `socketPath` the listening socket is descriptor 3. */
  | ({ readonly kind: "serve"; readonly socketPath: string | undefined } & Identity);

const VALUE_FLAGS = [
  "namespace",
  "id",
  "address",
  "publish-binary",
  "bundle",
  "socket",
  "debug-socket",
] as const;
const BOOLEAN_FLAGS = ["debug", "v", "version", "info"] as const;

type ValueFlag = (typeof VALUE_FLAGS)[number];
type BooleanFlag = (typeof BOOLEAN_FLAGS)[number];

/** Reads a command line without the program's name. Throws InvalidArgument. */
export function parseArguments(argv: readonly string[]): ShimCommand {
  const { values, booleans, action } = parseFlags(argv);
  if (booleans.has("v") || booleans.has("version")) return { kind: "version" };
  if (booleans.has("info")) return { kind: "info" };
  const identity: Identity = {
    namespace: validateId("namespace", required(values, "namespace")),
    id: validateId("container", required(values, "id")),
    grpcAddress: values.get("address") ?? "",
    isDebug: booleans.has("debug"),
  };
  switch (action) {
    case undefined:
      return { kind: "serve", ...identity, socketPath: values.get("socket") || undefined };
    case "start":
      return { kind: "start", ...identity };
    case "delete":
      return { kind: "delete", ...identity, bundleDir: values.get("bundle") || undefined };
    default:
      throw invalid(`unknown action ${JSON.stringify(action)}: expected start or delete`);
  }
}

interface Flags {
  readonly values: ReadonlyMap<ValueFlag, string>;
  /** Those that are set. */
  readonly booleans: ReadonlySet<BooleanFlag>;
  readonly action: string | undefined;
}

function parseFlags(argv: readonly string[]): Flags {
  const values = new Map<ValueFlag, string>();
  const booleans = new Set<BooleanFlag>();
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] ?? "";
    // A lone dash is a word, two are the end of the flags.
    if (word === "--") at++;
    if (word === "--" || word === "-" || !word.startsWith("-")) break;
    at++;
    const equals = word.indexOf("=");
    const name = word.slice(word.startsWith("--") ? 2 : 1, equals < 0 ? undefined : equals);
    let value = equals < 0 ? undefined : word.slice(equals + 1);
    if (isOneOf(BOOLEAN_FLAGS, name)) {
      if (parseBoolean(name, value)) booleans.add(name);
      else booleans.delete(name);
    } else if (isOneOf(VALUE_FLAGS, name)) {
      value ??= argv[at++];
      if (value === undefined) throw invalid(`flag needs an argument: -${name}`);
      values.set(name, value);
    } else {
      throw invalid(`unknown flag ${JSON.stringify(word)}`);
    }
  }
  return { values, booleans, action: argv[at] };
}

// What Go's strconv.ParseBool accepts.
function parseBoolean(name: string, value: string | undefined): boolean {
  if (value === undefined || /^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(value)) return false;
  throw invalid(`flag -${name}: ${JSON.stringify(value)} is neither true nor false`);
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

function required(values: ReadonlyMap<ValueFlag, string>, flag: ValueFlag): string {
  const value = values.get(flag);
  if (value === undefined || value === "") throw invalid(`flag -${flag} is missing`);
  return value;
}

function invalid(reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `read arguments: ${reason}`);
}
