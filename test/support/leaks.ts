// The leak check of a suite: what was there before, what is there after, and an error that names each thing that is new. It
// waits a bounded time for what is still on its way out. It knows this process's own things and those that carry the
// suite's id, so that tests at the same time, and a system's own containers, do not disturb it.

import { once } from "node:events";
import { connect } from "node:net";
import { type MachineState, readMachineState } from "./machine-state.ts";

/** What to look at. */
export interface LeakCheckOptions {
  /** The id that everything the suite makes carries in its name. */
  id: string;
  /** More directories in which names with the id, and any socket, count. */
  dirs?: readonly string[];
}

const settleMs = 5_000;
const pauseMs = 20;

/** A comparison of the machine's state before and after. */
export class LeakCheck {
  readonly #options: LeakCheckOptions;
  readonly #before: MachineState;

  private constructor(options: LeakCheckOptions, before: MachineState) {
    this.#options = options;
    this.#before = before;
  }

  /** Remembers the state from which on new things are leaks. */
  static async begin(options: LeakCheckOptions): Promise<LeakCheck> {
    // Once for nothing: the first look opens what the process keeps open from then on, and so does libuv with the first
    // stream, which is standard output unless that is a file: /dev/null, in reserve for when descriptors run out.
    await once(connect("/dev/null/no-socket"), "error");
    readMachineState(options.id, options.dirs);
    await new Promise((resolve) => setImmediate(resolve));
    return new LeakCheck(options, readMachineState(options.id, options.dirs));
  }

  /** What is there now that was not there before; a line each. */
  leaks(): string[] {
    const now = readMachineState(this.#options.id, this.#options.dirs);
    const kinds = Object.keys(now) as (keyof MachineState)[];
    return kinds.flatMap((kind) => {
      const before = new Set(this.#before[kind].map(identity));
      return now[kind].filter((line) => !before.has(identity(line)));
    });
  }

  /** Throws an error that lists what is left, after giving it `withinMs` to go away. */
  async assertClean({ withinMs = settleMs }: { withinMs?: number } = {}): Promise<void> {
    const startedAt = performance.now();
    let leaks = this.leaks();
    while (leaks.length > 0 && performance.now() - startedAt < withinMs) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      leaks = this.leaks();
    }
    if (leaks.length === 0) return;
    throw new Error(
      `"${this.#options.id}" left ${leaks.length} behind:\n${leaks.map((line) => `  ${line}`).join("\n")}`,
    );
  }
}

// A process may change its state or its command line and remains the same one.
function identity(line: string): string {
  return /^process \d+/.exec(line)?.[0] ?? line;
}
