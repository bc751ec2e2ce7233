// Stopping a process for certain: SIGSTOP is on its way when kill(2) returns, and on a busy machine threads of the process go on
// and answer meanwhile.

import { readdirSync, readFileSync } from "node:fs";
import { until } from "./until.ts";

/** Sends SIGSTOP and waits until every thread has stopped. SIGCONT is the caller's. */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await until(() => readdirSync(`/proc/${pid}/task`).every((thread) => stateOf(pid, thread) === "T"), {
    what: `process ${pid} has stopped`,
  });
}

// See proc(5): the state follows the command, which can have anything in it but ends with the last bracket.
function stateOf(pid: number, thread: string): string | undefined {
  const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
  return text[text.lastIndexOf(")") + 2];
}
