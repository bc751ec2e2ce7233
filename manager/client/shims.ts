// The shims of a manager and how they are. Only hawserd has this service; containerd answers Unimplemented.
import { type Shim, Shims as ShimsService } from "../../proto/gen/shims.ts";
import type { CallOptions, Connection } from "./connection.ts";
import { serviceClient } from "./service-client.ts";

/** How to ask for shims. */
export interface ShimListOptions extends CallOptions {
  /** Those of one namespace; default: of all. */
  readonly namespace?: string | undefined;
  /** The one that was started for this container or sandbox. */
  readonly id?: string | undefined;
}

/**
 * Lists shims from the manager's own record, so that one which hangs delays nobody. Sorted by namespace and id.
 * Throws Unimplemented when the daemon is not hawserd.
 */
export async function listShims(connection: Connection, options: ShimListOptions = {}): Promise<Shim[]> {
  const { namespace, id = "", ...call } = options;
  const { shims } = await serviceClient(connection, ShimsService, { namespace }).list({ id }, call);
  return shims;
}
