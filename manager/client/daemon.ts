// What a hawserd says of itself. containerd has no such service and answers Unimplemented.
import { Daemon as DaemonService } from "../../proto/gen/daemon.ts";
import { toDate } from "../../proto/timestamp.ts";
import type { CallOptions, Connection } from "./connection.ts";
import { serviceClient } from "./service-client.ts";

/** Where a hawserd is, and since when. Paths are absolute. */
export interface DaemonInfo {
  readonly version: string;
  readonly pid: number;
  /** When it began to serve. */
  readonly startedAt: Date | undefined;
  /** What survives a reboot: images, snapshots, databases, the directories of containers. */
  readonly rootDir: string;
  /** What does not: bundles, sockets. */
  readonly stateDir: string;
  /** The socket of its API. */
  readonly address: string;
  /** The same for the whole life of `rootDir`. */
  readonly uuid: string;
  /** The configuration file that it has read; empty for none. */
  readonly configFile: string;
  /** The snapshotter that is taken when nobody names one. */
  readonly defaultSnapshotter: string;
}

/** Asks for it. Throws Unimplemented when the daemon is not hawserd. */
export async function daemonInfo(connection: Connection, options?: CallOptions): Promise<DaemonInfo> {
  const { startedAt, ...info } = await serviceClient(connection, DaemonService, {}).info({}, options);
  return { ...info, startedAt: toDate(startedAt) };
}
