// Composes the manager, in one place: what is made, in which order, and so, backwards, in which order it ends.
//   1 locks of both directories: nobody else works here        5 the socket where shims deliver their events
//   2 runtime.db and the event exchange                        6 tasks: every shim is found again, before anything is cleaned
//   3 metadata.db and its stores                               7 the socket of the API, from which on we serve
//   4 content, and the collection of garbage
// Always true: what of this fails ends the start with one error, and what was made before is undone. At the end nobody new
// comes in first, calls under way are drained next, and the databases are closed last. Shims outlive all of it.
import { Scope } from "../sys/scope.ts";
import type { ApiService } from "./api/api-service.ts";
import { containersApi } from "./api/containers.ts";
import { contentApi } from "./api/content.ts";
import { eventsApi } from "./api/events.ts";
import { GrpcServer } from "./api/grpc-server.ts";
import { healthApi } from "./api/health.ts";
import { imagesApi } from "./api/images.ts";
import { introspectionApi } from "./api/introspection.ts";
import { leasesApi } from "./api/leases.ts";
import { namespacesApi } from "./api/namespaces.ts";
import { listPlugins } from "./api/plugins.ts";
import { shimsApi } from "./api/shims.ts";
import { tasksApi } from "./api/tasks.ts";
import { unimplementedApis } from "./api/unimplemented.ts";
import { versionApi } from "./api/version.ts";
import type { Config } from "./config/settings.ts";
import { Exchange } from "./events/exchange.ts";
import { parseEventId } from "./events/journal.ts";
import { createEventServer } from "./events/service.ts";
import { ContentStore } from "./images/content-store.ts";
import { hostPlatform } from "./images/platform.ts";
import { InstanceLock } from "./instance-lock.ts";
import { Layout } from "./layout.ts";
import { checkPathLength, Listener } from "./listener.ts";
import type { Log } from "./log.ts";
import { Database } from "./metadata/database.ts";
import { GarbageCollector } from "./metadata/garbage-collector.ts";
import { GcSchedule } from "./metadata/gc-schedule.ts";
import { Metadata } from "./metadata/metadata.ts";
import { shimSearchDirs } from "./runtime/runtime-name.ts";
import { RUNTIME_SCHEMA } from "./runtime/runtime-schema.ts";
import { TaskManager } from "./runtime/task-manager.ts";
import { loadServerUuid } from "./server-uuid.ts";

/** What a manager is made of. */
export interface DaemonOptions {
  readonly config: Config;
  readonly log: Log;
  /** Our own program; shims are looked for beside it. */
  readonly executable: string;
  /** Fires when the start is not wanted any more. */
  readonly signal: AbortSignal;
}

/** Shims do not connect more than once each, and one that comes too late tries again. */
const MAX_SHIM_CONNECTIONS = 4_096;

/** A manager that serves. */
export class Daemon implements AsyncDisposable {
  readonly #scope: Scope;

  private constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Starts; resolves when it serves. Throws the first error, with everything undone. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const { config, log, signal } = options;
    const layout = new Layout(config);
    for (const path of [layout.ttrpcAddress, layout.address]) checkPathLength(path);
    await using scope = new Scope((what, error) => log.warn(`${what}, continuing`, { error }));
    scope.use("unlock the directories", lockDirectories(config));
    const services = await makeServices(scope, options, layout);
    signal.throwIfAborted();
    const server = new GrpcServer({ services, log, finishMs: config.stopBudgetMs });
    scope.use("drain the calls of the API", server);
    const { maxConnections, gid } = config;
    const listener = { path: layout.address, gid, maxConnections, log };
    scope.use(
      "close the socket of the API",
      await Listener.listen(listener, (socket) => server.accept(socket)),
    );
    return new Daemon(scope.move());
  }

  /** Stops in the reverse order. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

function lockDirectories({ root, state }: Config): InstanceLock {
  // 0711: with a user namespace, a container's root walks through them to its rootfs.
  return InstanceLock.acquire([
    { path: root, mode: 0o711, flag: "--root" },
    { path: state, mode: 0o711, flag: "--state" },
  ]);
}

async function makeServices(
  scope: Scope,
  { config, log, executable, signal }: DaemonOptions,
  layout: Layout,
): Promise<ApiService[]> {
  const runtime = scope.use("close runtime.db", Database.open(layout.runtimePath, RUNTIME_SCHEMA));
  const events = scope.use("end the subscriptions to events", new Exchange(runtime));
  const metadata = scope.use("close metadata.db", Metadata.open(layout.metadataPath, { events }));
  const content = new ContentStore({
    dir: layout.contentDir,
    records: metadata.content,
    leases: metadata.leases,
    events,
  });
  const collector = new GarbageCollector({ database: metadata.database, events, sweepers: [content] });
  const garbage = new GcSchedule({ collector, log, thresholds: config.gc });
  metadata.onChange((change) => (change === "deletion" ? garbage.noteDeletion() : garbage.noteMutation()));
  scope.use("stop collecting garbage", garbage);
  signal.throwIfAborted();

  // Shims deliver what happened while we were away as soon as they find the socket, and tasks.load() waits for it.
  const eventServer = createEventServer((envelope, id) => events.forward(envelope, parseEventId(id)));
  scope.use("drain the events of shims", eventServer);
  const shimListener = { path: layout.ttrpcAddress, maxConnections: MAX_SHIM_CONNECTIONS, log };
  scope.use(
    "close the socket for events",
    await Listener.listen(shimListener, (socket) => eventServer.accept(socket)),
  );
  const tasks = TaskManager.open({
    stateDir: layout.stateDir,
    rootDir: layout.rootDir,
    database: runtime,
    containers: metadata.containers,
    events,
    searchDirs: [...config.shimDirs, ...shimSearchDirs(executable, process.env["PATH"])],
    grpcAddress: layout.address,
    ttrpcAddress: layout.ttrpcAddress,
    log,
    isDebug: config.log.level === "debug",
  });
  scope.use("leave the shims to themselves", tasks);
  await tasks.load();
  garbage.start();

  const services = [
    versionApi(),
    namespacesApi(metadata.namespaces),
    containersApi(metadata.containers),
    leasesApi(metadata.leases, () => garbage.collect()),
    imagesApi(metadata.images, () => garbage.collect()),
    contentApi(content),
    tasksApi(tasks),
    eventsApi(events),
    shimsApi(tasks),
  ];
  const plugins = listPlugins({
    snapshotters: [],
    platform: hostPlatform(),
    services: services.map(({ definition }) => definition.name),
  });
  const uuid = loadServerUuid(layout.rootDir);
  services.push(
    introspectionApi({
      uuid,
      plugins,
      askRuntime: ({ runtimePath, options }) => tasks.runtimeInfo(runtimePath, options),
    }),
  );
  return [...services, healthApi(services), ...unimplementedApis()];
}
