// Containers: the records from which tasks are made. Deleting one says nothing about its task: whoever deletes looks first.
// Always true: no two containers of a namespace have the same name (the label `hawser/name`), whoever writes it.

import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import { Container, ContainerRuntime } from "../../proto/gen/containers.ts";
import { ContainerCreate, ContainerDelete, ContainerUpdate } from "../../proto/gen/events.ts";
import { validateId } from "../../proto/identifiers.ts";
import { fromDate } from "../../proto/timestamp.ts";
import { CONTAINER_NAME_RULE, flawOfContainerName, NAME_LABEL } from "../labels.ts";
import { findCandidates, findIdOfName, nameOf } from "./container-index.ts";
import { type MaskPath, mergeMap, parseMask } from "./field-mask.ts";
import { ABSENT, type FieldLookup, mapField, textField } from "./filter.ts";
import { checkLabels, gcLabelsOf, MAX_LABELS, shown } from "./labels.ts";
import type { LeaseStore } from "./leases.ts";
import type { NamespaceStore } from "./namespaces.ts";
import { RecordTable } from "./record-table.ts";
import { announce, type LeaseOption, type StoreOptions } from "./store-options.ts";

const FIELDS = ["labels", "spec", "extensions", "image", "snapshotkey"] as const;
const MAPS = ["labels", "extensions"] as const;
type Field = (typeof FIELDS)[number];

const lookupIn =
  (container: Container): FieldLookup =>
  ([field, ...rest]) => {
    switch (field) {
      case "id":
        return textField(container.id);
      case "image":
        return textField(container.image);
      case "runtime":
        return rest[0] === "name" ? textField(container.runtime?.name ?? "") : ABSENT;
      case "labels":
        return mapField(container.labels, rest);
      default:
        return ABSENT;
    }
  };

/** Hears of containers. Must not throw. */
export interface ContainerWatcher {
  noteCreated(namespace: string, id: string): void;
  noteUpdated(namespace: string, id: string): void;
  noteDeleted(namespace: string, id: string): void;
}

/** The containers of all namespaces. */
export class ContainerStore {
  readonly #options: StoreOptions;
  readonly #namespaces: NamespaceStore;
  readonly #leases: LeaseStore;
  readonly #table: RecordTable<Container>;
  readonly #watchers: ContainerWatcher[] = [];

