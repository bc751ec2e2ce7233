// What the tests of the contract stand on: a daemon with a shim, and words for what they do with them through `ctr`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CtrDaemon } from "./ctr-daemon.ts";
import type { ContainerEvent } from "./ctr-events.ts";
import { imageName } from "./image-archive.ts";
import type { ShimVariant } from "./shim-variant.ts";
import { until } from "./until.ts";

/** A script that stays, and ends by SIGTERM. */
export const FOREVER = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

/** A daemon with a shim. */
export class Scene {
  readonly variant: ShimVariant;
  runtime: string[] = [];
  #daemon: CtrDaemon | undefined;
  #count = 0;

  constructor(variant: ShimVariant) {
    this.variant = variant;
  }

  begin(daemon: CtrDaemon): void {
    this.#daemon = daemon;
  }

  async end(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
  }

  get daemon(): CtrDaemon {
    if (this.#daemon === undefined) throw new Error("the daemon did not start");
    return this.#daemon;
  }

  /** Registers a test; its argument is an id that nobody else has. */
  test(name: string, body: (id: string) => Promise<void>): void {
    test(name, { timeout: 120_000 }, async () => {
      this.#count += 1;
      // Ends in a letter, so that no id is a part of another.
      const id = `${this.daemon.namespace}-${this.#count}c`;
      await this.daemon.watch(async () => await body(id));
    });
  }

  ctr: CtrDaemon["ctr"] = async (args, options) => await this.daemon.ctr(args, options);

  /** The arguments of `ctr run` for a container of a shell script. */
  runArgs(options: string[], id: string, script: string): string[] {
    return ["run", ...this.runtime, ...this.#fifos, ...options, imageName, id, "sh", "-c", script];
  }

  /** Runs a container to its end. */
  async run(id: string, script: string, options: Parameters<CtrDaemon["ctr"]>[1] = {}) {
    return await this.ctr(this.runArgs(["--rm"], id, script), options);
  }

  /** Starts a container that stays. */
  async start(id: string, script = FOREVER, options: string[] = []): Promise<void> {
    await this.ctr(this.runArgs(["--detach", ...options], id, script));
  }

  execArgs(id: string, execId: string, script: string, options: string[] = []): string[] {
    const args = ["tasks", "exec", ...this.#fifos, "--exec-id", execId, ...options];
    return [...args, id, "sh", "-c", script];
  }

  // containerd's own shim of 2.4 at times ends before its last event is out.
  get lastEvents(): string[] {
    return this.variant.isOurs ? ["delete"] : [];
  }

  /** Topics, without the last event where it may be missing. */
  topics(events: readonly ContainerEvent[]): string[] {
    const topics = events.map(({ topic }) => topic);
    return this.variant.isOurs ? topics : topics.filter((topic) => topic !== "delete");
  }

  /** The status of a task as `ctr` lists it; undefined when there is none. */
  async status(id: string): Promise<string | undefined> {
    return (await this.task(id))?.[2];
  }

  /** Id, pid and status of a task as `ctr` lists it; undefined when there is none. */
  async task(id: string): Promise<string[] | undefined> {
    const { stdout } = await this.ctr(["tasks", "list"]);
    return stdout
      .split("\n")
      .map((line) => line.split(/\s+/))
      .find(([task]) => task === id);
  }

  async hasStatus(id: string, wanted: string | undefined): Promise<void> {
    await until(async () => (await this.status(id)) === wanted, { what: `${id} is ${wanted ?? "gone"}` });
  }

  /** Kills a container that stays, and deletes it. */
  async remove(id: string): Promise<void> {
    if ((await this.status(id)) === "RUNNING") {
      await this.ctr(["tasks", "kill", "--signal", "SIGKILL", id]);
      await this.hasStatus(id, "STOPPED");
    }
    await this.ctr(["tasks", "delete", id], { status: "any" });
    await this.ctr(["containers", "delete", id]);
  }

  /** The fifo that `ctr` made for a stream of a container. Not before it is started; until `ctr` deletes its task. */
  fifo(id: string, stream: "stdin" | "stdout" | "stderr"): string {
    const name = `${id}-${stream}`;
    const dirs = readdirSync(this.#fifoDir).map((dir) => join(this.#fifoDir, dir));
    const dir = dirs.find((each) => readdirSync(each).includes(name));
    if (dir === undefined) throw new Error(`fifo ${name}: none in ${this.#fifoDir}`);
    return join(dir, name);
  }

  // Not in /run/containerd, where `ctr` leaves those of detached containers.
  get #fifoDir(): string {
    return join(this.daemon.dir, "fifo");
  }

  get #fifos(): string[] {
    return ["--fifo-dir", this.#fifoDir];
  }
}
