// The Snapshots service: names, trees and mounts of the caller's namespace, by snapshotter.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { type Info, type ListSnapshotsResponse, Snapshots } from "../../proto/gen/snapshots.ts";
import type { Snapshotters } from "../snapshots/snapshotter.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** Records in one message of a list. */
const PAGE = 100;

/** What is told of changes that can free something. */
export interface SnapshotsApiOptions {
  /** A snapshot was removed. */
  readonly onRemoved?: () => void;
}

/** The Snapshots service on the snapshotters there are. */
export function snapshotsApi(
  snapshotters: Snapshotters,
  { onRemoved }: SnapshotsApiOptions = {},
): ApiService {
  return apiService(Snapshots, {
    async prepare({ snapshotter, key, parent, labels }, { namespace, lease, signal }) {
      return {
        mounts: await snapshotters
          .get(snapshotter)
          .prepare(namespace, key, parent, { labels, lease, signal }),
      };
    },
    async view({ snapshotter, key, parent, labels }, { namespace, lease, signal }) {
      return {
        mounts: await snapshotters.get(snapshotter).view(namespace, key, parent, { labels, lease, signal }),
      };
    },
    mounts: ({ snapshotter, key }, { namespace }) => ({
      mounts: snapshotters.get(snapshotter).mounts(namespace, key),
    }),
    async commit({ snapshotter, name, key, labels, parent }, { namespace, lease, signal }) {
      await snapshotters.get(snapshotter).commit(namespace, name, key, { labels, parent, lease, signal });
      return {};
    },
    remove({ snapshotter, key }, { namespace }) {
      snapshotters.get(snapshotter).remove(namespace, key);
      onRemoved?.();
      return {};
    },
    stat: ({ snapshotter, key }, { namespace }) => ({
      info: snapshotters.get(snapshotter).stat(namespace, key),
    }),
    update({ snapshotter, info, updateMask }, { namespace }) {
      if (info === undefined) throw new HawserError(Code.InvalidArgument, "update snapshot: no info");
      return { info: snapshotters.get(snapshotter).update(namespace, info, updateMask?.paths ?? []) };
    },
    list: ({ snapshotter, filters }, { namespace }) =>
      pages(snapshotters.get(snapshotter).list(namespace, filters)),
    async usage({ snapshotter, key }, { namespace, signal }) {
      const { sizeBytes, inodes } = await snapshotters.get(snapshotter).usage(namespace, key, { signal });
      return { size: sizeBytes, inodes };
    },
    async cleanup({ snapshotter }) {
      await snapshotters.get(snapshotter).sweep();
      return {};
    },
  });
}

async function* pages(infos: Iterable<Info>): AsyncGenerator<Init<ListSnapshotsResponse>> {
  let info: Info[] = [];
  for (const one of infos) {
    info.push(one);
    if (info.length < PAGE) continue;
    yield { info };
    info = [];
  }
  if (info.length > 0) yield { info };
}
