// The brokers of a shim, by process, and the way to them: the attach socket, which is there from the first broker on. Small, because
// every shim has it; what does the work is loaded with the first process whose stdio is brokered.
import { dirname, join } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";
import type { AttachSocket } from "./attach-socket.ts";
import type { Broker, BrokerOptions } from "./broker.ts";

/** What it needs of the shim. */
export interface AttachmentsOptions {
  /** The shim's own socket, or a name beside which the attach socket may lie. */
  readonly socketPath: string;
  /** Whether there is such a process, whatever its stdio is. */
  readonly isKnown: (containerId: string, execId: string) => boolean;
  /** A session has ended: what it took can be given back when there is time. */
  readonly onSessionEnd?: () => void;
}

/** Where the attach socket of a shim is; pure. Not longer than the path of the shim's own, whose name is a digest. */
export function attachSocketPath(socketPath: string): string {
  const name = socketPath.slice(dirname(socketPath).length + 1);
  return join(dirname(socketPath), `${name.slice(0, 48)}.attach`);
}

/** Brokers and their socket. */
export class Attachments implements AsyncDisposable {
  readonly #options: AttachmentsOptions;
  readonly #brokers = new Map<string, Broker>();
  #socket: Promise<AttachSocket> | undefined;

  constructor(options: AttachmentsOptions) {
    this.#options = options;
  }

  /** A broker for a process that is about to be made; the caller's, and found by sessions until it is disposed of. */
  async open(options: BrokerOptions): Promise<Broker> {
    const { Broker } = await import("./broker.ts");
    await this.address();
    const key = keyOf(options.containerId, options.execId ?? "");
    const broker = Broker.open({ ...options, onEnd: () => this.#forget(key, broker) });
    this.#brokers.set(key, broker);
    return broker;
  }

  #forget(key: string, broker: Broker): void {
    if (this.#brokers.get(key) === broker) this.#brokers.delete(key);
  }

  /** Path of the attach socket; opens it when it is not open. Throws the system's error. */
  async address(): Promise<string> {
    this.#socket ??= this.#listen();
    try {
      return (await this.#socket).path;
    } catch (error) {
      // Again with the next one: it may have been out of descriptors.
      this.#socket = undefined;
      throw HawserError.from(error).wrap("open attach socket");
    }
  }

  async #listen(): Promise<AttachSocket> {
    const { AttachSocket } = await import("./attach-socket.ts");
    const path = attachSocketPath(this.#options.socketPath);
    return await AttachSocket.open({
      path,
      find: (containerId, execId) => this.find(containerId, execId),
      onSessionEnd: () => this.#options.onSessionEnd?.(),
    });
  }

  /** The broker of a process. Throws NotFound for no process, FailedPrecondition for one with another kind of stdio. */
  find(containerId: string, execId: string): Broker {
    const broker = this.#brokers.get(keyOf(containerId, execId));
    if (broker !== undefined) return broker;
    const what =
      execId === "" ? `container "${containerId}"` : `exec "${execId}" of container "${containerId}"`;
    if (this.#options.isKnown(containerId, execId)) {
      const message = `attach to ${what}: its stdio is not brokered; attach to the fifos that it was made with`;
      throw new HawserError(Code.FailedPrecondition, message);
    }
    throw new HawserError(Code.NotFound, `attach to ${what}: there is no such process here: not found`);
  }

  /** All of them. */
  get brokers(): Iterable<Broker> {
    return this.#brokers.values();
  }

  /** Cuts all sessions and gives the socket back. Brokers are closed by those who have opened them. */
  async [Symbol.asyncDispose](): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    await socket?.[Symbol.asyncDispose]();
  }
}

function keyOf(containerId: string, execId: string): string {
  return `${containerId}\n${execId}`;
}
