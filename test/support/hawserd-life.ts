// The life of one container on a hawserd, step by step, on an OCI runtime and a shim that can be told to stop in the middle:
// for tests that kill somebody meanwhile and look at what is told and what is left.

import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { Journal } from "../../manager/events/journal.ts";
import { Database } from "../../manager/metadata/database.ts";
import { defaultProcess, defaultSpec } from "../../manager/oci/default-spec.ts";
import { RUNTIME_SCHEMA } from "../../manager/runtime/runtime-schema.ts";
import { pack, packJson } from "../../proto/any.ts";
import { isNotFound } from "../../proto/errors.ts";
import { Containers } from "../../proto/gen/containers.ts";
import { Processes, type ProcessInfo } from "../../proto/gen/processes.ts";
import { Options } from "../../proto/gen/runc-options.ts";
import { Shims } from "../../proto/gen/shims.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import { FOREVER, shell } from "./container-options.ts";
import { linesOf } from "./event-recorder.ts";
import { GrpcClient } from "./grpc-client.ts";
import type { Hawserd } from "./hawserd.ts";
import { until } from "./until.ts";

const fake = resolve(import.meta.dirname, "../fakes/oci-runtime.sh");
const realShim = resolve(import.meta.dirname, "../../bin/containerd-shim-hawser-v2");

/** A step of a life. */
export type Step = "create" | "start" | "exec" | "kill" | "delete";

/** The steps that come before one. */
export const BEFORE: Readonly<Record<Step, readonly Step[]>> = {
  create: [],
  start: ["create"],
  exec: ["create", "start"],
  kill: ["create", "start"],
  delete: ["create", "start", "kill"],
};

/** What `start` of the shim is told: to stop before it does anything, or after it has done all but answer. */
export type HelperBehaviour = "ok" | "hang" | "hang-after";

const STORY = ["create", "start", "exec-added e", "exec-started e", "exit e 137", "exit 137", "delete"];

/**
 * A first call, to nobody: with its output in a file, Node opens /dev/null for the gRPC library and keeps it, and a suite that
 * begins afterwards does not take that for a leak.
 */
export async function warmGrpcUp(): Promise<void> {
  using client = new GrpcClient("/nobody.sock");
  await client.call(Shims, "list", {}).catch(() => undefined);
}

/** A container on a hawserd. */
export class HawserdLife implements Disposable {
  readonly id: string;
  readonly #hawserd: Hawserd;
  readonly #dir: string;
  #client: GrpcClient;
  /** The last event before this life: an id has several. */
  #since: bigint;

