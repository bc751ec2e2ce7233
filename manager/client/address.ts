// Where a client finds its daemon: what the caller says, else HAWSER_ADDRESS, else hawserd's own place. Pure.
import { formatAddress, parseAddress } from "../../ttrpc/address.ts";

/** Where hawserd listens when nobody says otherwise. */
export const DEFAULT_ADDRESS = "/run/hawser/hawserd.sock";

/** The namespace of callers who name none. */
export const DEFAULT_NAMESPACE = "default";

/** The address to connect to. An empty variable is an absent one. */
export function chooseAddress(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return given ?? (env["HAWSER_ADDRESS"] || DEFAULT_ADDRESS);
}

/** The namespace to work in. */
export function chooseNamespace(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return given ?? (env["HAWSER_NAMESPACE"] || DEFAULT_NAMESPACE);
}

/** The address in the words of gRPC. Throws InvalidArgument when it is not that of a unix socket. */
export function channelTarget(address: string): string {
  const { kind, name } = parseAddress(address);
  return kind === "abstract" ? `unix-abstract:${name}` : formatAddress({ kind, name });
}
