// What a snapshot was made on, mounted by nobody: a view for the time of one use, which needs no more than its mounts.
import { randomUUID } from "node:crypto";
import type { Mount } from "../../proto/gen/mount.ts";
import { Snapshots } from "../../proto/gen/snapshots.ts";
import type { CallOptions } from "./connection.ts";
import { underLease } from "./leases.ts";
import type { Session } from "./session.ts";

/** Runs `body` with the mounts of the parent of a snapshot: none for one that has no parent. The view goes with its lease at the latest. */
export async function withParentView<T>(
  session: Session,
  { snapshotter, key, ...options }: CallOptions & { readonly snapshotter: string; readonly key: string },
  body: (mounts: readonly Mount[], leased: Session) => Promise<T>,
): Promise<T> {
  return await underLease(session, options, async (leased) => {
    const snapshots = leased.service(Snapshots);
    const { parent = "" } = (await snapshots.stat({ snapshotter, key }, options)).info ?? {};
    if (parent === "") return await body([], leased);
    const view = `${key}-parent-${randomUUID()}`;
    const { mounts } = await snapshots.view({ snapshotter, key: view, parent }, options);
    try {
      return await body(mounts, leased);
    } finally {
      // On its own clock; what cannot be removed goes with the lease.
      await snapshots.remove({ snapshotter, key: view }).catch(() => undefined);
    }
  });
}
