// How long a person waits for `ctr run --rm … true`: the whole command, from its start to its end.
import type { Report } from "./bench.ts";
import { inParallel } from "./in-parallel.ts";
import type { Daemon } from "./manager-daemon.ts";
import { median, spread } from "./sample.ts";
import { table } from "./table.ts";

const TURNS = 15;
const WARM_UP_TURNS = 2;
const AT_ONCE = 8;

/** A daemon, and what `ctr run` is told besides. */
export interface RunSubject {
  readonly name: string;
  readonly daemon: Daemon;
  readonly flags: readonly string[];
}

/** `image` is in every daemon. The first subject is the peer that the others are compared with. */
export async function measureRun(subjects: readonly RunSubject[], image: string): Promise<Report> {
  const results = subjects.map((subject) => ({ subject, alone: [] as number[], crowd: [] as number[] }));
  let count = 0;
  const run = async ({ daemon, flags }: RunSubject): Promise<number> => {
    count += 1;
    const began = performance.now();
    await daemon.ctr("run", "--rm", ...flags, image, `run-${process.pid}-${count}`, "true");
    return performance.now() - began;
  };
  for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++) {
    for (const { subject, alone } of results) {
      const taken = await run(subject);
      if (turn >= 0) alone.push(taken);
    }
  }
  for (let turn = 0; turn < 3; turn++) {
    for (const { subject, crowd } of results) {
      const began = performance.now();
      await inParallel(
        Array.from({ length: AT_ONCE * 4 }, () => () => run(subject)),
        AT_ONCE,
      );
      crowd.push((performance.now() - began) / (AT_ONCE * 4));
    }
  }
  const peer = results[0];
  const peerAlone = median(peer?.alone ?? []);
  const peerCrowd = median(peer?.crowd ?? []);
  const rows = results.map(({ subject, alone, crowd }) => [
    subject.name,
    spread(alone, 0),
    (median(alone) / peerAlone).toFixed(2),
    spread(crowd, 0),
    (median(crowd) / peerCrowd).toFixed(2),
  ]);
  const text = [
    "### A container, from the command to its end",
    "",
    `Milliseconds of \`ctr run --rm <image> <id> true\`, the same \`ctr\` for all: ${TURNS} turns one after the other, and per`,
    `container when ${AT_ONCE} such commands run at any time (3 × ${AT_ONCE * 4}).`,
    "",
    table(["", "alone", "× peer", `${AT_ONCE} at a time`, "× peer"], rows),
  ].join("\n");
  return { text, targets: [] };
}
