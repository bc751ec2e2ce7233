// hawser.v1.Processes: the processes of containers from the manager's own record, and the way to their terminals.
import { Processes } from "../../proto/gen/processes.ts";
import type { ProcessList } from "../lifecycle/process-list.ts";
import type { TaskManager } from "../runtime/task-manager.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** The service. */
export function processesApi(processes: ProcessList, tasks: TaskManager): ApiService {
  return apiService(Processes, {
    list: ({ containerId, withExecs }, { namespace }) => ({
      processes: processes.list(namespace, { containerId, withExecs }),
    }),
    async attach({ containerId, execId }, { namespace, signal }) {
      return { socketPath: await tasks.attachSocket(namespace, containerId, execId, signal) };
    },
  });
}
