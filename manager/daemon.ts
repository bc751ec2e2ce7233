// Composes the manager, in one place: what is made, in which order, and so, backwards, in which order it ends.
//   1 locks of both directories: nobody else works here        5 the socket where shims deliver their events
//   2 runtime.db and the event exchange                        6 tasks: every shim is found again, before anything is cleaned
//   3 metadata.db and its stores                               7 the socket of the API, from which on we serve
//   4 content, snapshots, and the collection of their garbage
// Always true: what of this fails ends the start with one error, and what was made before is undone. At the end nobody new
// comes in first, calls under way are drained next, and the databases are closed last. Shims outlive all of it.
// Longer than 300 lines because nothing else composes.
import { join } from "node:path";
import { MemoryTrimmer } from "../sys/memory-trimmer.ts";
import { unmountAll } from "../sys/mount.ts";
import { Scope } from "../sys/scope.ts";
import type { ApiService } from "./api/api-service.ts";
import { containersApi } from "./api/containers.ts";
import { contentApi } from "./api/content.ts";
import { daemonApi } from "./api/daemon.ts";
import { diffApi } from "./api/diff.ts";
import { eventLogApi } from "./api/event-log.ts";
import { eventsApi } from "./api/events.ts";
import { GrpcServer } from "./api/grpc-server.ts";
import { healthApi } from "./api/health.ts";
import { imagesApi } from "./api/images.ts";
import { introspectionApi } from "./api/introspection.ts";
import { leasesApi } from "./api/leases.ts";
import { logsApi } from "./api/logs.ts";
import { namespacesApi } from "./api/namespaces.ts";
import { listPlugins } from "./api/plugins.ts";
import { processesApi } from "./api/processes.ts";
import { shimsApi } from "./api/shims.ts";
import { snapshotsApi } from "./api/snapshots.ts";
import { streamingApi } from "./api/streaming.ts";
import { tasksApi } from "./api/tasks.ts";
import { transferApi } from "./api/transfer.ts";
import { unimplementedApis } from "./api/unimplemented.ts";
import { versionApi } from "./api/version.ts";
import type { Config } from "./config/settings.ts";
import { CommittedPublisher } from "./events/committed-publisher.ts";
import { Exchange } from "./events/exchange.ts";
import type { Retention } from "./events/retention.ts";
import { createEventServer } from "./events/service.ts";
import type { SnapshotSource } from "./events/snapshot.ts";
import { parseEventId } from "./events/taken-names.ts";
import { Applier } from "./images/applier.ts";
import { ContentStore } from "./images/content-store.ts";
import { Differ } from "./images/differ.ts";
import { ImageTransfer, type UnpackImage } from "./images/image-transfer.ts";
import { MessageStreams } from "./images/message-streams.ts";
import { hostPlatform } from "./images/platform.ts";
import { Unpacker } from "./images/unpacker.ts";
import { InstanceLock } from "./instance-lock.ts";
import { Layout } from "./layout.ts";
import { isFirstSinceBoot } from "./lifecycle/boot.ts";
import { Lifecycle } from "./lifecycle/lifecycle.ts";
import type { ProcessList } from "./lifecycle/process-list.ts";
import { checkPathLength, Listener } from "./listener.ts";
import type { Log } from "./log.ts";
import { DirectoryWatch } from "./logs/directory-watch.ts";
import { LogOwners } from "./logs/log-owners.ts";
import { Database } from "./metadata/database.ts";
import { GarbageCollector } from "./metadata/garbage-collector.ts";
import { GcSchedule } from "./metadata/gc-schedule.ts";
import { Metadata } from "./metadata/metadata.ts";
import { shimSearchDirs } from "./runtime/runtime-name.ts";
import { RUNTIME_SCHEMA } from "./runtime/runtime-schema.ts";
import { TaskManager } from "./runtime/task-manager.ts";
import type { ProcessKey, TaskRecords } from "./runtime/task-records.ts";
import { loadServerUuid } from "./server-uuid.ts";
import { openSnapshotters } from "./snapshots/open-snapshotters.ts";
import type { Snapshotters } from "./snapshots/snapshotter.ts";
import { WorkerPool } from "./trees/worker-pool.ts";

