// How the task of a container is made that is started again: as it was asked for last, by its labels where nobody remembers,
// and never with the fifos of a client that may have gone. Pure.
import { formatBrokeredStdio, isBrokered } from "../../proto/brokered-stdio.ts";
import type { Container } from "../../proto/gen/containers.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { MANAGED_LABEL, ON, RESTART_LOG_URI_LABEL, STDIN_LABEL, STDOUT_LABEL } from "../labels.ts";
import { restoreDirOf } from "../runtime/runtime-options.ts";
import type { NewTask } from "../runtime/task-creation.ts";
import type { TaskRequest } from "../runtime/task-requests.ts";

/** What there is to make it of. */
export interface RestartParts {
  readonly container: Container;
  /** What its last task was asked for; undefined when that is lost. */
  readonly last: TaskRequest | undefined;
  /** Of its snapshot, as they are now; undefined when it has none. */
  readonly mounts: readonly Mount[] | undefined;
}

/** The request. */
export function restartRequest({ container, last, mounts }: RestartParts): NewTask {
  const terminal = last?.terminal ?? wantsTerminal(container);
  // A checkpoint is restored once: after that the container begins anew.
  const options = restoreDirOf(last?.options) === "" ? last?.options : undefined;
  return {
    ...streams(container, last, terminal),
    terminal,
    options,
    rootfs: mounts ?? last?.rootfs ?? [],
    runtime: last?.runtime ?? "",
    checkpointDir: "",
  };
}

function streams({ labels }: Container, last: TaskRequest | undefined, terminal: boolean) {
  const logUri = labels[RESTART_LOG_URI_LABEL];
  if (labels[MANAGED_LABEL] !== ON && logUri !== undefined) {
    return { stdin: "", stdout: logUri, stderr: terminal ? "" : logUri };
  }
  if (last === undefined) {
    const stdout = labels[STDOUT_LABEL] ?? "";
    if (!isBrokered(stdout)) return { stdin: "", stdout, stderr: "" };
    const other = formatBrokeredStdio({});
    return { stdin: labels[STDIN_LABEL] === ON ? other : "", stdout, stderr: terminal ? "" : other };
  }
  return { stdin: lasting(last.stdin), stdout: lasting(last.stdout), stderr: lasting(last.stderr) };
}

/** A URI outlives a client; the path of its fifo does not. */
function lasting(stream: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(stream) && !/^fifo:/i.test(stream) ? stream : "";
}

function wantsTerminal({ spec }: Container): boolean {
  try {
    const parsed = JSON.parse(Buffer.from(spec?.value ?? []).toString("utf8")) as {
      readonly process?: { readonly terminal?: unknown };
    };
    return parsed.process?.terminal === true;
  } catch {
    return false;
  }
}