  constructor(options: StoreOptions, namespaces: NamespaceStore, leases: LeaseStore) {
    this.#options = options;
    this.#namespaces = namespaces;
    this.#leases = leases;
    this.#table = new RecordTable(options.database, {
      table: "containers",
      keyColumn: "id",
      noun: "container",
      codec: Container,
      keyOf: (container) => container.id,
      derived: {
        snapshotter: (container) => container.snapshotter,
        snapshot_key: (container) => container.snapshotKey,
        gc_labels: (container) => gcLabelsOf(container.labels),
        name: nameOf,
      },
      lookupIn,
      narrow: (namespace, filters) => findCandidates(options.database, namespace, filters),
    });
  }

  /** Throws NotFound. */
  get(namespace: string, id: string): Container {
    return this.#table.get(namespace, id);
  }

  /** Whether there is one, without reading it. */
  has(namespace: string, id: string): boolean {
    const sql = "SELECT 1 FROM containers WHERE namespace = ? AND id = ?";
    return this.#options.database.statement(sql).get(namespace, id) !== undefined;
  }

  find(namespace: string, id: string): Container | undefined {
    return this.#table.find(namespace, id);
  }

  /** The id of the container that has a name. */
  idOf(namespace: string, name: string): string | undefined {
    return findIdOfName(this.#options.database, namespace, name);
  }

  /**
   * Those that any of the filters wants (`id`, `image`, `runtime.name`, `labels.KEY`), by id. Fast whatever the number of
   * containers for `id==…`, `id~=^beginning` and `labels."hawser/name"==…`.
   */
  list(namespace: string, filters: readonly string[]): Iterable<Container> {
    return this.#table.list(namespace, filters);
  }

  /** Throws InvalidArgument for a record that makes no container, and AlreadyExists: its id or its name is taken. */
  create(namespace: string, container: Container, { lease }: LeaseOption = {}): Container {
    validateId("container", container.id);
    const now = fromDate(this.#options.now());
    const created = checkContainer({ ...container, createdAt: now, updatedAt: now });
    return this.#options.database.transaction(() => {
      if (lease !== undefined) this.#leases.require(namespace, lease);
      this.#namespaces.ensure(namespace);
      this.#requireFreeName("create", namespace, created);
      this.#table.insert(namespace, created);
      this.#options.database.afterCommit(() => {
        for (const watcher of this.#watchers) watcher.noteCreated(namespace, created.id);
      });
      announce(this.#options, "mutation", {
        publish: (events) => {
          const { id, image, runtime } = created;
          events.publish(namespace, ContainerCreate, { id, image, runtime });
        },
      });
      return created;
    });
  }

  /**
   * Changes the fields that the mask names, or all that may be changed: its runtime and its snapshotter may not. Throws
   * NotFound, InvalidArgument, and AlreadyExists for a name that another one has.
   */
  update(namespace: string, given: Container, maskPaths: readonly string[]): Container {
    const { id } = given;
    const paths = parseMask(`container ${shown(id)}`, maskPaths, { fields: FIELDS, maps: MAPS });
    return this.#options.database.transaction(() => {
      const current = this.#table.get(namespace, id);
      if (maskPaths.length === 0) checkUnchanged(current, given);
      const changed = paths.reduce((container, path) => applyPath(container, given, path), current);
      const updated = checkContainer({ ...changed, updatedAt: fromDate(this.#options.now()) });
      this.#requireFreeName("update", namespace, updated);
      this.#table.replace(namespace, updated);
      this.#options.database.afterCommit(() => {
        for (const watcher of this.#watchers) watcher.noteUpdated(namespace, id);
      });
      announce(this.#options, "mutation", {
        publish: (events) => {
          const { image, labels, snapshotKey } = updated;
          events.publish(namespace, ContainerUpdate, { id, image, labels, snapshotKey });
        },
      });
      return updated;
    });
  }

  /** From here on `watcher` is told of every creation, change and deletion, after the commit and before anybody is answered. */
  watch(watcher: ContainerWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Throws NotFound. */
  delete(namespace: string, id: string): void {
    this.#options.database.transaction(() => {
      this.#table.delete(namespace, id);
      this.#options.database.afterCommit(() => {
        for (const watcher of this.#watchers) watcher.noteDeleted(namespace, id);
      });
      announce(this.#options, "deletion", {
        publish: (events) => events.publish(namespace, ContainerDelete, { id }),
      });
    });
  }

  #requireFreeName(action: string, namespace: string, container: Container): void {
    const { id } = container;
    const name = nameOf(container);
    const owner = name === null ? undefined : this.idOf(namespace, name);
    // Under its own id the insertion says what is the matter.
    if (owner === undefined || owner === id) return;
    throw new HawserError(
      Code.AlreadyExists,
      `${action} container "${id}": the name "${name}" is that of container "${owner}" in namespace "${namespace}"; ` +
        "remove that one, rename it, or choose another name",
    );
  }
}

function applyPath(container: Container, given: Container, { field, key }: MaskPath<Field>): Container {
  switch (field) {
    case "labels":
      return { ...container, labels: mergeMap(container.labels, given.labels, key) };
    case "extensions":
      return { ...container, extensions: mergeMap<Any>(container.extensions, given.extensions, key) };
    case "spec":
      return { ...container, spec: given.spec };
    case "image":
      return { ...container, image: given.image };
    case "snapshotkey":
      return { ...container, snapshotKey: given.snapshotKey };
  }
}

function checkContainer(container: Container): Container {
  const what = `container "${container.id}"`;
  const refuse = (flaw: string): never => {
    throw new HawserError(Code.InvalidArgument, `check ${what}: ${flaw}`);
  };
  if (!container.runtime?.name) refuse("it names no runtime");
  if (container.spec === undefined) refuse("it has no spec");
  if (container.snapshotKey !== "" && container.snapshotter === "") {
    refuse("it has a snapshot key and no snapshotter");
  }
  const extensions = Object.keys(container.extensions);
  if (extensions.includes("")) refuse("an extension has no name");
  if (extensions.length > MAX_LABELS) refuse(`it has ${extensions.length} extensions; at most ${MAX_LABELS}`);
  const labels = checkLabels(what, container.labels);
  const name = labels[NAME_LABEL];
  const nameFlaw = name === undefined ? undefined : flawOfContainerName(name);
  if (nameFlaw !== undefined) refuse(`its name is ${shown(name ?? "")}: ${nameFlaw}; ${CONTAINER_NAME_RULE}`);
  return Container.create({ ...container, labels });
}

function checkUnchanged(current: Container, given: Container): void {
  const runtime = (container: Container) => (container.runtime ?? ContainerRuntime.create()).name;
  const fixed = [
    ["runtime", runtime(current), runtime(given)],
    ["snapshotter", current.snapshotter, given.snapshotter],
  ] as const;
  for (const [field, is, wanted] of fixed) {
    if (is === wanted) continue;
    throw new HawserError(
      Code.InvalidArgument,
      `update container "${current.id}": its ${field} is ${shown(is)} and cannot be changed to ${shown(wanted)}`,
    );
  }
}
