// What is measured of commands that run a container: the wall clock of the whole command, alone with everything in memory, alone with
// nothing of it in the page cache, and many at a time.
import { writeFile } from "node:fs/promises";
import { inParallel } from "./in-parallel.ts";
import type { RunCommand } from "./run-command.ts";
import { median, spread } from "./sample.ts";
import { table } from "./table.ts";

const WARM_TURNS = 20;
const WARM_UP_TURNS = 2;
const COLD_TURNS = 5;
const CROWD_TURNS = 3;
const AT_ONCE = 16;
const CROWD = 32;

interface Result {
  readonly command: RunCommand;
  readonly warm: number[];
  readonly cold: number[];
  readonly crowd: number[];
}

/** Measures, and returns the table. The first command is the one that the others are compared with. */
export async function measureRunCommands(
  commands: readonly RunCommand[],
  progress: (line: string) => void,
): Promise<string> {
  const results: Result[] = commands.map((command) => ({ command, warm: [], cold: [], crowd: [] }));
  let count = 0;
  const once = async (command: RunCommand): Promise<number> => {
    count += 1;
    const began = performance.now();
    await command.once(`run-${process.pid}-${count}`);
    return performance.now() - began;
  };
  progress("warm");
  for (let turn = -WARM_UP_TURNS; turn < WARM_TURNS; turn++) {
    for (const { command, warm } of results) {
      const taken = await once(command);
      if (turn >= 0) warm.push(taken);
    }
  }
  progress("cold");
  for (let turn = 0; turn < COLD_TURNS; turn++) {
    for (const { command, cold } of results) {
      // Clean pages, and what the kernel knows of names: every program is read from the disk again.
      await writeFile("/proc/sys/vm/drop_caches", "3");
      cold.push(await once(command));
    }
  }
  progress(`${AT_ONCE} at a time`);
  for (let turn = 0; turn < CROWD_TURNS; turn++) {
    for (const { command, crowd } of results) {
      const began = performance.now();
      await inParallel(
        Array.from({ length: CROWD }, () => () => once(command)),
        AT_ONCE,
      );
      crowd.push((performance.now() - began) / CROWD);
    }
  }
  return tableOf(results);
}

function tableOf(results: readonly Result[]): string {
  const peer = results[0];
  const rows = results.map(({ command, warm, cold, crowd }) => [
    command.name,
    spread(warm, 0),
    (median(warm) / median(peer?.warm ?? [])).toFixed(2),
    spread(cold, 0),
    spread(crowd, 0),
    (median(crowd) / median(peer?.crowd ?? [])).toFixed(2),
  ]);
  return [
    "Milliseconds from the start of the command to its end, with a container of `true` that is removed again. Warm:",
    `${WARM_TURNS} turns. Cold: ${COLD_TURNS} turns, each behind \`drop_caches\`, with the daemon running. ${AT_ONCE} at a time: per`,
    `container, when so many commands run at any time (${CROWD_TURNS} × ${CROWD}). podman has no daemon: what the others leave to theirs, it does`,
    "itself. ctr keeps no log, and does not attach; hawser and podman do both.",
    "",
    table(["", "warm", "× first", "cold", `${AT_ONCE} at a time`, "× first"], rows),
  ].join("\n");
}
