// The cgroups of containers of ours: by the path in a container's specification, in every hierarchy that is mounted, and by
// what an OCI runtime remembers. A name alone does not make a group ours (another manager may have a container of that
// name); who is in it decides, and that is judge.ts.
import { join } from "node:path";
import { cgroupPids, cgroups } from "../../sys/cgroup.ts";
import type { CgroupFact } from "./facts.ts";
import { placeAt } from "./find-files.ts";

/** A container and where its cgroup is to be. */
export interface NamedCgroup {
  readonly namespace: string;
  readonly id: string;
  /** From the root of each hierarchy. */
  readonly cgroupsPath?: string | undefined;
  /** Directories that are known already. */
  readonly dirs?: readonly string[];
}

/** Which of them are there, and who is in them. */
export function findCgroups(named: Iterable<NamedCgroup>): CgroupFact[] {
  const { unified, v1 } = cgroups();
  const hierarchies = new Set([...v1.values(), ...(unified === undefined ? [] : [unified])]);
  const found = new Map<string, CgroupFact>();
  for (const { namespace, id, cgroupsPath, dirs = [] } of named) {
    const paths = cgroupsPath === undefined ? [] : [...hierarchies].map((top) => join(top, cgroupsPath));
    for (const path of [...paths, ...dirs]) {
      // Never the root of a hierarchy, nor what a path with ".." makes of it.
      const isBelow = [...hierarchies].some(
        (top) => path.startsWith(`${top}/`) && path.length > top.length + 1,
      );
      const place = isBelow ? placeAt(path) : undefined;
      if (place !== undefined) found.set(path, { ...place, namespace, id, pids: cgroupPids(path) });
    }
  }
  return [...found.values()];
}
