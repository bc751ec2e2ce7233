// Many questions to the daemon, a few at a time, answers in the order of the questions.

/** Asked at the same time when nobody says otherwise. */
const AT_ONCE = 8;

/** Does `body` for each value. The first failure is thrown when those under way have ended; none begins after it. */
export async function boundedMap<From, To>(
  values: readonly From[],
  body: (value: From) => Promise<To>,
  atOnce: number = AT_ONCE,
): Promise<To[]> {
  const results: To[] = new Array<To>(values.length);
  const queue = values.entries();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (const [at, value] of queue) {
      if (hasFailed) return;
      try {
        results[at] = await body(value);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(atOnce, values.length) }, work));
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
  return results;
}
