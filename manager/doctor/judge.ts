// What nobody owns: a pure decision from facts to findings, each with the reason. Sorted in the order in which they can be
// removed: what runs, what is mounted, what is empty then.
// Always true: what is younger than a minute is in the making and is never a finding; what a task of the record has to do
// with, however remotely, is owned; without a database nothing of what it would own is judged.
import { IN_THE_MAKING_MS as CONTAINER_IN_THE_MAKING_MS } from "../lifecycle/container-directories.ts";
import type {
  BlobFact,
  CgroupFact,
  ContainerDirFact,
  ContainerProcessFact,
  Facts,
  MountFact,
  PlaceFact,
  RuntimeStateFact,
  ShimProcessFact,
  SnapshotDirFact,
  SocketFact,
} from "./facts.ts";

/** What is younger is in the making. Milliseconds. */
export const IN_THE_MAKING_MS = 60_000;

/** An ingest that nobody has written to for so long is given up, as the content store has it. Milliseconds. */
export const INGEST_EXPIRY_MS = 24 * 60 * 60 * 1000;

interface Common {
  /** What a person calls it: a path, a pid with its command, `namespace/id`. */
  readonly name: string;
  /** Why nobody owns it. */
  readonly why: string;
  readonly since?: Date;
  readonly sizeBytes?: number;
}

/** Something that nobody owns, with the fact that a removal starts from. */
export type Finding = Common &
  (
    | { readonly kind: "shim"; readonly fact: ShimProcessFact }
    | { readonly kind: "process"; readonly fact: ContainerProcessFact }
    | { readonly kind: "runtime-state"; readonly fact: RuntimeStateFact }
    | { readonly kind: "mount"; readonly fact: MountFact }
    | { readonly kind: "cgroup"; readonly fact: CgroupFact }
    | { readonly kind: "socket"; readonly fact: SocketFact }
    | {
        readonly kind: "bundle" | "work-directory" | "container-directory";
        readonly fact: ContainerDirFact;
      }
    | { readonly kind: "snapshot"; readonly fact: SnapshotDirFact }
    | { readonly kind: "ingest" | "remains"; readonly fact: PlaceFact }
    | { readonly kind: "blob"; readonly fact: BlobFact }
  );

/** The kinds of findings. */
export type FindingKind = Finding["kind"];

/** The order of removal. */
export const FINDING_KINDS: readonly FindingKind[] = [
  "shim",
  "process",
  "runtime-state",
  "mount",
  "cgroup",
  "socket",
  "bundle",
  "work-directory",
  "container-directory",
  "snapshot",
  "ingest",
  "blob",
  "remains",
];

