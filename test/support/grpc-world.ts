// Services on a socket and a client of them, for tests of files under manager/api.
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { ApiService } from "../../manager/api/api-service.ts";
import { GrpcServer, type GrpcServerOptions } from "../../manager/api/grpc-server.ts";
import { GrpcClient } from "./grpc-client.ts";
import { NO_LOG } from "./no-log.ts";
import type { Suite } from "./suite.ts";

/** Ends client, server and socket when it is disposed. */
export class GrpcWorld implements AsyncDisposable {
  readonly server: GrpcServer;
  readonly client: GrpcClient;
  readonly socketPath: string;
  readonly #listener: Server;

  private constructor(server: GrpcServer, listener: Server, socketPath: string) {
    this.server = server;
    this.#listener = listener;
    this.socketPath = socketPath;
    this.client = new GrpcClient(socketPath);
  }

  static async of(
    suite: Suite,
    services: readonly ApiService[],
    options: Partial<GrpcServerOptions> = {},
  ): Promise<GrpcWorld> {
    const server = new GrpcServer({ services, log: NO_LOG, ...options });
    const socketPath = join(suite.dir, suite.newId());
    const listener = createServer((socket) => server.accept(socket));
    await new Promise<void>((resolve) => listener.listen(socketPath, resolve));
    return new GrpcWorld(server, listener, socketPath);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
    await new Promise<void>((resolve) => this.#listener.close(() => resolve()));
  }
}
