// Making a container, step by step: its image unpacked, a snapshot to write to, its files for /etc, its specification, its record.
// Always true: of an attempt that fails nothing stays, and of one whose program is killed nothing stays either: the snapshot
// is under a lease that expires, and hawserd removes the directory of a container that has no record.
// Nobody else's things are touched when an id is taken: files lie in a directory of the attempt's own.
import { randomBytes } from "node:crypto";
import { rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { packJson } from "../../proto/any.ts";
import type { Init } from "../../proto/codec.ts";
import {
  Code,
  HawserError,
  hasCode,
  isAlreadyExists,
  isCanceled,
  isDeadlineExceeded,
  isNotFound,
  isUnavailable,
} from "../../proto/errors.ts";
import { Container as ContainerRecord, Containers } from "../../proto/gen/containers.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { Scope } from "../../sys/scope.ts";
import { NAME_LABEL } from "../labels.ts";
import { Layout } from "../layout.ts";
import { readHostFacts } from "../oci/host-facts.ts";
import { ImageRoot } from "../oci/image-root.ts";
import { prepareContainer } from "../oci/prepare-container.ts";
import type { OciSpec } from "../oci/spec.ts";
import type { CallOptions } from "./connection.ts";
import { type ContainerOptions, containerWish } from "./container-options.ts";
import { type DaemonInfo, daemonInfo } from "./daemon.ts";
import { namespaceDefaults } from "./defaults.ts";
import { generatedName } from "./generated-name.ts";
import type { Image, ImageConfiguration } from "./image.ts";
import { getImage } from "./image-record.ts";
import { PassingLease } from "./leases.ts";
import { imageLabels, managedLabels } from "./managed-labels.ts";
import type { Session } from "./session.ts";
import { Snapshots } from "./snapshots.ts";
import { chainIds } from "./unpack.ts";

/** How long the lease of an attempt whose program was killed keeps the snapshot. The image is unpacked before. */
const LEASE_MS = 5 * 60 * 1000;
/** There are thousands of generated names: the fifth that is taken says that most are. */
const NAME_ATTEMPTS = 5;

/** What is known before anything is made. */
interface Ground {
  readonly image: Image | undefined;
  readonly config: ImageConfiguration | undefined;
  readonly runtime: string;
  readonly snapshotter: string;
  readonly daemon: DaemonInfo | undefined;
}

/** What came of it. */
export interface MadeContainer {
  readonly record: ContainerRecord;
  /** Its root file system. */
  readonly mounts: readonly Mount[];
}

/** Makes it. Throws as `Containers.create` says. */
export async function createContainer(
  session: Session,
  id: string,
  options: ContainerOptions,
): Promise<MadeContainer> {
  const { signal, timeoutMs } = options;
  const call = { signal, timeoutMs };
  const lease = new PassingLease(session, { signal, lifetimeMs: LEASE_MS });
  let ground: Ground;
  {
    using _ends = lease;
    ground = await lookAround(session, options, call);
    const made = await make(session, await lease.session(), id, options, ground);
    if (made !== undefined) return made;
  }
  // The first container of its image. What takes minutes is not done under a lease that ends in five.
  await ground.image?.unpack({ snapshotter: ground.snapshotter, ...call });
  using second = new PassingLease(session, { signal, lifetimeMs: LEASE_MS });
  const made = await make(session, await second.session(), id, options, ground);
  if (made !== undefined) return made;
  throw new HawserError(Code.Aborted, "its image was removed while it was unpacked; try again");
}

// Undefined when the image is not unpacked.
async function make(
  session: Session,
  leased: Session,
  id: string,
  options: ContainerOptions,
  ground: Ground,
): Promise<MadeContainer | undefined> {
  const { signal, timeoutMs } = options;
  const call = { signal, timeoutMs };
  const top = ground.config && (chainIds(ground.config.diffIds).at(-1) ?? "");
  // Whatever cannot be undone now goes with the lease, or with hawserd's next look at its directories.
  await using scope = new Scope(() => undefined);
  const mounts = top === undefined ? [] : await prepareSnapshot(scope, leased, ground, id, top, call);
  if (mounts === undefined) return undefined;
  const dir = ground.daemon && containerDir(ground.daemon, session.namespace, id);
  const spec = makeSpec(scope, session.namespace, id, options, ground, { mounts, dir });
  const record = {
    id,
    labels: labelsOf(options, ground, dir),
    image: ground.image?.name ?? "",
    runtime: { name: ground.runtime, options: options.runtimeOptions },
    spec: packJson("Spec", spec),
    snapshotter: top === undefined ? "" : ground.snapshotter,
    snapshotKey: top === undefined ? "" : id,
  };
  try {
    const made = { record: await insert(leased, record, options, call), mounts };
    scope.keep();
    return made;
  } catch (error) {
    // Perhaps it is there. What nobody refers to goes with the lease all the same.
    if (isOutcomeUnknown(error)) scope.keep();
    throw error;
  }
}

async function lookAround(session: Session, options: ContainerOptions, call: CallOptions): Promise<Ground> {
  const [{ image, config }, defaults, daemon] = await Promise.all([
    imageOf(session, options.image, call),
    namespaceDefaults(session, call),
    hawserdInfo(session, call),
  ]);
  if (options.managed !== undefined && daemon === undefined) {
    const matter = "the daemon here is not hawserd, which alone looks after containers";
    throw new HawserError(Code.FailedPrecondition, `managed: ${matter}; leave it out, or connect to hawserd`);
  }
  const { runtime = defaults.runtime, snapshotter = defaults.snapshotter } = options;
  return { image, config, runtime, snapshotter, daemon };
}

async function hawserdInfo(session: Session, call: CallOptions): Promise<DaemonInfo | undefined> {
  try {
    return await daemonInfo(session.state.connection, call);
  } catch (error) {
    if (hasCode(error, Code.Unimplemented)) return undefined;
    throw error;
  }
}

async function imageOf(session: Session, image: string | Image | undefined, call: CallOptions) {
  const found = typeof image === "string" ? await getImage(session, image, call) : image;
  return { image: found, config: await found?.config(call) };
}

async function prepareSnapshot(
  scope: Scope,
  leased: Session,
  { snapshotter }: Ground,
  id: string,
  top: string,
  call: CallOptions,
): Promise<Mount[] | undefined> {
  const snapshots = new Snapshots(leased, snapshotter);
  try {
    const mounts = await snapshots.prepare(id, top, call);
    scope.defer("remove the snapshot", () => snapshots.remove(id));
    return mounts;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function makeSpec(
  scope: Scope,
  namespace: string,
  id: string,
  options: ContainerOptions,
  { config, daemon }: Ground,
  { mounts, dir }: { readonly mounts: readonly Mount[]; readonly dir: string | undefined },
): OciSpec {
  const { rootDir } = options;
  const spec = prepareContainer(containerWish(namespace, id, options), config ?? {}, {
    root: rootDir ?? (mounts.length === 0 ? undefined : ImageRoot.of(mounts)),
    rootPath: rootDir,
    // What the container inherits is what hawserd has.
    host: readHostFacts(daemon?.pid),
    etcDir: dir === undefined ? undefined : deferEtcDir(scope, dir),
  });
  spec.mounts.push(...(options.mounts ?? []));
  return options.spec?.(spec) ?? spec;
}

function containerDir({ rootDir, stateDir, address }: DaemonInfo, namespace: string, id: string): string {
  return new Layout({ root: rootDir, state: stateDir, address }).containerDir(namespace, id);
}

// Under a name of the attempt's own: of two who want the same id, one fails and takes its own things away.
function deferEtcDir(scope: Scope, dir: string): string {
  const etcDir = join(dir, `etc-${randomBytes(4).toString("hex")}`);
  scope.defer("remove the container's directory", () => rmdir(dir));
  scope.defer("remove the files for /etc", () => rm(etcDir, { recursive: true, force: true }));
  return etcDir;
}

function labelsOf(options: ContainerOptions, { config }: Ground, dir: string | undefined) {
  const { labels = {}, managed, name } = options;
  const care = managed === true ? {} : managed;
  return {
    ...(care === undefined ? {} : imageLabels(config?.labels)),
    ...labels,
    ...(care === undefined
      ? {}
      : managedLabels(
          { ...care, stopSignal: care.stopSignal ?? config?.stopSignal },
          dir && join(dir, "log"),
        )),
    ...(name === undefined ? {} : { [NAME_LABEL]: name }),
  };
}

async function insert(
  leased: Session,
  record: Init<ContainerRecord> & { readonly labels: Record<string, string> },
  { managed, name }: ContainerOptions,
  call: CallOptions,
): Promise<ContainerRecord> {
  const service = leased.service(Containers);
  const isNamed = managed !== undefined && name === undefined;
  for (let attempt = 1; ; attempt++) {
    const labels = isNamed ? { ...record.labels, [NAME_LABEL]: generatedName() } : record.labels;
    try {
      const { container } = await service.create({ container: { ...record, labels } }, call);
      return ContainerRecord.create(container ?? { ...record, labels });
    } catch (error) {
      if (!isNamed || attempt === NAME_ATTEMPTS || !isAlreadyExists(error)) throw error;
    }
  }
}

function isOutcomeUnknown(error: unknown): boolean {
  return isUnavailable(error) || isDeadlineExceeded(error) || isCanceled(error);
}
