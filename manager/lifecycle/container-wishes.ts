// What the labels of a container ask of the manager (labels.ts has their names). Pure.
// Always true: a container without these labels is left alone, as containerd leaves it.
import { HawserError } from "../../proto/errors.ts";
import type { Container } from "../../proto/gen/containers.ts";
import {
  AUTO_REMOVE_LABEL,
  EXPLICITLY_STOPPED_LABEL,
  MANAGED_LABEL,
  ON,
  RESTART_POLICY_LABEL,
  RESTART_STATUS_LABEL,
  START_BY_LABEL,
} from "../labels.ts";
import { parseRestartPolicy, type RestartPolicy } from "./restart-policy.ts";

/** What is asked. */
export interface ContainerWishes {
  /** Made by hawser: its task is deleted when it has ended. */
  readonly isManaged: boolean;
  readonly isAutoRemoved: boolean;
  readonly policy: RestartPolicy;
  /** Somebody has stopped it. */
  readonly isExplicitlyStopped: boolean;
  /** Until when its maker starts it, in milliseconds since the epoch; undefined: he takes his time. */
  readonly startBy: number | undefined;
  /** What is wrong with the labels; they are read as if nothing was asked. */
  readonly flaw: string | undefined;
}

/** Reads the labels. */
export function wishesOf({ labels }: Pick<Container, "labels">): ContainerWishes {
  const isManaged = labels[MANAGED_LABEL] === ON;
  const isAutoRemoved = isManaged && labels[AUTO_REMOVE_LABEL] === ON;
  const isExplicitlyStopped = labels[EXPLICITLY_STOPPED_LABEL] === ON;
  const startBy = isManaged ? timeIn(labels[START_BY_LABEL]) : undefined;
  const wishes = { isManaged, isAutoRemoved, isExplicitlyStopped, startBy };
  try {
    return { ...wishes, policy: policyIn(labels, isManaged), flaw: undefined };
  } catch (error) {
    return { ...wishes, policy: { name: "no" }, flaw: HawserError.from(error).message };
  }
}

// Of a container that is not ours, containerd's status says whether it is to run, and a policy that is not named is "always".
function policyIn(labels: Readonly<Record<string, string>>, isManaged: boolean): RestartPolicy {
  const text = labels[RESTART_POLICY_LABEL];
  if (isManaged) return parseRestartPolicy(text ?? "no");
  return labels[RESTART_STATUS_LABEL] === "running" ? parseRestartPolicy(text ?? "always") : { name: "no" };
}

function timeIn(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** Whether anything is asked: the others need not be looked at. */
export function hasWishes({ isManaged, policy }: ContainerWishes): boolean {
  return isManaged || policy.name !== "no";
}
