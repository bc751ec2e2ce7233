// What may be asked of a container in which state: one table, read by everyone who is asked. Pure.
// Rules and codes: containerd's task states; where Go answers Unknown, the more telling FailedPrecondition is used.
import { Code, HawserError } from "../proto/errors.ts";
import { Status } from "../proto/gen/process.ts";

/** States of a container that has been created. What the wire calls them: `wireStatus`. */
export type TaskState = "created" | "running" | "pausing" | "paused" | "stopped";

/** What can be asked of it and be refused for its state. */
export type TaskVerb =
  | "start"
  | "kill"
  | "pause"
  | "resume"
  | "exec"
  | "start an exec in"
  | "delete"
  | "update"
  | "checkpoint";

const ALLOWED: Readonly<Record<TaskVerb, readonly TaskState[]>> = {
  start: ["created"],
  kill: ["created", "running", "pausing", "paused"],
  pause: ["running"],
  resume: ["paused"],
  exec: ["created", "running"],
  "start an exec in": ["created", "running"],
  delete: ["created", "stopped"],
  update: ["created", "running", "pausing", "paused"],
  checkpoint: ["running", "paused"],
};

/** Whether the state allows it. */
export function isAllowed(verb: TaskVerb, state: TaskState): boolean {
  return ALLOWED[verb].includes(state);
}

/**
 * Throws when the state does not allow it: NotFound for a signal to what has ended (containerd reads it as "nothing
 * left to do"), FailedPrecondition for everything else.
 */
export function requireAllowed(verb: TaskVerb, state: TaskState): void {
  if (isAllowed(verb, state)) return;
  if (verb === "kill") throw new HawserError(Code.NotFound, "process already finished: not found");
  const message = `cannot ${verb} a ${state} process: failed precondition`;
  throw new HawserError(Code.FailedPrecondition, message);
}

/** The state as it travels. */
export function wireStatus(state: TaskState): Status {
  switch (state) {
    case "created":
      return Status.CREATED;
    case "running":
      return Status.RUNNING;
    case "pausing":
      return Status.PAUSING;
    case "paused":
      return Status.PAUSED;
    case "stopped":
      return Status.STOPPED;
  }
}
