// One more process in a running container.
import type { Init } from "../../proto/codec.ts";
import { type DeleteResponse, Tasks } from "../../proto/gen/tasks.ts";
import type { CallOptions } from "./connection.ts";
import { Process } from "./process.ts";
import type { Session } from "./session.ts";
import type { ProcessStdio } from "./stdio/process-stdio.ts";
import type { TerminalSize } from "./terminal-size.ts";

/**
 * An exec: added to a task, then started.
 *
 * @example
 * await using exec = await task.exec({ args: ["ls", "/"] });
 * await exec.start();
 * for await (const bytes of exec.stdout) process.stdout.write(bytes);
 * await exec.delete();
 */
export class Exec extends Process {
  readonly #session: Session;

  /** Takes the streams. For `Task.exec`. */
  constructor(
    session: Session,
    containerId: string,
    execId: string,
    stdio?: ProcessStdio,
    size?: TerminalSize,
  ) {
    super(session, containerId, execId, stdio, size);
    this.#session = session;
  }

  protected override async deleteCall(
    options: CallOptions,
  ): Promise<Init<DeleteResponse> & { exitStatus: number }> {
    const { containerId, execId } = this;
    return await this.#session.service(Tasks).deleteProcess({ containerId, execId }, options);
  }
}
