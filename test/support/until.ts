// Waiting for a condition. Time bounds the wait and is never the result: a condition that does not come true is an error that
// says what was waited for and shows the logs.

/** How long to wait and what to say. */
export interface UntilOptions {
  /** Milliseconds after which the wait has failed. */
  deadline?: number;
  /** What is waited for, as in "the exit event of init". */
  what: string;
  /** Logs for the message of a failure: texts, or functions that fetch them then. */
  logs?: Record<string, string | (() => string | Promise<string>)>;
  signal?: AbortSignal;
}

const firstPauseMs = 1;
const longestPauseMs = 50;

/**
 * Asks `condition` again and again until it answers with something other than `undefined`, `null` or `false`, and returns that.
 * An error that it throws counts as "not yet" and is the cause of the failure in the end.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { deadline = 10_000, what, logs = {}, signal }: UntilOptions,
): Promise<NonNullable<Exclude<T, false>>> {
  const startedAt = performance.now();
  let pauseMs = firstPauseMs;
  let last: unknown;
  for (;;) {
    signal?.throwIfAborted();
    const leftMs = deadline - (performance.now() - startedAt);
    const answer = await attempt(condition, leftMs);
    if ("value" in answer) return answer.value as NonNullable<Exclude<T, false>>;
    if (answer.error !== undefined) last = answer.error;
    if (performance.now() - startedAt >= deadline) {
      throw new Error(`${what}: not within ${deadline} ms${await logText(logs)}`, { cause: last });
    }
    await pause(Math.min(pauseMs, Math.max(1, leftMs)));
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
  }
}

// A condition that never answers must not outlive the deadline.
async function attempt<T>(
  condition: () => T | Promise<T>,
  leftMs: number,
): Promise<{ value: T } | { error?: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ error: Error }>((resolve) => {
    timer = setTimeout(
      () => resolve({ error: new Error("the condition did not answer") }),
      Math.max(1, leftMs),
    );
  });
  try {
    const asked = (async () => ({ value: await condition() }))();
    const answer = await Promise.race([asked, late]);
    if (!("value" in answer)) return answer;
    const { value } = answer;
    return value === undefined || value === null || value === false ? {} : { value };
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function logText(logs: NonNullable<UntilOptions["logs"]>): Promise<string> {
  let text = "";
  for (const [name, log] of Object.entries(logs)) {
    const lines = await Promise.resolve(typeof log === "string" ? log : log()).catch(
      (error) => `not readable: ${error}`,
    );
    text += `\n--- ${name}\n${lines.trimEnd()}`;
  }
  return text;
}
