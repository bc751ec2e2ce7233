// What is said about a container that hawserd is to look after, as the labels that it reads (manager/labels.ts). Pure.
import { type BrokeredStdio, formatBrokeredStdio } from "../../proto/brokered-stdio.ts";
import {
  AUTO_REMOVE_LABEL,
  MANAGED_LABEL,
  ON,
  RESTART_POLICY_LABEL,
  START_BY_LABEL,
  STDIN_LABEL,
  STDOUT_LABEL,
  STOP_SIGNAL_LABEL,
  STOP_TIMEOUT_LABEL,
} from "../labels.ts";

/** When a container is started again by hawserd: after its end, and after a boot of the machine. docker's words. */
export type RestartPolicy = "no" | "always" | "unless-stopped" | "on-failure" | `on-failure:${number}`;

/** How hawserd looks after a container. */
export interface ManagedOptions {
  /** Remove everything of it when it has ended. Default: keep it. */
  readonly autoRemove?: boolean | undefined;
  /** Default: `no`. */
  readonly restart?: RestartPolicy | undefined;
  /** What asks it to end: a name or a number. Default: what the image says, else SIGTERM. */
  readonly stopSignal?: string | undefined;
  /** How long it may take to end after that. Seconds; -1 is as long as it takes. Default: 10. */
  readonly stopTimeoutSeconds?: number | undefined;
  /** Remove it when it was never started by then: whoever was to start it at once has died. Default: it may wait. */
  readonly startBy?: Date | undefined;
  /** Whether its tasks have an input. Default: no. */
  readonly hasStdin?: boolean | undefined;
  /** How its output is kept. `logDir` is chosen by the library when it is left out. */
  readonly output?: BrokeredStdio | undefined;
}

/** What a record takes of a label's name and value together: containerd's limit. Bytes. */
const MAX_LABEL_BYTES = 4096;

/**
 * The labels of an image that its containers have, too, as docker's. An image is a stranger's: it does not say what hawserd or the
 * collector of its garbage does, and a long text of its own keeps nobody from running it.
 */
export function imageLabels(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([name, value]) =>
        name !== "" &&
        !/^(hawser|containerd\.io)\//.test(name) &&
        Buffer.byteLength(name) + Buffer.byteLength(value) <= MAX_LABEL_BYTES,
    ),
  );
}

/** The labels. `logDir`: where output is kept when the options do not say. */
export function managedLabels(options: ManagedOptions, logDir: string | undefined): Record<string, string> {
  const { autoRemove, restart, stopSignal, stopTimeoutSeconds, startBy, hasStdin, output = {} } = options;
  return {
    [MANAGED_LABEL]: ON,
    [STDOUT_LABEL]: formatBrokeredStdio({ logDir, ...output }),
    ...(hasStdin && { [STDIN_LABEL]: ON }),
    ...(autoRemove && { [AUTO_REMOVE_LABEL]: ON }),
    ...(restart !== undefined && restart !== "no" && { [RESTART_POLICY_LABEL]: restart }),
    ...(startBy !== undefined && { [START_BY_LABEL]: startBy.toISOString() }),
    ...(stopSignal && { [STOP_SIGNAL_LABEL]: stopSignal }),
    ...(stopTimeoutSeconds !== undefined && { [STOP_TIMEOUT_LABEL]: String(stopTimeoutSeconds) }),
  };
}
