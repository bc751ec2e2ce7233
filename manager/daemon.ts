// Composes the manager, in one place: what is made, in which order, and so, backwards, in which order it ends.
//   1 locks of both directories: nobody else works here        6 the socket where shims deliver their events
//   2 databases: what users made, what runs                    7 tasks: every shim is found again before anything is cleaned
//   3 stores and the event exchange                            8 the API socket, from which on we serve
//   4 content                                                  9 garbage collection
//   5 snapshots
// Always true: what of this fails, ends the start with one error, and what was made before is undone. Shims outlive all of it.

import { Scope } from "../sys/scope.ts";
import { GrpcServer } from "./api/grpc-server.ts";
import { unimplementedApis } from "./api/unimplemented.ts";
import type { Config } from "./config/settings.ts";
import { InstanceLock } from "./instance-lock.ts";
import { checkPathLength, Listener } from "./listener.ts";
import type { Log } from "./log.ts";

/** What a manager is made of. */
export interface DaemonOptions {
  readonly config: Config;
  readonly log: Log;
  /** Our own program; shims are looked for beside it. */
  readonly executable: string;
  /** Fires when the start is not wanted any more. */
  readonly signal: AbortSignal;
}

/** A manager that serves. */
export class Daemon implements AsyncDisposable {
  readonly #scope: Scope;

  private constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Starts; resolves when it serves. Throws the first error, with everything undone. */
  static async start({ config, log, signal }: DaemonOptions): Promise<Daemon> {
    const ttrpcAddress = `${config.address}.ttrpc`;
    for (const path of [ttrpcAddress, config.address]) checkPathLength(path);
    await using scope = new Scope((what, error) => log.warn(`${what}, continuing`, { error }));
    scope.use(
      "unlock the directories",
      InstanceLock.acquire([
        { path: config.root, mode: 0o711, flag: "--root" },
        { path: config.state, mode: 0o711, flag: "--state" },
      ]),
    );
    signal.throwIfAborted();
    const server = scope.use(
      "close the connections of the API",
      new GrpcServer({
        services: [...unimplementedApis()],
        log,
        finishMs: config.stopBudgetMs,
      }),
    );
    scope.use(
      "close the socket of the API",
      await Listener.listen({ path: config.address, ...config, log }, (socket) => server.accept(socket)),
    );
    return new Daemon(scope.move());
  }

  /** Stops in the reverse order: calls are drained, shims go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}
