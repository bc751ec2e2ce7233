// Brokered stdio of a process, from its plan to what its sessions reach of it. In front of `stdio/` and `attach/`, which know
// neither processes nor containers.
import type { Attachments } from "./attach/attachments.ts";
import type { Process } from "./process.ts";
import type { Brokered, OnNotice } from "./stdio/contract.ts";
import type { StdioPlan } from "./stdio/spec.ts";

/** Whose broker is to be opened. */
export interface BrokerWish {
  readonly containerId: string;
  readonly process: Process;
  readonly plan: StdioPlan;
  readonly attachments: Attachments;
  readonly onNotice: OnNotice;
}

/**
 * Gives a process its broker, when its plan asks for one: sessions can be opened from then on, before the process is there. The
 * process owns it. Throws a HawserError that names the log or the socket that could not be opened.
 */
export async function openBroker({
  containerId,
  process,
  plan,
  attachments,
  onNotice,
}: BrokerWish): Promise<void> {
  if (plan.output.kind !== "brokered") return;
  const { execId } = process;
  const { wanted } = plan.output;
  const { isTerminal } = plan;
  const hasStdin = plan.stdin !== undefined;
  process.attachBroker(
    await attachments.open({ containerId, execId, isTerminal, hasStdin, wanted, onNotice }),
  );
}

/** What the stdio of a process needs to know of its broker; undefined when it has none. */
export function brokeredOf(process: Process): Brokered | undefined {
  const { broker } = process;
  if (broker === undefined) return undefined;
  const control = {
    signal: (number: number) => process.signal(number),
    killAll: () => process.endAll(),
  };
  return { broker, control };
}