/** Everything that nobody owns. */
export function judge(facts: Facts): Finding[] {
  const { found, owned, now, isServed } = facts;
  const isOld = (since: Date) => now.getTime() - since.getTime() >= IN_THE_MAKING_MS;
  const tasks = new Set(owned.tasks.map(nameOf));
  const isOrphan = (fact: { namespace: string; id: string }) => !tasks.has(nameOf(fact));
  const findings: Finding[] = [];

  const shims = found.shims.filter((shim) => isOrphan(shim) && !isKnownPid(facts, shim.pid));
  for (const fact of shims.filter((shim) => isOld(shim.startedAt))) {
    const name = `pid ${fact.pid}, ${fact.program} of ${nameOf(fact)}`;
    findings.push({ kind: "shim", name, why: "no task has this shim", since: fact.startedAt, fact });
  }

  const orphans = orphanProcesses(facts, new Set(shims.map((shim) => shim.pid)));
  for (const fact of orphans.filter((process) => isOld(process.startedAt))) {
    const name = `pid ${fact.pid}, ${fact.command}`;
    const why = "its root file system is ours, and neither it nor a process above it belongs to a task";
    findings.push({ kind: "process", name, why, since: fact.startedAt, fact });
  }

  for (const fact of found.runtimeStates) {
    if (!isOrphan(fact) || !isOld(fact.changedAt)) continue;
    const why = "an OCI runtime remembers a container of ours, and there is no such task";
    findings.push({ kind: "runtime-state", name: fact.path, why, since: fact.changedAt, fact });
  }

  const youngBundles = found.bundles.filter((bundle) => !isOld(bundle.changedAt));
  for (const fact of found.mounts) {
    const why = mountComplaint(facts, fact, tasks, youngBundles);
    if (why !== undefined) findings.push({ kind: "mount", name: `${fact.target} (${fact.type})`, why, fact });
  }

  // A foreign process shows that the group is somebody else's of the same name.
  const orphanPids = new Set(orphans.map((process) => process.pid));
  for (const fact of found.cgroups) {
    if (!isOrphan(fact) || !isOld(fact.changedAt)) continue;
    if (fact.pids.some((pid) => !orphanPids.has(pid))) continue;
    const why = `container ${nameOf(fact)} is ours and has no task`;
    findings.push({ kind: "cgroup", name: fact.path, why, since: fact.changedAt, fact });
  }

  for (const fact of found.sockets) {
    if (fact.isAnswered || !isOld(fact.changedAt)) continue;
    findings.push({ kind: "socket", name: fact.path, why: "nobody listens", since: fact.changedAt, fact });
  }

  for (const kind of ["bundle", "work-directory"] as const) {
    for (const fact of kind === "bundle" ? found.bundles : found.workDirs) {
      if (!isOrphan(fact) || !isOld(fact.changedAt)) continue;
      findings.push({ kind, name: fact.path, why: "there is no such task", since: fact.changedAt, fact });
    }
  }

  for (const fact of found.containerDirs) {
    if (owned.containers === undefined || owned.containers.has(nameOf(fact))) continue;
    if (now.getTime() - fact.changedAt.getTime() < CONTAINER_IN_THE_MAKING_MS) continue;
    const why = "there is no such container";
    findings.push({ kind: "container-directory", name: fact.path, why, since: fact.changedAt, fact });
  }

  for (const fact of found.snapshotDirs) {
    if (owned.snapshots === undefined || !isOld(fact.changedAt)) continue;
    if (owned.snapshots.has(`${fact.snapshotter}/${fact.storageId}`)) continue;
    const why = "no snapshot has this number";
    findings.push({ kind: "snapshot", name: fact.path, why, since: fact.changedAt, fact });
  }

  for (const fact of found.ingests) {
    if (now.getTime() - fact.changedAt.getTime() < INGEST_EXPIRY_MS) continue;
    const { namespace, ref, lease } = fact;
    if (owned.leases.has(`${namespace}/${lease}`) || owned.leasedIngests.has(`${namespace}/${ref}`)) continue;
    const why = "nobody has written to it for a day, and no lease keeps it";
    findings.push({ kind: "ingest", name: fact.path, why, since: fact.changedAt, fact });
  }

  for (const fact of found.blobs) {
    if (owned.digests === undefined || owned.digests.has(fact.digest) || !isOld(fact.changedAt)) continue;
    const { sizeBytes, changedAt } = fact;
    const why = "no namespace has this content";
    findings.push({ kind: "blob", name: fact.path, why, since: changedAt, sizeBytes, fact });
  }

  for (const fact of found.hidden) {
    if (!isOld(fact.changedAt)) continue;
    // A large tree is made or removed for more than a minute; and hawserd clears what it finds there when it starts.
    if (isServed && fact.path.startsWith(`${facts.rootDir}/`)) continue;
    const why = "it was being made or removed when somebody died";
    findings.push({ kind: "remains", name: fact.path, why, since: fact.changedAt, fact });
  }
  return findings;
}

function nameOf({ namespace, id }: { namespace: string; id: string }): string {
  return `${namespace}/${id}`;
}

function isKnownPid({ owned }: Facts, pid: number): boolean {
  return owned.tasks.some((task) => task.pids.includes(pid));
}

// Owned: a process of a task or below one, below a shim that is owned, or in the cgroup of such a process.
function orphanProcesses(facts: Facts, orphanShims: ReadonlySet<number>): ContainerProcessFact[] {
  const known = new Set(facts.owned.tasks.flatMap((task) => task.pids));
  for (const shim of facts.found.shims) if (!orphanShims.has(shim.pid)) known.add(shim.pid);
  const isBelow = (process: ContainerProcessFact) =>
    [process.pid, ...process.ancestors].some((pid) => known.has(pid));
  const groups = new Set(facts.found.processes.filter(isBelow).flatMap((process) => process.cgroups));
  return facts.found.processes.filter(
    (process) => !isBelow(process) && !process.cgroups.some((cgroup) => groups.has(cgroup)),
  );
}

// A mount in a bundle is its task's. One elsewhere is made for a moment by hawserd, so with no hawserd it is nobody's.
function mountComplaint(
  { stateDir, isServed }: Facts,
  { target }: MountFact,
  tasks: ReadonlySet<string>,
  youngBundles: readonly ContainerDirFact[],
): string | undefined {
  const prefix = `${stateDir}/tasks/`;
  if (!target.startsWith(prefix)) return isServed ? undefined : "hawserd, which mounts here, does not run";
  if (youngBundles.some(({ path }) => target.startsWith(`${path}/`))) return undefined;
  const [namespace = "", id = ""] = target.slice(prefix.length).split("/");
  return tasks.has(nameOf({ namespace, id })) ? undefined : "there is no task of this bundle";
}