  private constructor(hawserd: Hawserd, id: string) {
    this.id = id;
    this.#hawserd = hawserd;
    this.#dir = join(hawserd.dir, "lives", id);
    mkdirSync(this.#dir, { recursive: true });
    this.#client = new GrpcClient(hawserd.address, { namespace: hawserd.namespace });
    this.#since = 0n;
  }

  /** Makes the record of a container, of one that goes on for ever unless a script is given; nothing runs. */
  static async begin(
    hawserd: Hawserd,
    id: string,
    rootDir: string,
    { labels = {}, script = FOREVER }: { labels?: Readonly<Record<string, string>>; script?: string } = {},
  ): Promise<HawserdLife> {
    const life = new HawserdLife(hawserd, id);
    life.behave();
    life.holdHelper("ok");
    const spec = defaultSpec({ args: shell(script), rootDir, cgroupsPath: `/${id}` });
    const options = pack(Options, {
      binaryName: life.#script("runtime", RUNTIME),
      root: join(hawserd.dir, "oci"),
    });
    const runtime = { name: life.#script("containerd-shim-held-v2", SHIM), options };
    const container = { id, labels, runtime, spec: packJson("Spec", spec) };
    await life.#client.call(Containers, "create", { container });
    return life;
  }

  get bundleDir(): string {
    return join(this.#hawserd.stateDir, "tasks", this.#hawserd.namespace, this.id);
  }

  /** Tells the OCI runtime what to do from its next call on. */
  behave(...lines: string[]): void {
    rmSync(join(this.bundleDir, "fake-oci-runtime.hangs"), { force: true });
    writeFileSync(join(this.#dir, "behaviour"), `${["real=runc", ...lines].join("\n")}\n`);
  }

  /** Tells `start` of the shim what to do. */
  holdHelper(behaviour: HelperBehaviour): void {
    rmSync(join(this.#dir, "helper.hangs"), { force: true });
    writeFileSync(join(this.#dir, "helper"), behaviour);
  }

  /** Waits until the OCI runtime hangs. */
  async runtimeHangs(): Promise<void> {
    const mark = join(this.bundleDir, "fake-oci-runtime.hangs");
    await until(() => existsSync(mark), { what: "the runtime hangs", logs: { log: () => this.#log() } });
  }

  /** Waits until `start` hangs, and answers its pid. */
  async helperHangs(): Promise<number> {
    const mark = join(this.#dir, "helper.hangs");
    return await until(() => existsSync(mark) && Number(readFileSync(mark, "utf8")), {
      what: "the helper hangs",
    });
  }

  /** Ends the runtimes that hang: whoever started them may be dead. Answers how many there were. */
  endRuntimes(): number {
    let count = 0;
    for (const name of readdirSync("/proc")) {
      if (!/^[0-9]+$/.test(name)) continue;
      try {
        const isSleep = readFileSync(`/proc/${name}/comm`, "utf8") === "sleep\n";
        // By the id: the bundle may have been renamed and removed under it.
        if (!isSleep || !readlinkSync(`/proc/${name}/cwd`).includes(this.id)) continue;
        process.kill(Number(name), "SIGKILL");
        count++;
      } catch {
        // gone
      }
    }
    return count;
  }

  /** Takes a step. */
  async take(step: Step): Promise<void> {
    const containerId = this.id;
    const quick = { timeoutMs: 30_000 };
    switch (step) {
      case "create":
        await this.#client.call(Tasks, "create", { containerId }, quick);
        return;
      case "start":
        await this.#client.call(Tasks, "start", { containerId }, quick);
        return;
      case "exec": {
        const spec = packJson("Process", defaultProcess({ args: ["sleep", "1000"] }));
        await this.#client.call(Tasks, "exec", { containerId, execId: "e", spec }, quick);
        await this.#client.call(Tasks, "start", { containerId, execId: "e" }, quick);
        return;
      }
      case "kill":
        await this.#client.call(Tasks, "kill", { containerId, signal: 9, all: true }, quick);
        return;
      case "delete":
        await this.#client.call(Tasks, "wait", { containerId }, quick);
        await this.#client.call(Tasks, "delete", { containerId }, quick);
    }
  }

  /** Init, as hawserd's record has it; undefined when there is none. */
  async init(): Promise<ProcessInfo | undefined> {
    const { processes } = await this.#client.call(Processes, "list", { containerId: this.id });
    return processes[0];
  }

  /** Waits until init is as `condition` says. */
  async untilInit(what: string, condition: (init: ProcessInfo) => boolean): Promise<ProcessInfo> {
    let last: ProcessInfo | undefined;
    await until(
      async () => {
        last = await this.init();
        return last !== undefined && condition(last);
      },
      { what, deadline: 30_000, logs: { init: () => String(last?.state), log: () => this.#log() } },
    );
    return last as ProcessInfo;
  }

  /** Whether it has a record. */
  async exists(): Promise<boolean> {
    const { containers } = await this.#client.call(Containers, "list", { filters: [`id==${this.id}`] });
    return containers.length > 0;
  }

  /** Pid of the shim, from the shim's own word to hawserd. */
  async shimPid(): Promise<number> {
    const { shims } = await this.#client.call(Shims, "list", { id: this.id });
    return shims[0]?.pid ?? 0;
  }

  /** After hawserd was restarted. */
  reconnect(): void {
    this.#client[Symbol.dispose]();
    this.#client = new GrpcClient(this.#hawserd.address, { namespace: this.#hawserd.namespace });
  }

  /** Ends what there is, as a user would. */
  async endTask(): Promise<void> {
    const containerId = this.id;
    await until(
      async () => {
        try {
          await this.#client.call(Tasks, "get", { containerId });
        } catch (error) {
          if (isNotFound(error)) return true;
          throw error;
        }
        await this.#client.call(Tasks, "kill", { containerId, signal: 9, all: true }).catch(() => undefined);
        await this.#client.call(Tasks, "wait", { containerId }, { timeoutMs: 8_000 }).catch(() => undefined);
        await this.#client.call(Tasks, "delete", { containerId }, { timeoutMs: 8_000 });
        return true;
      },
      { what: "the task is ended", deadline: 40_000, logs: { log: () => this.#log() } },
    );
  }

  /** The whole life once more, under the same id. */
  async liveAgain(): Promise<void> {
    this.behave();
    this.holdHelper("ok");
    this.#since = this.#journal().at(-1)?.seq ?? 0n;
    for (const step of ["create", "start", "exec", "kill", "delete"] as const) await this.take(step);
    await this.told("create", "start", "exec-added e", "exec-started e", "exit e 137", "exit 137", "delete");
  }

  /** Waits for these events since the life began, in this order, and no others. */
  async told(...lines: string[]): Promise<void> {
    await until(() => this.#lines().length >= lines.length, {
      what: `${lines.length} events`,
      deadline: 20_000,
      logs: { told: () => this.#lines().join("\n"), log: () => this.#log() },
    });
    assert.deepEqual(this.#lines(), lines);
  }

  /** Each event once, in the order of the story; what began has ended. */
  async assertTold(): Promise<void> {
    const isWhole = () => {
      const lines = this.#lines();
      return !lines.includes("create") || (lines.includes("exit 137") && lines.includes("delete"));
    };
    await until(isWhole, {
      what: "the end of what began is told",
      deadline: 20_000,
      logs: { told: () => this.#lines().join("\n"), log: () => this.#log() },
    });
    const lines = this.#lines();
    const places = lines.map((line) => STORY.indexOf(line));
    assert.ok(!places.includes(-1), `an event that cannot be: ${lines.join(", ")}`);
    const inOrder = [...new Set(places)].sort((a, b) => a - b);
    assert.deepEqual(places, inOrder, lines.join(", "));
    if (lines.includes("exec-started e")) assert.ok(lines.includes("exit e 137"), lines.join(", "));
  }

  /** Removes the record. */
  async forget(): Promise<void> {
    await this.#client.call(Containers, "delete", { id: this.id });
  }

  [Symbol.dispose](): void {
    this.endRuntimes();
    this.#client[Symbol.dispose]();
  }

  /** What was told of its task since the life began. */
  get lines(): readonly string[] {
    return this.#lines();
  }

  #journal() {
    using database = Database.openReadOnly(join(this.#hawserd.rootDir, "runtime.db"), RUNTIME_SCHEMA);
    return new Journal(database).since(this.#since, 100_000);
  }

  #lines(): string[] {
    return this.#journal()
      .filter(({ envelope }) => envelope.topic.startsWith("/tasks/"))
      .map(({ envelope }) => linesOf(envelope))
      .filter(({ containerId }) => containerId === this.id)
      .map(({ line }) => line);
  }

  #log(): string {
    return this.#hawserd.log.slice(-6_000);
  }

  #script(name: string, text: string): string {
    const path = join(this.#dir, name);
    writeFileSync(
      path,
      text.replaceAll("DIR", this.#dir).replaceAll("REAL_SHIM", realShim).replaceAll("FAKE", fake),
    );
    chmodSync(path, 0o755);
    return path;
  }
}

// Runs in the bundle, where the fake looks for its orders.
const RUNTIME = `#!/bin/sh
cp DIR/behaviour ./fake-oci-runtime 2>/dev/null
exec FAKE "$@"
`;

const SHIM = `#!/bin/sh
for action; do :; done
behaviour=$(cat DIR/helper)
if [ "$action" = start ] && [ "$behaviour" != ok ]; then
  [ "$behaviour" = hang ] || REAL_SHIM "$@" >DIR/reply
  echo $$ >DIR/helper.tmp
  mv DIR/helper.tmp DIR/helper.hangs
  exec sleep 1000000
fi
exec REAL_SHIM "$@"
`;
