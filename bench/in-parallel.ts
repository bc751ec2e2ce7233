// Many things, some at a time.

/** Runs all tasks, `atOnce` of them at a time, to their ends; then throws the first error there was. */
export async function inParallel(
  tasks: readonly (() => PromiseLike<unknown>)[],
  atOnce: number,
): Promise<void> {
  const rest = [...tasks];
  const worker = async (): Promise<void> => {
    for (let next = rest.shift(); next; next = rest.shift()) await next();
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
}
