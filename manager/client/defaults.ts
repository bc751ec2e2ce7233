// What a namespace says about those who do not choose: labels that containerd's clients read, too.
import { isNotFound } from "../../proto/errors.ts";
import { Namespaces } from "../../proto/gen/namespaces.ts";
import type { CallOptions } from "./connection.ts";
import type { Session } from "./session.ts";
import { DEFAULT_SNAPSHOTTER } from "./snapshots.ts";

/** The runtime of containers whose maker chooses none. */
export const DEFAULT_RUNTIME = "io.containerd.hawser.v2";

/** What is used when nobody chooses. */
export interface Defaults {
  readonly runtime: string;
  readonly snapshotter: string;
}

/** The defaults of the session's namespace. */
export async function namespaceDefaults(session: Session, options?: CallOptions): Promise<Defaults> {
  const labels = await labelsOf(session, options);
  return {
    runtime: labels["containerd.io/defaults/runtime"] || DEFAULT_RUNTIME,
    snapshotter: labels["containerd.io/defaults/snapshotter"] || DEFAULT_SNAPSHOTTER,
  };
}

async function labelsOf(session: Session, options?: CallOptions): Promise<Record<string, string>> {
  try {
    const { namespace } = await session.service(Namespaces).get({ name: session.namespace }, options);
    return namespace?.labels ?? {};
  } catch (error) {
    // It comes into being with the first thing that is stored in it.
    if (isNotFound(error)) return {};
    throw error;
  }
}
