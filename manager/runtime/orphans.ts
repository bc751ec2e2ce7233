// The children that become ours when their parent dies. The manager is a subreaper: a shim is our child as soon as its
// `start` has exited, and a container becomes ours when its shim dies, so that its exit status comes to us and not to a
// process 1 that may not even reap. What libuv or we have spawned is never touched (sys/wait.ts).
// Owns the reaper. One per process, made before the first child is spawned.
import { setSubreaper } from "../../sys/prctl.ts";
import { type ChildExit, Reaper } from "../../sys/wait.ts";

/** Exits kept for whoever asks later; older ones are forgotten. */
const MAX_KEPT = 4096;

/** Reaps orphans and remembers how they ended. */
export class Orphans implements Disposable {
  readonly #exits = new Map<number, ChildExit>();
  readonly #waiting = new Map<number, () => void>();
  readonly #reaper = new Reaper({ onExit: (exit) => this.#keep(exit) });

  /** Starts reaping. */
  start(): void {
    setSubreaper();
    this.#reaper.start();
  }

  /** How an orphan ended that was reaped; takes it from the memory. */
  take(pid: number): ChildExit | undefined {
    const exit = this.#exits.get(pid);
    this.#exits.delete(pid);
    return exit;
  }

  /** Waits until this child, which is ours and has ended, is reaped: at most `budgetMs`. Answers as `take` does. */
  async reaped(pid: number, budgetMs: number): Promise<ChildExit | undefined> {
    if (!this.#exits.has(pid)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, budgetMs);
      this.#waiting.set(pid, resolve);
      await promise;
      this.#waiting.delete(pid);
      clearTimeout(timer);
    }
    return this.take(pid);
  }

  /** A process of this pid begins: what was remembered is of another one. */
  forget(pid: number): void {
    this.#exits.delete(pid);
  }

  /** Stops; what is not reaped by then is left. */
  [Symbol.dispose](): void {
    this.#reaper[Symbol.dispose]();
    setSubreaper(false);
  }

  #keep(exit: ChildExit): void {
    this.#exits.delete(exit.pid);
    this.#exits.set(exit.pid, exit);
    this.#waiting.get(exit.pid)?.();
    if (this.#exits.size <= MAX_KEPT) return;
    const [oldest] = this.#exits.keys();
    if (oldest !== undefined) this.#exits.delete(oldest);
  }
}
