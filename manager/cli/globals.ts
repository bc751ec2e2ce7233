// The flags that every command has, before and after its name, and what they, the environment and hawserd's configuration
// make together. Environment and configuration are read as hawserd reads them, so that both mean the same place.

import { validateId } from "../../proto/identifiers.ts";
import { parseAddress } from "../../ttrpc/address.ts";
import { chooseNamespace } from "../client/address.ts";
import { configFrom } from "../command-line.ts";

/** What is said of every command. */
export interface Globals {
  readonly namespace: string;
  /** The socket of hawserd. */
  readonly address: string;
  /** hawserd's directories, as they are when it is started from here. */
  readonly root: string;
  readonly state: string;
  /** hawserd's configuration file, when one is named. */
  readonly config: string | undefined;
  /** Errors are shown with their stacks and causes. */
  readonly debug: boolean;
  /** Whether hawserd is started when nobody listens. */
  readonly autoStart: boolean;
}

/** A flag that every command has. */
export interface GlobalFlag {
  readonly long: string;
  readonly short?: string;
  /** Absent for one that takes none. */
  readonly value?: string;
  readonly about: string;
}

export const GLOBAL_FLAGS: readonly GlobalFlag[] = [
  { long: "namespace", short: "n", value: "<name>", about: "namespace to work in (HAWSER_NAMESPACE)" },
  { long: "address", value: "<path>", about: "hawserd's socket (HAWSER_ADDRESS)" },
  { long: "root", value: "<dir>", about: "hawserd's root directory, when it is started (HAWSER_ROOT)" },
  { long: "state", value: "<dir>", about: "hawserd's state directory, when it is started (HAWSER_STATE)" },
  { long: "config", value: "<file>", about: "hawserd's configuration (HAWSER_CONFIG)" },
  { long: "no-start", about: "do not start hawserd when it does not run (HAWSER_START=0)" },
  { long: "debug", about: "show errors with their causes (HAWSER_DEBUG=1)" },
];

/** Throws InvalidArgument that names flag or variable, and what reading the configuration throws. */
export function readGlobals(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): Globals {
  const given = { ...flags, address: pathOf(flags["address"]) };
  const { root, state, address } = configFrom(given, {
    ...env,
    HAWSER_ADDRESS: pathOf(env["HAWSER_ADDRESS"]),
  });
  const namespace = validateId("namespace", chooseNamespace(textOf(flags["namespace"]), env));
  return {
    namespace,
    address,
    root,
    state,
    config: textOf(flags["config"]) ?? (env["HAWSER_CONFIG"] || undefined),
    debug: flags["debug"] === true || isOn(env["HAWSER_DEBUG"]),
    autoStart: flags["start"] !== false && env["HAWSER_START"] !== "0",
  };
}

// The library takes `unix:///path`, too, from the same variable.
function pathOf(address: unknown): string | undefined {
  const text = textOf(address);
  return text?.startsWith("unix:") ? parseAddress(text).name : text;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether a variable says yes. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
