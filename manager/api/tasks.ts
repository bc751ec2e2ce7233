// containerd's Tasks service: each call decoded, handed to the task manager, and encoded. The messages differ in their
// numbers from those of shims, so they are translated here and nowhere else.
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import { fromDate, fromNanoseconds, zeroTime } from "../../proto/timestamp.ts";
import type { ClientActs } from "../lifecycle/client-acts.ts";
import { parseFilters } from "../metadata/filter.ts";
import type { TaskManager, TaskProcess } from "../runtime/task-manager.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** The service. */
export function tasksApi(tasks: TaskManager, acts: ClientActs): ApiService {
  return apiService(
    Tasks,
    {
      async create(request, { namespace, signal }) {
        const {
          containerId,
          options,
          rootfs,
          stdin,
          stdout,
          stderr,
          terminal,
          runtimePath: runtime,
        } = request;
        if (request.checkpoint !== undefined && request.checkpoint.digest !== "") {
          const way = "name the image's directory in the options (criu_image_path)";
          const what = `create task "${containerId}" from a checkpoint in the content store`;
          throw new HawserError(Code.Unimplemented, `${what}: not served; ${way}`);
        }
        if (request.taskApiAddress !== "") {
          const what = `create task "${containerId}" at "${request.taskApiAddress}"`;
          throw new HawserError(Code.Unimplemented, `${what}: task services of sandboxes are not served`);
        }
        const streams = { stdin, stdout, stderr, terminal };
        const wanted = { rootfs, ...streams, checkpointDir: "", options, runtime };
        const pid = await tasks.create(namespace, containerId, wanted, signal);
        acts.created({ namespace, id: containerId });
        return { containerId, pid };
      },
      async start({ containerId, execId }, { namespace, signal }) {
        if (execId === "") acts.beforeStart({ namespace, id: containerId });
        return { pid: await tasks.start(namespace, containerId, execId, signal) };
      },
      async delete({ containerId }, { namespace }) {
        const key = { namespace, id: containerId, execId: "" };
        const exit = await orElse(tasks.delete(namespace, containerId), () => acts.endOf(key));
        return { id: containerId, ...exit };
      },
      async deleteProcess({ containerId, execId }, { namespace, signal }) {
        const key = { namespace, id: containerId, execId };
        const deletion = tasks.deleteProcess(namespace, containerId, execId, signal);
        return { id: execId, ...(await orElse(deletion, () => acts.takeEndOf(key))) };
      },
      async get({ containerId, execId }, { namespace, signal }) {
        return { process: wireProcess(await tasks.get(namespace, containerId, execId, signal)) };
      },
      // containerd takes a filter, and has never looked at it.
      async list(_request, { namespace, signal }) {
        return { tasks: (await tasks.list(namespace, signal)).map(wireProcess) };
      },
      async kill({ containerId, execId, signal: number, all }, { namespace, signal }) {
        if (execId === "" && acts.beforeKill({ namespace, id: containerId }, number)) return {};
        await tasks.kill(namespace, containerId, { execId, signal: number, isAll: all }, signal);
        return {};
      },
      async exec({ containerId, execId, stdin, stdout, stderr, terminal, spec }, { namespace, signal }) {
        await tasks.exec(namespace, containerId, { execId, stdin, stdout, stderr, terminal, spec }, signal);
        return {};
      },
      async resizePty({ containerId, execId, width, height }, { namespace, signal }) {
        await tasks.resizePty(namespace, containerId, { execId, width, height }, signal);
        return {};
      },
      async closeIO({ containerId, execId, stdin }, { namespace, signal }) {
        if (stdin) await tasks.closeIo(namespace, containerId, execId, signal);
        return {};
      },
      async pause({ containerId }, { namespace, signal }) {
        await tasks.pause(namespace, containerId, signal);
        return {};
      },
      async resume({ containerId }, { namespace, signal }) {
        await tasks.resume(namespace, containerId, signal);
        return {};
      },
      async listPids({ containerId }, { namespace, signal }) {
        return { processes: await tasks.pids(namespace, containerId, signal) };
      },
      async checkpoint({ containerId, options }, { namespace, signal }) {
        await tasks.checkpoint(namespace, containerId, options, signal);
        return {};
      },
      async update({ containerId, resources, annotations }, { namespace, signal }) {
        await tasks.update(namespace, containerId, { resources, annotations }, signal);
        return {};
      },
      async metrics({ filters }, { namespace, signal }) {
        return { metrics: await metricsOf(tasks, namespace, filters, signal) };
      },
      async wait({ containerId, execId }, { namespace, signal }) {
        const wait = tasks.wait(namespace, containerId, execId, signal);
        return await orElse(wait, () => acts.endOf({ namespace, id: containerId, execId }));
      },
    },
    { openEnded: ["wait"] },
  );
}

/** What a call answers, or what is known in its place where the task that it is about is not there. */
async function orElse<T>(call: Promise<T>, known: () => T | undefined): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const answer = isNotFound(error) ? known() : undefined;
    if (answer === undefined) throw error;
    return answer;
  }
}

/** One metric for each task that passes the filters and has something to count. */
async function metricsOf(
  tasks: TaskManager,
  namespace: string,
  filters: readonly string[],
  signal: AbortSignal,
) {
  const matches = parseFilters(filters);
  const ids = tasks.ids(namespace).filter((id) =>
    matches(([field = "", ...more]) => {
      const value = more.length > 0 ? undefined : { id, namespace }[field];
      return { value: value ?? "", present: value !== undefined };
    }),
  );
  const metrics = await Promise.all(
    ids.map(async (id) => {
      const data = await tasks.stats(namespace, id, signal);
      return data === undefined ? [] : [{ timestamp: fromDate(new Date()), id, data }];
    }),
  );
  return metrics.flat();
}

/** Go's clients read an absent time as 1970; its zero time is what says "not yet". */
function wireProcess({ id, exit, pid, status, stdin, stdout, stderr, terminal }: TaskProcess) {
  const exitedAt = exit === undefined ? zeroTime() : fromNanoseconds(exit.exitedAt);
  return { id, pid, status, stdin, stdout, stderr, terminal, exitStatus: exit?.exitStatus ?? 0, exitedAt };
}
