// The Diff service: a layer onto mounts, and mounts into a layer.
import { Code, HawserError } from "../../proto/errors.ts";
import { Diff } from "../../proto/gen/diff.ts";
import { toNanoseconds } from "../../proto/timestamp.ts";
import type { Applier } from "../images/applier.ts";
import type { Differ } from "../images/differ.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** The Diff service. */
export function diffApi(applier: Applier, differ: Differ): ApiService {
  return apiService(Diff, {
    async apply({ diff, mounts, payloads, syncFs }, { namespace, signal }) {
      if (diff === undefined) throw new HawserError(Code.InvalidArgument, "apply layer: none is named");
      // They belong to processors of media types that are not known here (encrypted layers).
      const [payload] = Object.keys(payloads);
      if (payload !== undefined) {
        const reason = `there is no processor for ${JSON.stringify(payload)}`;
        throw new HawserError(Code.Unimplemented, `apply layer "${diff.digest}": ${reason}`);
      }
      return { applied: await applier.apply(namespace, diff, mounts, { signal, sync: syncFs }) };
    },
    async diff(request, { namespace, lease, signal }) {
      const { left, right, labels } = request;
      return {
        diff: await differ.diff(namespace, left, right, {
          mediaType: request.mediaType || undefined,
          ref: request.ref || undefined,
          labels,
          lease,
          signal,
          latestNs: toNanoseconds(request.sourceDateEpoch),
        }),
      };
    },
  });
}
