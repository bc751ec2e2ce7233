// The core of a shim inside the test's own process: the Task service, exits and a reaper, on the fake OCI runtime, with a
// recorder where the manager would be. Everything lies in the suite's directory.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pack } from "../../proto/any.ts";
import type { Codec, Init } from "../../proto/codec.ts";
import { codeName, HawserError } from "../../proto/errors.ts";
import { TaskExit } from "../../proto/gen/events.ts";
import { Options } from "../../proto/gen/runc-options.ts";
import { CreateTaskRequest } from "../../proto/gen/task.ts";
import { topicOf } from "../../proto/topics.ts";
import { Attachments } from "../../shim/attach/attachments.ts";
import { Exits } from "../../shim/exits.ts";
import type { ContainerHost } from "../../shim/host.ts";
import type { Verb } from "../../shim/oci/argv.ts";
import { TaskService } from "../../shim/task-service.ts";
import { setSubreaper } from "../../sys/prctl.ts";
import { Reaper } from "../../sys/wait.ts";
import type { Suite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const FAKE = resolve(import.meta.dirname, "oci-runtime.sh");

/** A shim without a socket. */
export class ShimCore {
  readonly host: ContainerHost;
  readonly tasks: TaskService;
  /** What was published, a line each: `create`, `start`, `exit e1 0` (init without a name). */
  readonly events: string[] = [];
  /** What was logged as a warning or worse. */
  readonly warnings: string[] = [];
  readonly seen = { shutdowns: 0, changes: 0 };
  isFull = false;
  readonly #suite: Suite;

  constructor(suite: Suite, exits: Exits, timeoutsMs: Partial<Record<Verb, number>> = {}) {
    this.#suite = suite;
    const warn = (message: string, fields?: unknown): void => {
      this.warnings.push(`${message} ${describe(fields)}`);
    };
    const core = this;
    this.host = {
      namespace: suite.id,
      exits,
      events: {
        publish: (codec, message) => this.#record(codec, message),
        get isFull() {
          return core.isFull;
        },
      },
      log: { debug: () => undefined, info: () => undefined, warn, error: warn },
      attachments: new Attachments({ socketPath: join(suite.dir, "shim"), isKnown: () => false }),
      stateDir: suite.dir,
      runtimeTimeoutsMs: timeoutsMs,
    };
    this.tasks = new TaskService(this.host, {
      onShutdown: () => {
        this.seen.shutdowns += 1;
      },
      onChange: () => {
        this.seen.changes += 1;
      },
    });
  }

  /** A bundle whose OCI runtime behaves as these lines say. */
  bundle(behaviour: readonly string[] = [], config: string | undefined = OWN_PID_NAMESPACE): FakeBundle {
    return new FakeBundle(this.#suite, behaviour, config);
  }

  /** Create. */
  create(bundle: FakeBundle, request: Init<CreateTaskRequest> = {}, signal = new AbortController().signal) {
    const options = pack(Options, { binaryName: FAKE, root: join(this.#suite.dir, "state") });
    const { id, dir } = bundle;
    const message = CreateTaskRequest.decode(
      CreateTaskRequest.encode({ id, bundle: dir, options, ...request }),
    );
    return this.tasks.create(message, { signal });
  }

  /** Create and Start. */
  async run(bundle: FakeBundle): Promise<number> {
    await this.create(bundle);
    return (await this.tasks.start({ id: bundle.id, execId: "" })).pid;
  }

  /** Registers an exec. */
  addExec(id: string, execId: string, stdio: { stdin?: string; stdout?: string; stderr?: string } = {}) {
    const spec = { typeUrl: "Process", value: Buffer.from('{"args":["true"]}') };
    return this.tasks.exec({
      id,
      execId,
      spec,
      stdin: "",
      stdout: "",
      stderr: "",
      terminal: false,
      ...stdio,
    });
  }

  /** Kills init, waits for its end, deletes. */
  async end(id: string): Promise<void> {
    await this.tasks.kill({ id, execId: "", signal: 9, all: false }).catch(() => undefined);
    await this.tasks.wait({ id, execId: "" });
    await this.tasks.delete({ id, execId: "" });
  }

  /** Waits until the events are these, in this order. */
  async hears(lines: readonly string[]): Promise<void> {
    await until(() => this.events.length >= lines.length, {
      what: `${lines.length} events`,
      logs: { events: () => this.events.join("\n"), warnings: () => this.warnings.join("\n") },
    });
    assert.deepEqual(this.events, lines);
  }

  #record<T>(codec: Codec<T>, message: NoInfer<Init<T>>): void {
    const name = topicOf(codec).replace("/tasks/", "");
    const { containerId, id, execId, exitStatus } = message as {
      containerId?: string;
      id?: string;
      execId?: string;
      exitStatus?: number;
    };
    const who = execId ?? (id === containerId ? undefined : id);
    const status = codec.typeName === TaskExit.typeName ? exitStatus : undefined;
    this.events.push([name, who, status].filter((part) => part !== undefined).join(" "));
  }
}

const OWN_PID_NAMESPACE = '{"ociVersion":"1.0.2","linux":{"namespaces":[{"type":"pid"}]}}';

/** A bundle for the fake runtime. */
export class FakeBundle {
  readonly id: string;
  readonly dir: string;
  readonly #before: string[];

  constructor(suite: Suite, behaviour: readonly string[], config: string | undefined) {
    this.id = suite.newId();
    this.dir = join(suite.dir, this.id);
    mkdirSync(join(this.dir, "rootfs"), { recursive: true });
    if (config !== undefined) writeFileSync(join(this.dir, "config.json"), config);
    this.behave(behaviour);
    this.#before = readdirSync(this.dir);
  }

  /** What the runtime does from now on. */
  behave(lines: readonly string[]): void {
    writeFileSync(join(this.dir, "fake-oci-runtime"), lines.map((line) => `${line}\n`).join(""));
  }

  has(name: string): boolean {
    return existsSync(join(this.dir, name));
  }

  /** Files that came since it was made, but those that a bundle has for `delete` and for people. */
  added(): string[] {
    const fake = ["fake-oci-runtime.calls", "fake-oci-runtime.hangs"];
    const known = [...this.#before, ...fake, "options.json", "runtime", "log.json"];
    return readdirSync(this.dir).filter((name) => !known.includes(name));
  }
}

/** Reaps for all cores of a test file. Call `end` when the suite ends. */
export function useExits(): { exits: Exits; end: () => void } {
  const exits = new Exits();
  const reaper = new Reaper({
    onExit: (exit) => exits.deliver(exit),
    isOurs: (pid) => exits.isKnown(pid),
  });
  setSubreaper();
  reaper.start();
  return {
    exits,
    end: () => {
      reaper[Symbol.dispose]();
      setSubreaper(false);
    },
  };
}

/** The error of something that has to fail, as `Code: message`. */
export async function failure(what: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof what === "function" ? what() : what);
  } catch (caught) {
    const { code, message } = HawserError.from(caught);
    return `${codeName(code)}: ${message}`;
  }
  return assert.fail("it succeeded");
}

function describe(fields: unknown): string {
  return Object.values(fields ?? {})
    .map((value) => (value instanceof Error ? value.message : String(value)))
    .join(" ");
}
