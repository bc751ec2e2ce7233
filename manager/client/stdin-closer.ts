// The end of a process's input, for whoever writes it.
import { isNotFound } from "../../proto/errors.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import type { Session } from "./session.ts";

/** A function that ends the input of a process; one that has gone reads no more, and is a success. */
export function stdinCloser(session: Session, containerId: string, execId = ""): () => Promise<void> {
  return async () => {
    try {
      await session.service(Tasks).closeIO({ containerId, execId, stdin: true });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
}
