// Which records of a namespace nobody needs: pure, from plain records to a verdict. References do not cross namespaces.
// Roots are containers, images and leases that have not expired, and what is labelled a root. From these everything is
// reached that is referred to: by an image its target, by a snapshot its parent, by a container its snapshot, by labels what
// they name, and backwards what names something reached. What a flat lease keeps leads no further, save to the parents
// of a snapshot. What is not reached is garbage, and so is a lease that has expired.
import { type GcKind, type GcLabels, type GcReference, NO_GC_LABELS } from "./gc-labels.ts";

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

/** For each kind, something by key. Nothing is ever looked up by kind and key in one text: there are too many to make. */
type ByKind<Value> = Readonly<Record<GcKind, Value>>;

/** The records that lead somewhere; most blobs do not. */
type Graph = ByKind<ReadonlyMap<string, Node>>;

const byKind = <Value>(make: () => Value): ByKind<Value> => ({
  content: make(),
  image: make(),
  snapshot: make(),
  container: make(),
});

/** Judges the records of one namespace at the time `now`, in milliseconds since the epoch. */
export function mark(records: GcRecords, now: number): GcVerdict {
  const isExpired = ({ labels }: { labels: GcLabels }) =>
    labels.expiresAt !== undefined && labels.expiresAt < now;
  const graph = graphOf(records);
  const walk = new Walk(graph, backReferencesOf(graph));
  for (const lease of records.leases) {
    if (isExpired(lease)) continue;
    for (const { kind, key } of lease.resources) walk.reach(kind, key, lease.labels.isFlat);
  }
  for (const image of records.images) if (!isExpired(image)) walk.reach("image", image.name);
  for (const { id } of records.containers) walk.reach("container", id);
  for (const kind of ["content", "snapshot"] as const) {
    for (const [key, { labels }] of graph[kind]) if (labels.isRoot) walk.reach(kind, key);
  }
  walk.finish();
  const expiries = [...records.leases, ...records.images]
    .map(({ labels }) => labels.expiresAt ?? Number.NEGATIVE_INFINITY)
    .filter((at) => at >= now);
  return {
    leases: records.leases.filter(isExpired).map((lease) => lease.id),
    images: walk.unreached(
      "image",
      records.images.map((image) => image.name),
    ),
    content: walk.unreached(
      "content",
      records.content.map((blob) => blob.digest),
    ),
    snapshots: walk.unreached(
      "snapshot",
      records.snapshots.map((snapshot) => snapshot.key),
    ),
    nextExpiry: expiries.length === 0 ? undefined : expiries.reduce((a, b) => Math.min(a, b)),
  };
}

function graphOf({ images, containers, content, snapshots }: GcRecords): Graph {
  const graph = byKind(() => new Map<string, Node>());
  const add = (kind: GcKind, key: string, labels: GcLabels, own: GcReference | undefined) => {
    if (own !== undefined || labels !== NO_GC_LABELS) graph[kind].set(key, { own, labels });
  };
  const made = (kind: GcKind, key: string | undefined) => (key === undefined ? undefined : { kind, key });
  for (const { name, target, labels } of images) add("image", name, labels, made("content", target));
  for (const { id, snapshot, labels } of containers) add("container", id, labels, made("snapshot", snapshot));
  for (const { digest, labels } of content) add("content", digest, labels, undefined);
  for (const { key, parent, labels } of snapshots) add("snapshot", key, labels, made("snapshot", parent));
  return graph;
}

/** What each thing keeps alive because that says so. */
function backReferencesOf(graph: Graph): ByKind<Map<string, GcReference[]>> {
  const found = byKind(() => new Map<string, GcReference[]>());
  for (const kind of Object.keys(graph) as GcKind[]) {
    for (const [key, { labels }] of graph[kind]) {
      for (const target of labels.backReferences) {
        const list = found[target.kind].get(target.key);
        if (list === undefined) found[target.kind].set(target.key, [{ kind, key }]);
        else list.push({ kind, key });
      }
    }
  }
  return found;
}

/** The things that were reached, and those from which the walk has yet to go on. */
class Walk {
  readonly #graph: Graph;
  readonly #backReferences: ByKind<ReadonlyMap<string, readonly GcReference[]>>;
  // A thing that a flat lease keeps may be reached in full as well: that is another way, and leads further.
  readonly #full = byKind(() => new Set<string>());
  readonly #flat = byKind(() => new Set<string>());
  readonly #pending: { readonly kind: GcKind; readonly key: string; readonly isFlat: boolean }[] = [];

  constructor(graph: Graph, backReferences: ByKind<ReadonlyMap<string, readonly GcReference[]>>) {
    this.#graph = graph;
    this.#backReferences = backReferences;
  }

  unreached(kind: GcKind, keys: readonly string[]): string[] {
    const full = this.#full[kind];
    const flat = this.#flat[kind];
    return keys.filter((key) => !full.has(key) && !flat.has(key));
  }

  reach(kind: GcKind, key: string, isFlat = false): void {
    const reached = (isFlat ? this.#flat : this.#full)[kind];
    if (reached.has(key)) return;
    reached.add(key);
    this.#pending.push({ kind, key, isFlat });
  }

  finish(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const { kind, key, isFlat } = next;
      // References may be dead: to what is not there yet, or is gone.
      const node = this.#graph[kind].get(key);
      if (node?.own !== undefined) this.reach(node.own.kind, node.own.key, isFlat);
      if (isFlat) continue;
      for (const each of this.#backReferences[kind].get(key) ?? []) this.reach(each.kind, each.key);
      for (const each of node?.labels.references ?? []) this.reach(each.kind, each.key);
    }
  }
}
