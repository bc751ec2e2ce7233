// What every suite of tests has: an id of its own, a directory of its own, and a leak check around all of it. Call
// `useSuite` once per test file, before its tests.

import { after, before } from "node:test";
import { LeakCheck } from "./leaks.ts";
import { randomId } from "./random-id.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** What a test of the suite uses. */
export interface Suite {
  /** In the name of everything the suite makes. */
  readonly id: string;
  /** The suite's directory; it exists while tests run. Its name carries the id. */
  readonly dir: string;
  /** A new id that carries the suite's. */
  newId(): string;
}

/**
 * Registers the hooks that make the directory, and after the last test remove it and fail for whatever is left. Hooks of
 * the file itself that stop things are to be registered after this call: `after` hooks run in the order of registration, so
 * hand them to `onEnd`, which runs before the leak check.
 */
export function useSuite({ onEnd }: { onEnd?: () => void | Promise<void> } = {}): Suite {
  const id = randomId();
  let dir: TemporaryDirectory | undefined;
  let leaks: LeakCheck | undefined;
  let count = 0;

  before(async () => {
    leaks = await LeakCheck.begin({ id });
    dir = await TemporaryDirectory.create(id);
  });
  after(async () => {
    // The check comes last, whatever fails before it.
    try {
      await onEnd?.();
    } finally {
      try {
        await dir?.[Symbol.asyncDispose]();
      } finally {
        await leaks?.assertClean();
      }
    }
  });

  return {
    id,
    get dir(): string {
      if (dir === undefined)
        throw new Error("the suite has not begun: use its directory inside tests and hooks");
      return dir.path;
    },
    newId() {
      count += 1;
      return `${id}-${count}`;
    },
  };
}
