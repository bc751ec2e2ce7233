// The shim at work: composes everything and lives until the manager has deleted the last container and said Shutdown.
// Nothing else in the shim composes. An exception that nobody awaited does not end it: it would cost the containers
// their output and their exit status, so it is logged and life goes on. Neither does SIGHUP or SIGQUIT.
// SIGTERM, SIGINT: `orderly-end.ts`. SIGUSR2: what there is goes to the log. (Go's shim does that for SIGUSR1, which never
// reaches a listener of ours: with --disable-sigusr1 Node blocks it, and without it a stranger could open a debugger.)
import { lstatSync, readdirSync, unlinkSync } from "node:fs";
import type { Server as NetServer } from "node:net";
import { BundleFile, bundleFile } from "../proto/bundle-files.ts";
import { Sessions } from "../proto/gen/attach.ts";
import { Task as TaskV3 } from "../proto/gen/task.ts";
import { Task as TaskV2 } from "../proto/gen/task-v2.ts";
import { MemoryTrimmer } from "../sys/memory-trimmer.ts";
import { peerCredentials } from "../sys/peer-credentials.ts";
import { setSubreaper } from "../sys/prctl.ts";
import { Reaper } from "../sys/wait.ts";
import { Server } from "../ttrpc/index.ts";
import { Attachments } from "./attach/attachments.ts";
import { SessionsService } from "./attach/sessions-service.ts";
import { EventQueue } from "./event-queue.ts";
import { Exits } from "./exits.ts";
import { FifoLog, type Log } from "./log.ts";
import { OrderlyEnd } from "./orderly-end.ts";
import { Publisher } from "./publisher.ts";
import { TaskService } from "./task-service.ts";

/** What `start` hands over. */
export interface ServeOptions {
  readonly namespace: string;
  /** Of the container, or of the pod, that the shim was started for. */
  readonly id: string;
  readonly bundleDir: string;
  /** Where events go; empty: nowhere. */
  readonly ttrpcAddress: string;
  readonly isDebug: boolean;
  /** Where `listener` listens; undefined when that was inherited. The attach socket lies beside it. */
  readonly socketPath?: string | undefined;
  /** Bound and listening; taken. */
  readonly listener: NetServer;
}

/** How long the end may take: sending what is queued, answering who asks. Milliseconds. */
const SHUTDOWN_BUDGET_MS = 5_000;

/** What is found out once and remembered for all shims: which OCI runtime can be trusted with what. */
const STATE_DIR = "/run/hawser";

/** Serves until Shutdown, or SIGTERM; resolves when everything is given back. */
export async function serve(options: ServeOptions): Promise<void> {
  const { namespace, id, listener } = options;
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
  using trimmer = new MemoryTrimmer();
  trimmer.start();
  const queueFile = bundleFile(options.bundleDir, BundleFile.events);
  const queue = EventQueue.open({
    path: queueFile,
    onNotice: (notice, error) => log.warn(notice, { error }),
  });
  const queueInode = inodeOf(queueFile);
  const publisher = new Publisher({ address: options.ttrpcAddress, namespace, queue, log });
  publisher.start();

  const server = new Server({ peers: { read: peerCredentials } });
  const end = new OrderlyEnd(() => ({ ...tasks.census, connections: server.connectionCount }));
  const attachments = new Attachments({
    socketPath: options.socketPath ?? bundleFile(options.bundleDir, BundleFile.address),
    isKnown: (containerId, execId) => tasks.has(containerId, execId),
    onSessionEnd: () => trimmer.noteWork(),
  });
  const tasks = new TaskService(
    { namespace, exits, events: publisher, log, attachments, stateDir: STATE_DIR },
    { onShutdown: () => end.shutdown(), onChange: () => end.changed() },
  );
  server.register(TaskV3, tasks).register(TaskV2, tasks);
  server.register(Sessions, new SessionsService(attachments));
  server.serve(listener);
  listener.on("connection", (socket) => {
    // Whoever comes may be a manager that was away: its socket for events is there, too.
    publisher.retryNow();
    // The server's own books are right a turn later.
    socket.once("close", () => setImmediate(() => end.changed()));
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.info(`${signal}: ${end.wish() ? "ending" : "there are containers, ending after them"}`);
    });
  }
  // Handled and not ignored: what is ignored stays so across exec ("what the shim blocks or ignores, its containers do not").
  for (const signal of ["SIGHUP", "SIGQUIT"] as const)
    process.on(signal, () => log.info(`${signal}: ignoring it`));
  process.on("SIGUSR2", () => dump({ tasks, publisher, server, attachments, log }));

  await end.asked;
  tasks.close();
  const budget = AbortSignal.timeout(SHUTDOWN_BUDGET_MS);
  await attachments[Symbol.asyncDispose]();
  await server.shutdown({ signal: budget });
  await publisher.flush({ signal: budget }).catch((error: unknown) => log.warn("flush events", { error }));
  const isAllSent = publisher.waiting === 0;
  await publisher[Symbol.asyncDispose]();
  if (isAllSent) removeFile(queueFile, queueInode);
  reaper[Symbol.dispose]();
}

interface Parts {
  readonly tasks: TaskService;
  readonly publisher: Publisher;
  readonly server: Server;
  readonly attachments: Attachments;
  readonly log: Log;
}

/** Says what there is, for whoever wonders what a shim is doing. */
function dump({ tasks, publisher, server, attachments, log }: Parts): void {
  const { rss, external } = process.memoryUsage();
  log.info("SIGUSR2: what there is", {
    connections: server.connectionCount,
    calls: server.callsRunning,
    sessions: [...attachments.brokers].reduce((sum, { sessions }) => sum + sessions.size, 0),
    eventsWaiting: publisher.waiting,
    descriptors: readdirSync("/proc/self/fd").length - 1,
    rss,
    external,
  });
  for (const line of tasks.describe()) log.info(line);
}

function inodeOf(path: string): bigint | undefined {
  return lstatSync(path, { throwIfNoEntry: false, bigint: true })?.ino;
}

// By now the path may be that of another shim: the manager removes a bundle and may make it anew.
function removeFile(path: string, inode: bigint | undefined): void {
  try {
    if (inode !== undefined && inodeOf(path) === inode) unlinkSync(path);
  } catch {
    // It goes with the bundle.
  }
}
