// A `hawser logs` that goes on by itself, and what it has printed so far.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Hawserd } from "./hawserd.ts";

const hawserPath = resolve(import.meta.dirname, "../../bin/hawser");

/** One process. Its end is the test's to wait for. */
export class LogFollower {
  readonly #child: ChildProcess;
  readonly #out: string[] = [];
  /** Resolves with its exit status, −1 when a signal ended it. */
  readonly ended: Promise<number>;
  stderr = "";
  hasEnded = false;

  /** `hawser logs` with these arguments. */
  constructor(hawserd: Hawserd, args: readonly string[]) {
    this.#child = spawn(hawserPath, ["logs", ...args], {
      env: hawserd.hawserEnv,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (bytes: Buffer) => this.#out.push(bytes.toString("latin1")));
    this.#child.stderr?.on("data", (bytes: Buffer) => {
      this.stderr += bytes.toString();
    });
    this.ended = once(this.#child, "close").then(([status]) => {
      this.hasEnded = true;
      return status ?? -1;
    });
  }

  /** Bytes, as a character each. */
  get stdout(): string {
    if (this.#out.length > 1) this.#out.splice(0, this.#out.length, this.#out.join(""));
    return this.#out[0] ?? "";
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
