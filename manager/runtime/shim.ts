// A running shim: the connection to it and its task service. Owns the connection, not the process: the shim outlives us
// by design, and its connection closing is how we learn that it is gone.

import { Code, hasCode } from "../../proto/errors.ts";
import { Sessions } from "../../proto/gen/attach.ts";
import type { ConnectResponse } from "../../proto/gen/task.ts";
import { Task as TaskV3 } from "../../proto/gen/task.ts";
import { Task as TaskV2 } from "../../proto/gen/task-v2.ts";
import { NAMESPACE_METADATA } from "../../proto/metadata-keys.ts";
import { Client, type ConnectionClosedError, type ServiceClient } from "../../ttrpc/index.ts";
import type { Endpoint } from "./shim-reply.ts";

/** The task service; both versions have the same methods and messages. */
export type TaskClient = ServiceClient<typeof TaskV3>;

/** Deadline of calls that name none of their own, in milliseconds. `wait` has none. */
const CALL_BUDGET_MS = 60_000;

/** A shim that we are connected to. */
export class Shim implements AsyncDisposable {
  readonly endpoint: Endpoint;
  /** Resolves when the connection is over, by whichever side. */
  readonly closed: Promise<ConnectionClosedError>;
  readonly #client: Client;
  #task: TaskClient;
  #sessions: ServiceClient<typeof Sessions> | undefined;

  private constructor(endpoint: Endpoint, client: Client) {
    this.endpoint = endpoint;
    this.#client = client;
    this.closed = client.closed;
    this.#task = taskClient(client, endpoint.version >= 3 ? TaskV3 : TaskV2);
  }

  /** The task service, in the version that the shim has announced, or was found to speak. */
  get task(): TaskClient {
    return this.#task;
  }

  /** Who is attached, and where to. Only our shim serves it. */
  get sessions(): ServiceClient<typeof Sessions> {
    this.#sessions ??= this.#client.service(Sessions);
    return this.#sessions;
  }

  /** Connects. Throws Unavailable when nobody listens there. */
  static async connect(endpoint: Endpoint, namespace: string, signal?: AbortSignal): Promise<Shim> {
    const client = await Client.connect(endpoint.address, {
      metadata: { [NAMESPACE_METADATA]: namespace },
      timeoutMs: CALL_BUDGET_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    return new Shim(endpoint, client);
  }

  /**
   * Asks who is there: the shim's pid, and the container's when there is one. A shim that announces version 3 and does not
   * serve it is spoken to in version 2 from here on, as containerd does it.
   */
  async askWho(id: string, signal: AbortSignal): Promise<ConnectResponse> {
    try {
      return await this.#task.connect({ id }, { signal });
    } catch (error) {
      if (this.endpoint.version < 3 || !hasCode(error, Code.Unimplemented)) throw error;
      this.#task = taskClient(this.#client, TaskV2);
      return await this.#task.connect({ id }, { signal });
    }
  }

  /** Drops the connection; the shim goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.closed;
  }
}

function taskClient(client: Client, service: typeof TaskV2 | typeof TaskV3): TaskClient {
  const task = client.service(service);
  return {
    ...task,
    wait: (request, options) => task.wait(request, { timeoutMs: Infinity, ...options }),
  };
}
