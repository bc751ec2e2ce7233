// What a daemon publishes, as `ctr events` prints it. Owns that process.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { CtrDaemon } from "./ctr-daemon.ts";
import { until } from "./until.ts";

/** One event of a container. */
export interface ContainerEvent {
  /** Without the leading "/tasks/". */
  readonly topic: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A subscription to a daemon's events. */
export class Events implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #namespace: string;
  #text = "";

  private constructor(child: ChildProcess, namespace: string) {
    this.#child = child;
    this.#namespace = namespace;
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString();
    });
  }

  /** Resolves when an event that comes from now on is not missed. */
  static async subscribe(daemon: CtrDaemon): Promise<Events> {
    const child = spawn(daemon.program.ctr, daemon.ctrArgs(["events"]), {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const events = new Events(child, daemon.namespace);
    // The client does not say when it has subscribed: an event of our own tells.
    await until(
      async () => {
        await daemon.ctr(["namespaces", "label", daemon.namespace, "subscribed=yes"]);
        return events.#text.includes("/namespaces/update");
      },
      { what: "the subscription to events" },
    );
    return events;
  }

  /** The events of a container's task so far, in the order of their arrival. */
  of(id: string): ContainerEvent[] {
    return this.#text.split("\n").flatMap((line) => {
      const match = /^\S+ \S+ \S+ \S+ (\S+) \/tasks\/(\S+) (\{.*\})$/.exec(line);
      if (match?.[1] !== this.#namespace) return [];
      const body = JSON.parse(match[3] ?? "") as Record<string, unknown>;
      return body["container_id"] === id ? [{ topic: match[2] ?? "", body }] : [];
    });
  }

  /** Waits until all these have come for a container; the events up to then. */
  async waitFor(id: string, topics: readonly string[]): Promise<ContainerEvent[]> {
    return await until(
      () => {
        const events = this.of(id);
        const missing = [...topics];
        for (const { topic } of events)
          if (missing.includes(topic)) missing.splice(missing.indexOf(topic), 1);
        return missing.length === 0 && events;
      },
      {
        what: `the events ${topics.join(", ")} of ${id}`,
        deadline: 30_000,
        logs: { events: () => this.#text },
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
