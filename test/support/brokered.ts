// Containers and execs with brokered stdio, and what their logs hold.

import { OutputLogReader } from "../../output-log/reader.ts";
import { BROKERED_STREAM, type BrokeredStdio, formatBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { ReplayFrom } from "../../proto/gen/attach.ts";
import type { ShimHarness } from "./shim-harness.ts";
import type { TestContainer } from "./test-container.ts";

/** For sessions that are to see everything that is kept. */
export const ALL = { replayFrom: ReplayFrom.REPLAY_FROM_ALL };

/** What Create and Exec say for brokered stdio. */
export function brokered(wanted: BrokeredStdio = {}, { stdin = true, terminal = false } = {}) {
  return {
    terminal,
    stdin: stdin ? BROKERED_STREAM : "",
    stdout: formatBrokeredStdio(wanted),
    stderr: terminal ? "" : BROKERED_STREAM,
  };
}

/** A container of a script, created and started. */
export async function runBrokered(
  harness: ShimHarness,
  script: string,
  wanted: BrokeredStdio = {},
  { terminal = false } = {},
): Promise<TestContainer> {
  const container = await harness.start({ script, isTerminal: terminal });
  try {
    await container.create(brokered(wanted, { terminal }));
    await container.task.start({ id: container.id });
    return container;
  } catch (error) {
    await container[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a log holds, from `from` on. */
export async function wholeLog(
  dir: string,
  from = 0n,
): Promise<{ readonly bytes: Buffer; readonly gaps: { from: bigint; to: bigint; reason: string }[] }> {
  const reader = OutputLogReader.open(dir);
  const parts: Uint8Array[] = [];
  const gaps: { from: bigint; to: bigint; reason: string }[] = [];
  for (let next = from; ; ) {
    const page = await reader.read(next, 1024 * 1024);
    if (page.entries.length === 0) return { bytes: Buffer.concat(parts), gaps };
    for (const { record, gap } of page.entries) {
      if (gap) gaps.push(gap);
      else parts.push(Buffer.from(record.bytes));
    }
    next = page.next;
  }
}
