// What `hawser doctor` knows when it decides: what was found on the machine, and what the records say is owned. Plain data:
// finders make it, judge.ts reads it.
// Only things that are below our directories or carry a mark of ours get in here at all; nothing else is ever judged.

/** Something with a path, and how long it has been there. */
export interface PlaceFact {
  readonly path: string;
  /** Tells it from a later one of the same name. */
  readonly inode: bigint;
  /** The last change of it; what is younger than a minute is in the making. */
  readonly changedAt: Date;
}

/** A directory of a container: its bundle below the state directory; its work directory, or its own one, below the root. */
export interface ContainerDirFact extends PlaceFact {
  readonly namespace: string;
  readonly id: string;
}

/** The directory of a snapshot. */
export interface SnapshotDirFact extends PlaceFact {
  readonly snapshotter: string;
  /** The number that its record has. */
  readonly storageId: number;
}

/** The bytes of a blob. */
export interface BlobFact extends PlaceFact {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** An unfinished blob. What cannot be read of it is empty. */
export interface IngestFact extends PlaceFact {
  readonly namespace: string;
  readonly ref: string;
  /** The lease that it was begun under. */
  readonly lease: string;
}

/** A socket file, and whether somebody answers. */
export interface SocketFact extends PlaceFact {
  readonly isAnswered: boolean;
}

/** A mount below our directories. */
export interface MountFact {
  readonly target: string;
  readonly type: string;
}

/** A process that is a shim of this manager, by the bundle that it is in. */
export interface ShimProcessFact {
  readonly pid: number;
  readonly startTime: bigint;
  readonly startedAt: Date;
  readonly namespace: string;
  readonly id: string;
  readonly program: string;
}

/** A process whose root file system is below our directories. */
export interface ContainerProcessFact {
  readonly pid: number;
  readonly startTime: bigint;
  readonly startedAt: Date;
  readonly command: string;
  /** The processes above it, the nearest first. */
  readonly ancestors: readonly number[];
  /** Its cgroups, as directories. */
  readonly cgroups: readonly string[];
}

/** A directory of a cgroup that a container record or an OCI runtime's state of ours names. */
export interface CgroupFact extends PlaceFact {
  readonly namespace: string;
  readonly id: string;
  /** Every process in it and below. */
  readonly pids: readonly number[];
}

/** What an OCI runtime remembers of a container whose bundle is below our state directory. */
export interface RuntimeStateFact extends PlaceFact {
  readonly namespace: string;
  readonly id: string;
  /** Init, if that very process is still there. */
  readonly init: { readonly pid: number; readonly startTime: bigint } | undefined;
}

/** A task that the manager's record knows. */
export interface TaskFact {
  readonly namespace: string;
  readonly id: string;
  /** Its shim, init and execs, as far as they are known. */
  readonly pids: readonly number[];
}

/** Everything. */
export interface Facts {
  readonly now: Date;
  /** hawserd is there: what it does by itself is not a finding, and its own sockets and mounts are in use. */
  readonly isServed: boolean;
  readonly rootDir: string;
  readonly stateDir: string;
  readonly owned: {
    readonly tasks: readonly TaskFact[];
    /** `<namespace>/<id>` of containers; undefined when there is no database to ask, and then none of their directories is judged. */
    readonly containers: ReadonlySet<string> | undefined;
    /** Digests of all namespaces; undefined when there is no database to ask, and then no blob is judged. */
    readonly digests: ReadonlySet<string> | undefined;
    /** `<snapshotter>/<storage id>`; undefined likewise. */
    readonly snapshots: ReadonlySet<string> | undefined;
    /** `<namespace>/<id>` of leases, and `<namespace>/<ref>` of the ingests that they name. */
    readonly leases: ReadonlySet<string>;
    readonly leasedIngests: ReadonlySet<string>;
  };
  readonly found: {
    readonly bundles: readonly ContainerDirFact[];
    readonly workDirs: readonly ContainerDirFact[];
    /** For the log of a container, and its files for /etc. */
    readonly containerDirs: readonly ContainerDirFact[];
    readonly snapshotDirs: readonly SnapshotDirFact[];
    readonly blobs: readonly BlobFact[];
    readonly ingests: readonly IngestFact[];
    /** Names that begin with a dot: what was being removed or made when somebody died. */
    readonly hidden: readonly PlaceFact[];
    readonly sockets: readonly SocketFact[];
    readonly mounts: readonly MountFact[];
    readonly shims: readonly ShimProcessFact[];
    readonly processes: readonly ContainerProcessFact[];
    readonly cgroups: readonly CgroupFact[];
    readonly runtimeStates: readonly RuntimeStateFact[];
  };
}
