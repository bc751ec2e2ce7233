// `hawser kill`: sends a signal to containers, SIGKILL unless another is named.
import { Code, HawserError, isNotFound } from "../../../proto/errors.ts";
import { signalNumber } from "../../../sys/signal.ts";
import type { Task } from "../../client/task.ts";
import { STOP_SIGNAL_LABEL } from "../../labels.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { findTask, markStopped, sendEnding } from "../container-stop.ts";
import { eachContainer } from "../each-container.ts";
import { Flags } from "../flags.ts";
import { parseSignal } from "../values/signal.ts";

export const examples: readonly Example[] = [
  ["kill web", "end it at once"],
  ["kill --signal HUP web", "have it read its configuration again"],
];

const SIGKILL = 9;
const SIGTERM = 15;

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container...>", "ids or names")
    .option("-s, --signal <signal>", "name or number", "KILL")
    .action(async (references: string[], values: Record<string, unknown>) => {
      const number = new Flags(values).one("--signal", parseSignal) ?? SIGKILL;
      const { signal } = cli;
      await eachContainer(cli, references, async (container) => {
        const { labels } = await container.info({ signal });
        await using task = await findTask(container, signal);
        // What is meant to end it must not bring its restart policy about.
        if (isEnding(number, labels[STOP_SIGNAL_LABEL])) {
          await markStopped(container, labels, signal);
          if (task !== undefined && (await sendEnding(task, number, signal))) return;
        } else if (task !== undefined && (await isSent(task, number, signal))) return;
        const advice = "it does not run; see: hawser ps --all";
        throw new HawserError(
          Code.FailedPrecondition,
          `send a signal to container "${container.id}": ${advice}`,
        );
      });
    });
};

function isEnding(number: number, stopSignal: string | undefined): boolean {
  return number === SIGKILL || number === (signalNumber(stopSignal ?? "") ?? SIGTERM);
}

async function isSent(task: Task, number: number, signal: AbortSignal): Promise<boolean> {
  try {
    await task.kill(number, { signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
