// hawser.v1.Daemon: what this hawserd says of itself, for clients on its own machine, which find its files by it.
import { Daemon, type DaemonInfoResponse } from "../../proto/gen/daemon.ts";
import { fromDate } from "../../proto/timestamp.ts";
import { VERSION } from "../version.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** What does not follow from the program itself. */
export interface DaemonFacts
  extends Pick<
    DaemonInfoResponse,
    "rootDir" | "stateDir" | "address" | "uuid" | "configFile" | "defaultSnapshotter"
  > {
  /** When it began to serve. */
  readonly startedAt: Date;
}

/** The service. */
export function daemonApi({ startedAt, ...facts }: DaemonFacts): ApiService {
  const answer = { ...facts, version: VERSION, pid: process.pid, startedAt: fromDate(startedAt) };
  return apiService(Daemon, { info: () => answer }, { isNamespaced: false });
}
