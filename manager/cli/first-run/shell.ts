// The first look of somebody at a terminal: a shell in a container, to leave and to come back to, and nothing left at the end.
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import type { Output } from "../cli.ts";
import type { FirstRunPlace } from "./place.ts";

const NAME = "first";

/** Opens it; resolves when the container has ended, with its status. */
export async function openShell(place: FirstRunPlace, out: Output, signal: AbortSignal): Promise<number> {
  const { command } = place;
  await out.line(
    "A shell in a container of this machine's busybox. Needs no network, and is gone when you exit.",
  );
  await out.line("");
  await out.line("  ctrl-p ctrl-q              leave it running");
  await out.line("  from another terminal      the same shell, and what else there is:");
  await out.line(`    ${command} attach ${NAME}`);
  await out.line(`    ${command} ps`);
  await out.line(`    ${command} events`);
  await out.line(`    ${command} help`);
  await out.line("");
  let status = await run(place, ["run", "-it", "--name", NAME, "busybox"]);
  while (await isRunning(place)) {
    if (!(await wantsBack(signal))) break;
    status = await run(place, ["attach", NAME]);
  }
  await out.line(`The shell has ended with status ${status}. Removing everything that was made.`);
  return status;
}

async function run(place: FirstRunPlace, args: readonly string[]): Promise<number> {
  const [status] = await once(place.spawn(args, "inherit"), "close");
  return status ?? -1;
}

async function isRunning(place: FirstRunPlace): Promise<boolean> {
  const { stdout } = await place.hawser("ps", "--quiet", "--filter", `name=^${NAME}$`);
  return stdout.trim() !== "";
}

async function wantsBack(signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const question = "You have left the shell, and it runs. Enter: go back to it. q: end everything. ";
    return !/^\s*q/i.test(await lines.question(question, { signal }));
  } catch {
    return false; // the terminal has gone, or Ctrl-C
  } finally {
    lines.close();
  }
}
