// The processes whose output goes to a log, by the manager's own records: a shim that does not answer delays nobody.
// Owns one subscription to events, from the first who follows a log on; each event wakes only those who follow that container.

import { isBrokered, parseBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import type { Container } from "../../proto/gen/containers.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import { toNanoseconds } from "../../proto/timestamp.ts";
import { fieldsOf } from "../events/event-fields.ts";
import { STDOUT_LABEL } from "../labels.ts";
import type { LogOwner, OwnerState } from "./log-owner.ts";
import type { LogName } from "./log-query.ts";

/** What is known of a process that has its own record. */
export interface PrintingProcess {
  /** As it was asked for. */
  readonly stdout: string;
  /** Absent while it has not ended. */
  readonly exit: unknown;
}

/** Where the answers come from. All of it is borrowed. */
export interface LogOwnersOptions {
  readonly containers: { get(namespace: string, id: string): Container };
  /** A process that has not been deleted, living or ended. */
  process(key: ProcessName): PrintingProcess | undefined;
  /** What is remembered of one that has been deleted. */
  ended(key: ProcessName): Pick<PrintingProcess, "stdout"> | undefined;
  /** Whether init is to be started (again) without anybody asking, or was never started. */
  isExpected(namespace: string, containerId: string): boolean;
  readonly events: { subscribe(filters: readonly string[], signal: AbortSignal): AsyncIterable<Envelope> };
}

/** As the records call it. */
export interface ProcessName {
  readonly namespace: string;
  readonly id: string;
  readonly execId: string;
}

// After which a state may be another one.
const FILTERS = [
  "/tasks/start",
  "/tasks/exit",
  "/tasks/delete",
  "/containers/update",
  "/containers/delete",
].map((topic) => `topic==${topic}`);

/** Finds owners of logs. */
export class LogOwners implements AsyncDisposable {
  readonly #options: LogOwnersOptions;
  readonly #waking = new Map<string, Set<() => void>>();
  #listening: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(options: LogOwnersOptions) {
    this.#options = options;
  }

  /**
   * Whose log it is. Throws NotFound when there is no such container or process, FailedPrecondition when its output does not go to
   * a log of ours.
   */
  find(name: LogName): LogOwner {
    const { namespace, containerId: id, execId } = name;
    const container = this.#options.containers.get(namespace, id);
    const key = { namespace, id, execId };
    const process = this.#options.process(key) ?? this.#options.ended(key);
    const what = execId === "" ? `container "${id}"` : `exec "${execId}" of container "${id}"`;
    if (process === undefined && execId !== "") {
      const hint = "those that have ended are forgotten after a while";
      throw new HawserError(Code.NotFound, `read log of ${what}: there is no such exec; ${hint}`);
    }
    const stdout = process?.stdout || (execId === "" ? container.labels[STDOUT_LABEL] : undefined);
    const dir = logDirOf(what, stdout);
    const state = (): OwnerState => this.#stateOf(name, container);
    return { what, dir, state, onChange: (wake) => this.#onChange(name, wake) };
  }

  #stateOf({ namespace, containerId: id, execId }: LogName, known: Container): OwnerState {
    try {
      const { createdAt } = this.#options.containers.get(namespace, id);
      // Another one that has its id now.
      if (toNanoseconds(createdAt) !== toNanoseconds(known.createdAt)) return "over";
    } catch (error) {
      if (isNotFound(error)) return "over";
      throw error;
    }
    const process = this.#options.process({ namespace, id, execId });
    if (process !== undefined && process.exit === undefined) return "printing";
    if (execId === "" && this.#options.isExpected(namespace, id)) return "expected";
    return process === undefined ? "over" : "exited";
  }

  #onChange({ namespace, containerId }: LogName, wake: () => void): () => void {
    const key = keyOf(namespace, containerId);
    const wakes = this.#waking.get(key) ?? new Set();
    this.#waking.set(key, wakes.add(wake));
    this.#listening ??= this.#listen();
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#waking.get(key) === wakes) this.#waking.delete(key);
    };
  }

  #listen(): { stop: AbortController; done: Promise<void> } {
    const stop = new AbortController();
    const done = this.#pass(stop.signal).finally(() => {
      // Cut because it lagged, or the exchange is over. Whoever waits looks by himself, and listens again.
      if (this.#listening?.stop === stop) this.#listening = undefined;
      for (const wakes of this.#waking.values()) for (const wake of wakes) wake();
    });
    return { stop, done: done.catch(() => undefined) };
  }

  async #pass(signal: AbortSignal): Promise<void> {
    for await (const envelope of this.#options.events.subscribe(FILTERS, signal)) {
      const field = fieldsOf(envelope);
      const id = field(["event", "container_id"]).value || field(["event", "id"]).value;
      for (const wake of this.#waking.get(keyOf(envelope.namespace, id)) ?? []) wake();
    }
  }

  /** Ends the subscription and wakes everybody. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening?.stop.abort();
    await this.#listening?.done;
  }
}

function logDirOf(what: string, stdout: string | undefined): string {
  const refuse = (reason: string): never => {
    throw new HawserError(Code.FailedPrecondition, `read log of ${what}: ${reason}`);
  };
  if (!stdout) return refuse("nobody has asked for a log of its output");
  if (!isBrokered(stdout)) return refuse(`its output goes to "${stdout}"`);
  return (
    parseBrokeredStdio(stdout).logDir ??
    refuse("its output is kept in the memory of its shim only; attach to it")
  );
}

// A slash is in no id.
function keyOf(namespace: string, id: string): string {
  return `${namespace}/${id}`;
}
