// What a container is made of: handed over by Create, owned by the container from then on. Types only.
import type { ContainerCgroup } from "./container-cgroup.ts";
import type { OciRuntime } from "./oci/driver.ts";
import type { Process } from "./process.ts";

/** An init process that has just come to be. */
export interface StartedInit {
  readonly pid: number;
  /** Absent where its cgroup cannot be told from the shim's own. */
  readonly cgroup: ContainerCgroup | undefined;
}

/** What Create has acquired; the container owns all of it. */
export interface ContainerParts {
  readonly id: string;
  readonly bundleDir: string;
  readonly runtime: OciRuntime;
  readonly init: Process;
  /** False when its processes live in somebody else's pid namespace: they do not end with init by themselves. */
  readonly hasOwnPidNamespace: boolean;
  /** How Start brings init up when Create did not: a restore from a checkpoint. Undoes what it did when it fails. */
  readonly restore?: (() => Promise<StartedInit>) | undefined;
  /** Removes what Create mounted. */
  readonly unmount: () => Promise<void>;
}
