// Making a container removable. What has ended, or never begun, is no reason to keep it; what lives is.
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import type { Container } from "../client/container.ts";
import { findTask, taskStatus } from "./container-stop.ts";

/** Deletes the task of a container that does not run. Throws FailedPrecondition for one that does. */
export async function clearTask(container: Container, signal: AbortSignal): Promise<void> {
  const status = await taskStatus(container, signal);
  if (status === undefined) return;
  if (status !== "created" && status !== "stopped") {
    const text = `remove container "${container.id}": it is ${status}; stop it first, or use --force`;
    throw new HawserError(Code.FailedPrecondition, text);
  }
  try {
    await using task = await findTask(container, signal);
    await task?.delete({ signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
