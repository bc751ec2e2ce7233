// A hawserd with a client of the library, for tests of what becomes of containers: scripts as containers, their processes as
// hawserd lists them, kills and restarts of hawserd.

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "../../manager/client/client.ts";
import type { Container } from "../../manager/client/container.ts";
import type { ContainerOptions } from "../../manager/client/container-options.ts";
import type { ListedProcess } from "../../manager/client/processes.ts";
import { unmountAll } from "../../sys/mount.ts";
import { begin } from "./begin.ts";
import { command } from "./command.ts";
import { Hawserd } from "./hawserd.ts";
import { imageName } from "./image-archive.ts";
import type { Suite } from "./suite.ts";
import { until } from "./until.ts";

/** Nobody reads what it prints. */
export const SILENT = { stdout: "ignore", stderr: "ignore" } as const;

/** A hawserd, its client, and what a test asks of both. */
export class LifeWorld implements AsyncDisposable {
  readonly hawserd: Hawserd;
  readonly client: Client;
  #count = 0;

  private constructor(hawserd: Hawserd, client: Client) {
    this.hawserd = hawserd;
    this.client = client;
  }

  /** Starts one with an image, in a directory `name` of the suite; a letter, for the sockets below it. */
  static async start(suite: Suite, name: string): Promise<LifeWorld> {
    const archive = await begin(suite);
    const dir = join(suite.dir, name);
    await mkdir(dir);
    const hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
    try {
      const { address, namespace } = hawserd;
      const client = await Client.connect({ address, namespace, stdioDir: join(dir, "io") });
      await client.images.importArchive(createReadStream(archive));
      return new LifeWorld(hawserd, client);
    } catch (error) {
      await hawserd[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** An id that no other container has. */
  newId(): string {
    this.#count += 1;
    return `${this.hawserd.namespace}-${this.#count}c`;
  }

  /** A container of a shell script. */
  async create(script: string, options: Partial<ContainerOptions> = {}): Promise<Container> {
    const args = ["sh", "-c", script];
    return await this.client.containers.create({ id: this.newId(), image: imageName, args, ...options });
  }

  /** The same, with a task that runs and whose output nobody reads. */
  async run(script: string, options: Partial<ContainerOptions> = {}): Promise<Container> {
    const container = await this.create(script, options);
    await using task = await container.createTask({ stdio: SILENT });
    await task.start();
    return container;
  }

  /** The processes of a container; init alone unless execs are asked for. */
  async processes(container: Container, withExecs = false): Promise<ListedProcess[]> {
    return await this.client.processes({ containerId: container.id, withExecs });
  }

  /** Its init process. Fails when there is none. */
  async init(container: Container): Promise<ListedProcess> {
    const [init] = await this.processes(container);
    assert.ok(init, `container "${container.id}" has no process`);
    return init;
  }

  /** Waits until init is as `condition` says. */
  async untilInit(
    container: Container,
    what: string,
    condition: (init: ListedProcess) => boolean,
  ): Promise<ListedProcess> {
    let last: ListedProcess | undefined;
    await until(
      async () => {
        [last] = await this.processes(container);
        return last !== undefined && condition(last);
      },
      {
        what,
        deadline: 30_000,
        logs: {
          init: () => JSON.stringify(last ?? "none"),
          hawserd: () => this.hawserd.log.slice(-6_000),
        },
      },
    );
    return last as ListedProcess;
  }

  /** Whether there is a container of this id. */
  async has(id: string): Promise<boolean> {
    return (await this.client.containers.list({ filters: [`id==${id}`] })).length > 0;
  }

  /** Kills hawserd and starts it again; `meanwhile` is done in between. */
  async killAndRestart(meanwhile: () => Promise<void> | void = () => undefined): Promise<void> {
    await this.hawserd.kill("SIGKILL");
    await meanwhile();
    await this.hawserd.restart();
  }

  /** Goes down as a machine does: hawserd, shims and containers at once, and with them the state directory; and comes up again. */
  async reboot(): Promise<void> {
    const { hawserd } = this;
    const shims = hawserd.shimPids();
    const ids = (await this.client.containers.list()).map(({ id }) => id);
    await hawserd.kill("SIGKILL");
    for (const pid of shims) process.kill(pid, "SIGKILL");
    for (const id of ids) {
      // What a boot forgets, and the kernel of this machine does not: the runtime's state and the cgroup.
      const root = join("/run/containerd/runc", hawserd.namespace);
      await command("crun", ["--root", root, "delete", "--force", id], { status: "any" });
    }
    await unmountAll(join(hawserd.stateDir, "tasks"));
    await rm(hawserd.stateDir, { recursive: true });
    await hawserd.restart();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.hawserd[Symbol.asyncDispose]();
  }
}