/** What a manager is made of. */
export interface DaemonOptions {
  readonly config: Config;
  /** Where the configuration was read; empty for nowhere. */
  readonly configFile: string;
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
    scope.use("stop giving memory back", trimmer()).start();
    return new Daemon(scope.move());
  }

  /** Stops in the reverse order. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

// A pause of some 50 ms, which nobody waits for: the manager has been quiet for seconds. It stays as fast as it was.
function trimmer(): MemoryTrimmer {
  return new MemoryTrimmer({ quietMs: 2_000, growthBytes: 8 * 2 ** 20, settle: () => undefined });
}

function retentionOf({ events }: Config): Retention {
  const { maxCount: maxEvents, maxBytes, maxAgeHours } = events;
  return { maxEvents, maxBytes, maxAgeMs: maxAgeHours * 3_600_000 };
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
  { config, configFile, log, executable, signal }: DaemonOptions,
  layout: Layout,
): Promise<ApiService[]> {
  const runtime = scope.use("close runtime.db", Database.open(layout.runtimePath, RUNTIME_SCHEMA));
  const events = scope.use(
    "end the subscriptions to events",
    Exchange.open(runtime, { retention: retentionOf(config) }),
  );
  const metadata = scope.use(
    "close metadata.db",
    Metadata.open(layout.metadataPath, { events: new CommittedPublisher(events, log) }),
  );
  const { leases, images } = metadata;
  const storage = await makeStorage(scope, { layout, metadata, events, log });
  const { content, snapshotters, applier, differ, unpacker } = storage;
  signal.throwIfAborted();

  const sweepers = [content, ...snapshotters];
  const collector = new GarbageCollector({
    database: metadata.database,
    events: new CommittedPublisher(events, log),
    sweepers,
  });
  const garbage = new GcSchedule({ collector, log, thresholds: config.gc });
  metadata.watch(garbage);
  scope.use("stop collecting garbage", garbage);

  await listenForShims(scope, { layout, events, log });
  const isFirst = isFirstSinceBoot(layout.stateDir);
  const tasks = TaskManager.open({
    isFirstSinceBoot: isFirst,
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
  const parts = { layout, runtime, metadata, tasks, snapshotters, log, isFirstSinceBoot: isFirst };
  const life = scope.use("stop looking after containers", new Lifecycle(parts));
  life.listen();
  await tasks.load();
  life.start();
  garbage.start();

  const collect = () => garbage.collect();
  const streams = new MessageStreams();
  const unpack: UnpackImage = (namespace, target, options) =>
    unpacker.unpackImage(namespace, target, options);
  const transfer = new ImageTransfer({ content, images, leases, unpack });
  const services = [
    versionApi(),
    namespacesApi(metadata.namespaces),
    containersApi(metadata.containers),
    leasesApi(leases, collect),
    imagesApi(images, collect),
    contentApi(content),
    snapshotsApi(snapshotters),
    diffApi(applier, differ),
    streamingApi(streams),
    transferApi(transfer, streams),
    tasksApi(tasks, life.acts),
    eventsApi(events),
    eventLogApi(events, snapshotSource(metadata, life.processes)),
    shimsApi(tasks),
    makeLogs(scope, { events, metadata, life, records: tasks.records }),
    processesApi(life.processes, tasks),
  ];
  const uuid = loadServerUuid(layout.rootDir);
  const { rootDir, stateDir, address } = layout;
  const defaultSnapshotter = snapshotters.default.name;
  const startedAt = new Date();
  services.push(daemonApi({ rootDir, stateDir, address, uuid, configFile, defaultSnapshotter, startedAt }));
  services.push(makeIntrospection(layout, services, { snapshotters, tasks, uuid }));
  return [...services, healthApi(services), ...unimplementedApis()];
}

function makeLogs(
  scope: Scope,
  {
    events,
    metadata,
    life,
    records,
  }: { events: Exchange; metadata: Metadata; life: Lifecycle; records: TaskRecords },
): ApiService {
  const { containers } = metadata;
  const process = (key: ProcessKey) => records.process(key);
  const ended = (key: ProcessKey) => records.findEnd(key);
  const isExpected = (namespace: string, id: string) => life.isExpected(namespace, id);
  const owners = new LogOwners({ containers, process, ended, isExpected, events });
  scope.use("end what follows logs", owners);
  return logsApi(owners, scope.use("end the watches of logs", new DirectoryWatch()));
}

function snapshotSource({ namespaces, containers }: Metadata, processes: ProcessList): SnapshotSource {
  return {
    namespaces: () => namespaces.list().map(({ name }) => name),
    findContainer: (namespace, id) => containers.find(namespace, id),
    containers: (namespace) => containers.list(namespace, []),
    processes: (namespace) => processes.list(namespace, { withExecs: true }),
  };
}

interface StorageParts {
  readonly layout: Layout;
  readonly metadata: Metadata;
  readonly events: Exchange;
  readonly log: Log;
}

async function makeStorage(scope: Scope, { layout, metadata, events, log }: StorageParts) {
  const { database, leases } = metadata;
  const content = new ContentStore({
    dir: layout.contentDir,
    records: metadata.content,
    leases,
    events: new CommittedPublisher(events, log),
  });
  const pool = scope.use("end the workers", new WorkerPool());
  const { mountDir, snapshotsDir: dir } = layout;
  // A manager that was killed left what it had mounted for a moment.
  await unmountAll(mountDir);
  const options = { dir, records: metadata.snapshots, database, pool, log };
  const snapshotters = scope.use("free the snapshots that were removed", await openSnapshotters(options));
  const applier = new Applier({ content, pool, mountDir, log });
  const differ = new Differ({ content, pool, mountDir, log });
  const unpacker = new Unpacker({ content, applier, snapshotters, log });
  return { content, snapshotters, applier, differ, unpacker };
}

// Shims deliver what happened while we were away as soon as they find the socket, which is before tasks are loaded.
async function listenForShims(
  scope: Scope,
  { layout, events, log }: Pick<StorageParts, "layout" | "events" | "log">,
): Promise<void> {
  const server = createEventServer((envelope, id) => events.forward(envelope, parseEventId(id)));
  scope.use("drain the events of shims", server);
  const options = { path: layout.ttrpcAddress, maxConnections: MAX_SHIM_CONNECTIONS, log };
  const listener = await Listener.listen(options, (socket) => server.accept(socket));
  scope.use("close the socket for events", listener);
}

function makeIntrospection(
  layout: Layout,
  services: readonly ApiService[],
  parts: { readonly snapshotters: Snapshotters; readonly tasks: TaskManager; readonly uuid: string },
): ApiService {
  const { snapshotters, tasks, uuid } = parts;
  const plugins = listPlugins({
    snapshotters: [...snapshotters].map(({ name, capabilities }) => ({
      name,
      root: join(layout.snapshotsDir, name),
      capabilities,
    })),
    platform: hostPlatform(),
    services: services.map(({ definition }) => definition.name),
  });
  return introspectionApi({
    uuid,
    plugins,
    askRuntime: ({ runtimePath, options }) => tasks.runtimeInfo(runtimePath, options),
  });
}
