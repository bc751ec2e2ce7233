// The shim at work: composes everything and lives until the manager has deleted the last container and said Shutdown.
// Nothing else in the shim composes. An exception that nobody awaited does not end it: it would cost the containers
// their output and their exit status, so it is logged and life goes on.
import type { Server as NetServer } from "node:net";
import { join } from "node:path";
import { Task as TaskV3 } from "../proto/gen/task.ts";
import { Task as TaskV2 } from "../proto/gen/task-v2.ts";
import { peerCredentials } from "../sys/peer-credentials.ts";
import { setSubreaper } from "../sys/prctl.ts";
import { Reaper } from "../sys/wait.ts";
import { Server } from "../ttrpc/index.ts";
import { EventQueue } from "./event-queue.ts";
import { Exits } from "./exits.ts";
import { FifoLog } from "./log.ts";
import { Publisher } from "./publisher.ts";
import { TaskService } from "./task-service.ts";

/** What `start` hands over. */
export interface ServeOptions {
  readonly namespace: string;
  /** Of the container, or of the pod, that the shim was started for. */
  readonly id: string;
  readonly bundleDir: string;
  /** The manager's gRPC socket. */
  readonly grpcAddress: string;
  /** Where events go; empty: nowhere. */
  readonly ttrpcAddress: string;
  readonly isDebug: boolean;
  /** Bound and listening; taken. */
  readonly listener: NetServer;
  readonly socketPath: string;
}

/** How long the end may take: sending what is queued, answering who asks. Milliseconds. */
const SHUTDOWN_BUDGET_MS = 5_000;

/** Serves until Shutdown, or SIGTERM; resolves when everything is given back. */
export async function serve(options: ServeOptions): Promise<void> {
  const { namespace, id } = options;
  const log = new FifoLog({ level: options.isDebug ? "debug" : "info", fields: { namespace, id } });
  process.on("uncaughtException", (error) => log.error("uncaught exception, continuing", { error }));
  process.on("unhandledRejection", (error) => log.error("unhandled rejection, continuing", { error }));
  setSubreaper();
  const exits = new Exits();
  const reaper = new Reaper({
    onExit: (exit) => exits.deliver(exit),
    isOurs: (pid) => exits.isKnown(pid),
  });
  reaper.start();
  const queue = EventQueue.open({
    path: join(options.bundleDir, "events"),
    onNotice: (notice, error) => log.warn(notice, { error }),
  });
  const publisher = new Publisher({ address: options.ttrpcAddress, namespace, queue, log });
  publisher.start();

  const asked = Promise.withResolvers<void>();
  const tasks = new TaskService(
    { namespace, exits, events: publisher, log, stateDir: STATE_DIR },
    asked.resolve,
  );
  const server = new Server({ peers: { read: peerCredentials } });
  server.register(TaskV3, tasks).register(TaskV2, tasks);
  server.serve(options.listener);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => asked.resolve());

  await asked.promise;
  const budget = AbortSignal.timeout(SHUTDOWN_BUDGET_MS);
  await server.shutdown({ signal: budget });
  await publisher.flush({ signal: budget }).catch((error: unknown) => log.warn("flush events", { error }));
  await publisher[Symbol.asyncDispose]();
  reaper[Symbol.dispose]();
}

/** What is found out once and remembered for all shims: which OCI runtime can be trusted with what. */
const STATE_DIR = "/run/hawser";
