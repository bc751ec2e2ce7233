// hawser.v1.Sessions on the shim's own socket: where to attach, and who is attached.
import { Code, hasCode } from "../../proto/errors.ts";
import type { ListSessionsRequest, Sessions, SessionsAddressRequest } from "../../proto/gen/attach.ts";
import { fromDate } from "../../proto/timestamp.ts";
import type { ServiceHandlers } from "../../ttrpc/index.ts";
import type { Attachments } from "./attachments.ts";
import type { Broker } from "./broker.ts";

/** Handlers of the service. */
export class SessionsService implements ServiceHandlers<typeof Sessions> {
  readonly #attachments: Attachments;

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
  }

  /** NotFound and FailedPrecondition as sessions are told. */
  async address({ containerId, execId }: SessionsAddressRequest) {
    this.#attachments.find(containerId, execId);
    return { socketPath: await this.#attachments.address() };
  }

  list({ containerId, execId }: ListSessionsRequest) {
    const brokers = containerId === "" ? [...this.#attachments.brokers] : this.#asked(containerId, execId);
    return { sessions: brokers.flatMap(sessionsOf), sinks: brokers.flatMap(sinksOf) };
  }

  // A process with another kind of stdio has no sessions, and that is an answer.
  #asked(containerId: string, execId: string): Broker[] {
    try {
      return [this.#attachments.find(containerId, execId)];
    } catch (error) {
      if (hasCode(error, Code.FailedPrecondition)) return [];
      throw error;
    }
  }
}

function sessionsOf({ options, sessions }: Broker) {
  const { containerId, execId = "" } = options;
  return [...sessions].map((session) => ({
    session: session.id,
    containerId,
    execId,
    clientName: session.clientName,
    pid: session.pid,
    uid: session.uid,
    isReadOnly: session.isReadOnly,
    openedAt: fromDate(session.openedAt),
    offset: BigInt(session.offset),
    skippedBytes: BigInt(session.skippedBytes),
  }));
}

function sinksOf({ options, logs, window, startOffset }: Broker) {
  const { containerId, execId = "" } = options;
  const whose = { containerId, execId };
  const written = BigInt(window.end - startOffset);
  const ring = {
    ...whose,
    name: "ring",
    policy: "drop",
    writtenBytes: written,
    droppedBytes: 0n,
    lastError: "",
  };
  const sinks = logs.all.map(({ name, policy, writtenBytes, droppedBytes, lastError = "" }) => {
    const counts = { writtenBytes: BigInt(writtenBytes), droppedBytes: BigInt(droppedBytes) };
    return { ...whose, name, policy, ...counts, lastError };
  });
  return [...sinks, ring];
}
