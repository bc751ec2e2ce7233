// Where the shim bench happens: a private directory with a root file system, another one in memory for bundles and the
// OCI runtime's state, as they lie in /run on a real machine, a place for events, and a process that gets its orphans
// back, because a shim is nobody's child once it has started. Owns the directories and all that runs in them.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEventServer } from "../manager/events/service.ts";
import { writeBusyboxRootfs } from "../manager/images/embedded-busybox.ts";
import { setSubreaper } from "../sys/prctl.ts";
import { Scope } from "../sys/scope.ts";
import { Reaper } from "../sys/wait.ts";
import { placeInMemory } from "./place-in-memory.ts";

export const NAMESPACE = "bench";

/** A shim's program, and the OCI runtime that it is told to use. */
export interface Subject {
  /** As in the tables. */
  readonly name: string;
  readonly binary: string;
  readonly runtime: "runc" | "crun";
}

/** What all containers of a bench share. */
export class World implements AsyncDisposable {
  readonly dir: string;
  /** For bundles and state: in memory, where the machine has a place for that. */
  readonly stateDir: string;
  readonly eventSocket: string;
  readonly #scope: Scope;
  readonly #gone = new Map<number, () => void>();
  readonly #interrupted = new AbortController();
  #containers = 0;

  private constructor(dir: string, stateDir: string, scope: Scope) {
    this.dir = dir;
    this.stateDir = stateDir;
    this.eventSocket = join(dir, "events");
    this.#scope = scope;
  }

  static async make(progress: (line: string) => void): Promise<World> {
    await using scope = new Scope((what, error) => progress(`${what}: ${String(error)}, continuing`));
    const make = async (parent: string): Promise<string> => {
      const dir = await mkdtemp(join(parent, "hawser-bench-"));
      scope.defer("remove directory", () => rm(dir, { recursive: true, force: true }));
      return dir;
    };
    const dir = await make(tmpdir());
    const stateDir = await make(await placeInMemory());
    await mkdir(join(dir, "root"));
    await writeBusyboxRootfs(join(dir, "root"));
    const world = new World(dir, stateDir, scope.move());
    await world.#open();
    return world;
  }

  /** The root file system that all containers have. */
  get rootDir(): string {
    return join(this.dir, "root");
  }

  /** Where the OCI runtime keeps its state. */
  get runtimeDir(): string {
    return join(this.stateDir, "runtime");
  }

  /** A new id, of this run and no other. */
  newId(): string {
    this.#containers += 1;
    return `hawser-bench-${process.pid}-${this.#containers}`;
  }

  /** Throws once somebody has asked the bench to end; then everything is cleaned up on the way out. */
  checkpoint(): void {
    this.#interrupted.signal.throwIfAborted();
  }

  /** Resolves when an orphan of ours has ended. To be called while it lives. */
  whenGone(pid: number): Promise<void> {
    return new Promise((resolve) => this.#gone.set(pid, resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  async #open(): Promise<void> {
    const scope = this.#scope;
    const server = scope.use(
      "close event server",
      createEventServer(() => undefined),
    );
    await server.listen(`unix://${this.eventSocket}`);
    setSubreaper();
    scope.defer("stop reaping", () => setSubreaper(false));
    const reaper = new Reaper({ onExit: ({ pid }) => this.#gone.get(pid)?.() });
    scope.use("close reaper", reaper).start();
    const interrupt = (): void => this.#interrupted.abort(new Error("bench shim: interrupted"));
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, interrupt);
      scope.defer(`forget ${signal}`, () => process.off(signal, interrupt));
    }
  }
}
