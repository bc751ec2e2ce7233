// The containers that filters of events ask about, also when they are deleted by the time their events are read: what was
// looked up is remembered, and so is, from `remember` on, what there was then.
// Bounded: of too many, the one that was learnt first is forgotten, and its fields are absent then.
import type { ContainerFacts } from "./event-fields.ts";

/** A container and where it is. */
export interface NamedContainer extends ContainerFacts {
  readonly namespace: string;
  readonly id: string;
}

/** Where the containers are. */
export interface ContainerDirectory {
  find(namespace: string, id: string): ContainerFacts | undefined;
  /** All of a namespace, or of all. */
  list(namespace: string): Iterable<NamedContainer>;
}

const MAX_REMEMBERED = 10_000;

/** What one reader of events remembers. */
export class ContainerMemory {
  readonly #directory: ContainerDirectory;
  readonly #known = new Map<string, ContainerFacts>();

  constructor(directory: ContainerDirectory) {
    this.#directory = directory;
  }

  /** Remembers what there is now. */
  remember(namespace: string): void {
    for (const container of this.#directory.list(namespace)) {
      this.#learn(`${container.namespace}/${container.id}`, container);
    }
  }

  /** As it is, or as it was. */
  find(namespace: string, id: string): ContainerFacts | undefined {
    const key = `${namespace}/${id}`;
    const found = this.#directory.find(namespace, id);
    if (found === undefined) return this.#known.get(key);
    this.#learn(key, found);
    return found;
  }

  #learn(key: string, { image, labels }: ContainerFacts): void {
    this.#known.set(key, { image, labels });
    if (this.#known.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
