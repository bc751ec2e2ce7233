// Waiting by turns of the event loop, for what happens inside this process: a turn takes microseconds, where `until.ts`
// sleeps between its questions.

/** Waits until `condition` holds, a turn at a time; throws with `what` at the deadline. */
export async function until(
  condition: () => boolean,
  what: string | (() => string),
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error(`timed out after ${deadlineMs} ms: ${typeof what === "string" ? what : what()}`);
    }
    await turns(1);
  }
}

/** Some turns of the event loop: what is on its way inside this process has arrived. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
