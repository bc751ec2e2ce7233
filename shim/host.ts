// What every container of a shim shares with the rest of it. Types only.
import type { Attachments } from "./attach/attachments.ts";
import type { Exits } from "./exits.ts";
import type { Log } from "./log.ts";
import type { CliDriverOptions } from "./oci/cli-driver.ts";
import type { EventSink } from "./publisher.ts";

/** The shim around a container. */
export interface ContainerHost {
  readonly namespace: string;
  readonly exits: Exits;
  /** `isFull`: the manager has been away for so long that no new work is taken on. */
  readonly events: EventSink & { readonly isFull: boolean };
  readonly log: Log;
  /** Where processes with brokered stdio are found by those who attach. */
  readonly attachments: Attachments;
  /** A directory (0700) for what is found out once and remembered for all shims of the machine. */
  readonly stateDir: string;
  /** Other budgets for OCI runtimes than the driver's own; for tests. */
  readonly runtimeTimeoutsMs?: CliDriverOptions["timeoutsMs"];
}
