// What there is at one moment: containers with their processes, for who follows events from that moment on. Synchronous, so
// that no event comes between its parts: what a later event tells happened after it, or at most tells again what it shows.
import type { Init } from "../../proto/codec.ts";
import type { Container } from "../../proto/gen/containers.ts";
import type { SnapshotContainer } from "../../proto/gen/event-log.ts";
import type { ProcessInfo } from "../../proto/gen/processes.ts";
import type { ContainerDirectory, NamedContainer } from "./container-memory.ts";

/** Where containers and processes are. All of it answers at once, from the manager's own records. */
export interface SnapshotSource {
  /** Names of all namespaces. */
  namespaces(): readonly string[];
  findContainer(namespace: string, id: string): Container | undefined;
  containers(namespace: string): Iterable<Container>;
  /** Init processes and execs; of a container, init first. */
  processes(namespace: string): readonly Init<ProcessInfo>[];
}

/** The snapshot of a namespace, or with "" of all. */
export function takeSnapshot(source: SnapshotSource, namespace: string): Init<SnapshotContainer>[] {
  return namespacesOf(source, namespace).flatMap((name) => {
    const processes = Map.groupBy(source.processes(name), ({ containerId = "" }) => containerId);
    return [...source.containers(name)].map(({ id, image, labels, createdAt }) => ({
      namespace: name,
      containerId: id,
      image,
      labels,
      createdAt,
      processes: processes.get(id) ?? [],
    }));
  });
}

/** The same containers, for filters. */
export function containerDirectory(source: SnapshotSource): ContainerDirectory {
  return {
    find: (namespace, id) => source.findContainer(namespace, id),
    *list(namespace): Generator<NamedContainer> {
      for (const name of namespacesOf(source, namespace)) {
        for (const { id, image, labels } of source.containers(name))
          yield { namespace: name, id, image, labels };
      }
    },
  };
}

function namespacesOf(source: SnapshotSource, namespace: string): readonly string[] {
  return namespace === "" ? source.namespaces() : [namespace];
}
