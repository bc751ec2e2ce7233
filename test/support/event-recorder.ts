// The manager's ear, for tests: serves the Events service and remembers what shims say, in the order in which it came. It
// can go away and come back at the same address, as a manager does that is updated.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { createEventServer } from "../../manager/events/service.ts";
import { is } from "../../proto/any.ts";
import type { Codec } from "../../proto/codec.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import {
  TaskCreate,
  TaskDelete,
  TaskExecAdded,
  TaskExecStarted,
  TaskExit,
  TaskOOM,
  TaskPaused,
  TaskResumed,
  TaskStart,
} from "../../proto/gen/events.ts";
import { until } from "./until.ts";

/** One event, as a short line: `exec-started one`, `exit one 0`, `exit 7` (without a name it is init). */
interface Heard {
  readonly containerId: string;
  readonly line: string;
  readonly envelope: Envelope;
}

/** Records the events of all shims that are told its address. */
export class EventRecorder implements AsyncDisposable {
  /** The path for TTRPC_ADDRESS. */
  readonly socketPath: string;
  readonly #groundless: readonly string[];
  readonly #heard: Heard[] = [];
  #server: ReturnType<typeof createEventServer> | undefined;

  /** `groundless` names lines that {@link hearsExactly} overlooks. */
  constructor(socketPath: string, groundless: readonly string[] = []) {
    this.socketPath = socketPath;
    this.#groundless = groundless;
  }

  /** Begins to listen, or does so again. */
  async listen(): Promise<void> {
    const server = createEventServer((envelope) => {
      this.#heard.push({ ...linesOf(envelope), envelope });
    });
    await server.listen(`unix://${this.socketPath}`);
    this.#server = server;
  }

  /** Goes away: nobody listens, connections are cut. */
  async goAway(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    await rm(this.socketPath, { force: true });
  }

  /** The lines about one container so far. */
  of(containerId: string): string[] {
    return this.#heard.filter((heard) => heard.containerId === containerId).map((heard) => heard.line);
  }

  /** The decoded events of one type about one container. */
  all<T extends { containerId: string }>(containerId: string, codec: Codec<T>): T[] {
    return this.#heard
      .filter((heard) => heard.containerId === containerId && is(heard.envelope.event, codec))
      .map((heard) => codec.decode(heard.envelope.event?.value ?? new Uint8Array()));
  }

  /** The envelopes about one container so far. */
  envelopes(containerId: string): Envelope[] {
    return this.#heard.filter((heard) => heard.containerId === containerId).map((heard) => heard.envelope);
  }

  /** Waits until a line about a container has come. */
  async hears(containerId: string, line: string, deadline = 20_000): Promise<void> {
    await until(() => this.of(containerId).includes(line), {
      what: `the event "${line}" of "${containerId}"`,
      deadline,
      logs: { "events so far": () => this.of(containerId).join("\n") },
    });
  }

  /** Waits for as many events as there are lines, and fails unless they are these, in this order. */
  async hearsExactly(containerId: string, lines: readonly string[], deadline = 20_000): Promise<void> {
    const heard = () => this.of(containerId).filter((line) => !this.#groundless.includes(line));
    await until(() => heard().length >= lines.length, {
      what: `${lines.length} events of "${containerId}"`,
      deadline,
      logs: { "events so far": () => this.of(containerId).join("\n") },
    });
    assert.deepEqual(heard(), lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway();
  }
}

/** An event of a task, as a short line, and whose it is. */
export function linesOf({ topic, event }: Envelope): { containerId: string; line: string } {
  const name = topic.replace("/tasks/", "");
  const value = event?.value ?? new Uint8Array();
  switch (topic) {
    case "/tasks/exit": {
      const { containerId, id, exitStatus } = TaskExit.decode(value);
      return { containerId, line: id === containerId ? `exit ${exitStatus}` : `exit ${id} ${exitStatus}` };
    }
    case "/tasks/exec-added": {
      const { containerId, execId } = TaskExecAdded.decode(value);
      return { containerId, line: `${name} ${execId}` };
    }
    case "/tasks/exec-started": {
      const { containerId, execId } = TaskExecStarted.decode(value);
      return { containerId, line: `${name} ${execId}` };
    }
    default: {
      const codec = plainEvents[topic];
      if (codec === undefined) throw new Error(`an event that no shim should send: "${topic}"`);
      return { containerId: codec.decode(value).containerId, line: name };
    }
  }
}

const plainEvents: Record<string, { decode(bytes: Uint8Array): { containerId: string } }> = {
  "/tasks/create": TaskCreate,
  "/tasks/start": TaskStart,
  "/tasks/delete": TaskDelete,
  "/tasks/oom": TaskOOM,
  "/tasks/paused": TaskPaused,
  "/tasks/resumed": TaskResumed,
};
