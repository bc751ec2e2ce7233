// Labels of containers that mean something to hawser's manager: ours, and those of containerd's restart monitor, which nerdctl
// writes, too. One home for the names, because clients write them and the manager acts on them. Pure.
// Always true: a label is what somebody wants; what has happened is in the manager's own record (runtime/container-ends.ts).

/** What a container is called; one of this name in a namespace. */
export const NAME_LABEL = "hawser/name";

/** "true": the manager looks after its end. Its task is deleted when it has ended, and its restart policy is followed. */
export const MANAGED_LABEL = "hawser/managed";

/** "true": everything of it is removed when it has ended. */
export const AUTO_REMOVE_LABEL = "hawser/auto-remove";

/**
 * Until when whoever made it starts it, in RFC 3339. One that was never started by then is removed: its maker has died. Says nothing of
 * one that has run.
 */
export const START_BY_LABEL = "hawser/start-by";

/** The signal that asks it to end; a name or a number. Default: SIGTERM. */
export const STOP_SIGNAL_LABEL = "hawser/stop-signal";

/** How long it may take to end after that, in seconds; -1 is as long as it takes. Default: 10. */
export const STOP_TIMEOUT_LABEL = "hawser/stop-timeout";

/** `stdout` of its tasks, for whoever starts it again: a URI of brokered stdio (proto/brokered-stdio.ts). */
export const STDOUT_LABEL = "hawser/stdout";

/** "true": its tasks have a standard input. */
export const STDIN_LABEL = "hawser/stdin";

/** What a label says that is on. */
export const ON = "true";

/** containerd's: "running" is to run, "stopped" is to be stopped; no other word. */
export const RESTART_STATUS_LABEL = "containerd.io/restart.status";

/** containerd's: "no", "always", "unless-stopped", "on-failure" or "on-failure:5". */
export const RESTART_POLICY_LABEL = "containerd.io/restart.policy";

/** containerd's: how often it has been started again; theirs to count up, ours to show. */
export const RESTART_COUNT_LABEL = "containerd.io/restart.count";

/** containerd's: "true" when somebody has stopped it, so that `unless-stopped` leaves it alone. */
export const EXPLICITLY_STOPPED_LABEL = "containerd.io/restart.explicitly-stopped";

/** containerd's: `stdout` and `stderr` of the tasks that a restart makes; `file://…` or `binary://…`. */
export const RESTART_LOG_URI_LABEL = "containerd.io/restart.loguri";

/** The most characters of a name. */
export const MAX_CONTAINER_NAME_LENGTH = 128;

// As docker has it.
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** What is wrong with a name for a container, or undefined when it is one. */
export function flawOfContainerName(name: string): string | undefined {
  if (name.length > MAX_CONTAINER_NAME_LENGTH) return `it has ${name.length} characters`;
  if (NAME.test(name)) return undefined;
  if (name === "") return "it is empty";
  const alien = /[^A-Za-z0-9_.-]/u.exec(name)?.[0];
  return alien === undefined ? `it begins with "${name.charAt(0)}"` : `it contains ${JSON.stringify(alien)}`;
}

/** What a name is to look like, for errors. */
export const CONTAINER_NAME_RULE =
  `a name has 1 to ${MAX_CONTAINER_NAME_LENGTH} characters: letters, digits, "_", "." and "-", and begins with a letter or ` +
  "a digit";
