// A container of the bench with brokered stdio, and one quiet session of the bench's own to type into it.
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { AttachFrame, AttachFrameReader, attachFrame } from "../proto/attach-frame.ts";
import { BROKERED_STREAM } from "../proto/brokered-stdio.ts";
import { AttachOpen, Sessions } from "../proto/gen/attach.ts";
import { Task } from "../proto/gen/task.ts";
import { Client } from "../ttrpc/index.ts";
import { BenchContainer } from "./shim-container.ts";
import type { Subject, World } from "./shim-world.ts";

/** A container and the way to its sessions. */
export class BrokeredContainer implements AsyncDisposable {
  readonly #container: BenchContainer;
  readonly #client: Client;

  private constructor(container: BenchContainer, client: Client) {
    this.#container = container;
    this.#client = client;
  }

  static async run(
    world: World,
    subject: Subject,
    request: { readonly script: string; readonly stdout: string },
  ): Promise<BrokeredContainer> {
    const container = await BenchContainer.run(world, subject, { ...request, stdin: BROKERED_STREAM });
    const client = await Client.connect(readFileSync(join(container.bundleDir, "address"), "utf8"));
    return new BrokeredContainer(container, client);
  }

  get id(): string {
    return this.#container.id;
  }

  get shimPid(): number {
    return this.#container.shimPid;
  }

  /** Where to attach. */
  async attachPath(): Promise<string> {
    return (await this.#client.service(Sessions).address({ containerId: this.id })).socketPath;
  }

  /** Types into it, by a session that goes at once. */
  async type(text: string): Promise<void> {
    const socket = connect({ path: await this.attachPath() });
    await opened(socket, this.id);
    socket.write(attachFrame(AttachFrame.input, Buffer.from(text)));
    socket.end(attachFrame(AttachFrame.detach));
    socket.resume();
  }

  /** Resolves with its end. */
  async exited(): Promise<void> {
    await this.#client.service(Task).wait({ id: this.id }, { timeoutMs: Number.POSITIVE_INFINITY });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.#container[Symbol.asyncDispose]();
  }
}

/** Opens a session from now on; resolves when the shim has answered. What comes later is not looked at. */
async function opened(socket: Socket, containerId: string): Promise<void> {
  socket.write(attachFrame(AttachFrame.open, AttachOpen.encode({ containerId })));
  const frames = new AttachFrameReader();
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (bytes) => {
      const [first] = frames.push(bytes);
      if (first?.type === AttachFrame.opened) resolve();
      else reject(new Error(`bench attach: the shim answered with a frame of type ${first?.type}`));
    });
  });
}
