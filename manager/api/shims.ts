// hawser.v1.Shims: how the shims are doing, for people and for `hawser doctor`. Answers from what the manager has seen,
// without asking a shim.
import { ShimHealth, Shims } from "../../proto/gen/shims.ts";
import { fromDate } from "../../proto/timestamp.ts";
import type { Health } from "../runtime/supervision.ts";
import type { TaskManager } from "../runtime/task-manager.ts";
import { type ApiService, apiService } from "./api-service.ts";

const WIRE_HEALTH: Readonly<Record<Health, ShimHealth>> = {
  connecting: ShimHealth.SHIM_HEALTH_CONNECTING,
  ok: ShimHealth.SHIM_HEALTH_OK,
  unresponsive: ShimHealth.SHIM_HEALTH_UNRESPONSIVE,
  gone: ShimHealth.SHIM_HEALTH_UNKNOWN,
};

/** The service. Without a namespace it tells of all. */
export function shimsApi(tasks: TaskManager): ApiService {
  return apiService(
    Shims,
    {
      list({ id }, { namespace }) {
        const shims = tasks
          .shims()
          .filter(
            (shim) => (namespace === "" || shim.namespace === namespace) && (id === "" || shim.id === id),
          )
          .map(({ health, since, missed: _, ...shim }) => ({
            ...shim,
            health: WIRE_HEALTH[health],
            since: fromDate(since),
          }));
        return { shims };
      },
    },
    { isNamespaced: false },
  );
}
