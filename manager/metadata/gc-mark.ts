// Which records of a namespace nobody needs: pure, from plain records to a verdict. References do not cross namespaces.
// Roots are containers, images and leases that have not expired, and what is labelled a root. From these everything is
// reached that is referred to: by an image its target, by a snapshot its parent, by a container its snapshot, by labels what
// they name, and backwards what names something reached. What a flat lease keeps leads no further, save to the parents
// of a snapshot. What is not reached is garbage, and so is a lease that has expired.
import type { GcKind, GcLabels, GcReference } from "./gc-labels.ts";

/** The records of one namespace, as far as they matter here. */
export interface GcRecords {
  readonly leases: readonly GcLease[];
  readonly images: readonly GcImage[];
  readonly containers: readonly GcContainer[];
  readonly content: readonly GcBlob[];
  readonly snapshots: readonly GcSnapshot[];
}

export interface GcLease {
  readonly id: string;
  readonly labels: GcLabels;
  readonly resources: readonly GcReference[];
}

export interface GcImage {
  readonly name: string;
  readonly target: string;
  readonly labels: GcLabels;
}

export interface GcContainer {
  readonly id: string;
  /** Key of its snapshot, `<snapshotter>/<name>`; undefined for none. */
  readonly snapshot: string | undefined;
  readonly labels: GcLabels;
}

export interface GcBlob {
  readonly digest: string;
  readonly labels: GcLabels;
}

export interface GcSnapshot {
  /** `<snapshotter>/<name>`. */
  readonly key: string;
  /** Key of its parent; undefined for none. */
  readonly parent: string | undefined;
  readonly labels: GcLabels;
}

/** What nobody needs, by the keys of the records. */
export interface GcVerdict {
  readonly leases: readonly string[];
  readonly images: readonly string[];
  readonly content: readonly string[];
  readonly snapshots: readonly string[];
  /** When the next lease or image expires, in milliseconds since the epoch; undefined for never. */
  readonly nextExpiry: number | undefined;
}

/** What leads from a record to others. */
interface Node {
  /** What it is made of or on: an image's target, a snapshot's parent, a container's snapshot. */
  readonly own: GcReference | undefined;
  readonly labels: GcLabels;
}

type Graph = Readonly<Record<GcKind, Map<string, Node>>>;

/** Judges the records of one namespace at the time `now`, in milliseconds since the epoch. */
export function mark(records: GcRecords, now: number): GcVerdict {
  const isExpired = ({ labels }: { labels: GcLabels }) =>
    labels.expiresAt !== undefined && labels.expiresAt < now;
  const graph = graphOf(records);
  const walk = new Walk(graph, backReferencesOf(graph));
  for (const lease of records.leases) {
    if (isExpired(lease)) continue;
    for (const resource of lease.resources) walk.reach(resource, lease.labels.isFlat);
  }
  for (const image of records.images) if (!isExpired(image)) walk.reach({ kind: "image", key: image.name });
  for (const { id } of records.containers) walk.reach({ kind: "container", key: id });
  for (const kind of ["content", "snapshot"] as const) {
    for (const [key, { labels }] of graph[kind]) if (labels.isRoot) walk.reach({ kind, key });
  }
  walk.finish();
  const unreached = (kind: GcKind) =>
    [...graph[kind].keys()].filter((key) => !walk.hasReached({ kind, key }));
  const expiries = [...records.leases, ...records.images]
    .map(({ labels }) => labels.expiresAt ?? Number.NEGATIVE_INFINITY)
    .filter((at) => at >= now);
  return {
    leases: records.leases.filter(isExpired).map((lease) => lease.id),
    images: unreached("image"),
    content: unreached("content"),
    snapshots: unreached("snapshot"),
    nextExpiry: expiries.length === 0 ? undefined : expiries.reduce((a, b) => Math.min(a, b)),
  };
}

function graphOf({ images, containers, content, snapshots }: GcRecords): Graph {
  const own = (kind: GcKind, key: string | undefined) => (key === undefined ? undefined : { kind, key });
  return {
    image: new Map(images.map(({ name, target, labels }) => [name, { own: own("content", target), labels }])),
    container: new Map(
      containers.map(({ id, snapshot, labels }) => [id, { own: own("snapshot", snapshot), labels }]),
    ),
    content: new Map(content.map(({ digest, labels }) => [digest, { own: undefined, labels }])),
    snapshot: new Map(
      snapshots.map(({ key, parent, labels }) => [key, { own: own("snapshot", parent), labels }]),
    ),
  };
}

const nameOf = ({ kind, key }: GcReference): string => `${kind} ${key}`;

/** What each thing keeps alive because that says so. */
function backReferencesOf(graph: Graph): Map<string, GcReference[]> {
  const found = new Map<string, GcReference[]>();
  for (const kind of Object.keys(graph) as GcKind[]) {
    for (const [key, { labels }] of graph[kind]) {
      for (const target of labels.backReferences) {
        const name = nameOf(target);
        const list = found.get(name);
        if (list === undefined) found.set(name, [{ kind, key }]);
        else list.push({ kind, key });
      }
    }
  }
  return found;
}

/** The things that were reached, and those from which the walk has yet to go on. */
class Walk {
  readonly #graph: Graph;
  readonly #backReferences: ReadonlyMap<string, readonly GcReference[]>;
  // A thing that a flat lease keeps may be reached in full as well: that is another way, and leads further.
  readonly #full = new Set<string>();
  readonly #flat = new Set<string>();
  readonly #pending: { readonly reference: GcReference; readonly isFlat: boolean }[] = [];

  constructor(graph: Graph, backReferences: ReadonlyMap<string, readonly GcReference[]>) {
    this.#graph = graph;
    this.#backReferences = backReferences;
  }

  hasReached(reference: GcReference): boolean {
    const name = nameOf(reference);
    return this.#full.has(name) || this.#flat.has(name);
  }

  reach(reference: GcReference, isFlat = false): void {
    const reached = isFlat ? this.#flat : this.#full;
    const name = nameOf(reference);
    if (reached.has(name)) return;
    reached.add(name);
    this.#pending.push({ reference, isFlat });
  }

  finish(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const { reference, isFlat } = next;
      if (!isFlat) for (const each of this.#backReferences.get(nameOf(reference)) ?? []) this.reach(each);
      // References may be dead: to what is not there yet, or is gone.
      const node = this.#graph[reference.kind].get(reference.key);
      if (node?.own !== undefined) this.reach(node.own, isFlat);
      if (!isFlat) for (const each of node?.labels.references ?? []) this.reach(each);
    }
  }
}
