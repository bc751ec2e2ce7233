// What a manager does with shims, for tests: directories, bundles with their log, a place for events, `start` and `delete` of the
// program, connections, standard streams. Everything lies in the suite's directory, carries its id, and is undone when a
// container is disposed of, and checked then: what is left fails the test that left it.
// The process becomes a subreaper, so that the shims, which are orphans by design, are its own to reap.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeBusyboxRootfs } from "../../manager/images/embedded-busybox.ts";
import { setSubreaper } from "../../sys/prctl.ts";
import { Reaper } from "../../sys/wait.ts";
import type { ContainerOptions, ShimProgram } from "./container-options.ts";
import { type Suite, useSuite } from "./suite.ts";
import { type ContainerHost, TestContainer } from "./test-container.ts";
import { until } from "./until.ts";

/** Makes containers and their shims for one test file. */
export class ShimHarness implements ContainerHost {
  readonly program: ShimProgram;
  readonly suite: Suite;
  readonly #containers = new Set<TestContainer>();
  readonly #reaped = new Set<number>();
  readonly #reaper = new Reaper({ onExit: ({ pid }) => this.#reaped.add(pid) });
  #ready: Promise<void> | undefined;

  constructor(program: ShimProgram) {
    this.program = program;
    this.suite = useSuite({ onEnd: () => this.#end() });
  }

  /** The suite's directory. */
  get dir(): string {
    return this.suite.dir;
  }

  /** A root file system with busybox, shared by all containers that bring none of their own. */
  get rootDir(): string {
    return join(this.suite.dir, "root");
  }

  /** The root of the OCI runtime's state. */
  get runtimeRoot(): string {
    return join(this.suite.dir, "runtime");
  }

  /** A container's bundle and a place for its events; no shim yet. */
  async prepare(options: ContainerOptions = {}): Promise<TestContainer> {
    this.#ready ??= this.#begin();
    await this.#ready;
    // The last letter keeps the first id from being a part of the tenth.
    const id = `${this.suite.newId()}c`;
    const container = await TestContainer.prepare(this, id, options);
    this.#containers.add(container);
    return container;
  }

  /** A bundle, and its shim running and connected; no container yet. */
  async start(options: ContainerOptions = {}): Promise<TestContainer> {
    const container = await this.prepare(options);
    try {
      await container.start();
      return container;
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A container that is created and started, in a shim of its own. */
  async run(options: ContainerOptions = {}): Promise<TestContainer> {
    const container = await this.start(options);
    try {
      await container.create();
      await container.task.start({ id: container.id });
      return container;
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Forgets a container that has cleaned up after itself. */
  forget(container: TestContainer): void {
    this.#containers.delete(container);
  }

  /** Waits until a shim is dead and reaped. */
  async shimGone(pid: number): Promise<void> {
    await until(() => this.#reaped.has(pid) || !existsSync(`/proc/${pid}`), {
      what: `the end of shim ${pid}`,
    });
  }

  // With the first container: hooks of a file run side by side, and the directory is made by one of them.
  async #begin(): Promise<void> {
    setSubreaper();
    this.#reaper.start();
    await mkdir(this.rootDir);
    await writeBusyboxRootfs(this.rootDir);
  }

  async #end(): Promise<void> {
    const errors: unknown[] = [];
    for (const container of [...this.#containers].reverse()) {
      await container[Symbol.asyncDispose]().catch((error) => errors.push(error));
    }
    // Orphans of ours (loggers, runtimes that a test killed) may be on their way out.
    await until(() => orphans().length === 0, { what: "the last orphan" }).catch(() => undefined);
    this.#reaper[Symbol.dispose]();
    setSubreaper(false);
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} containers left something`);
  }
}

function orphans(): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/status`, "utf8").includes(`\nPPid:\t${process.pid}\n`);
    } catch {
      return false;
    }
  });
}
