// `hawser system stop`: ends the hawserd that listens, and waits until it has ended. Containers go on in their shims, and
// the next hawserd finds them. Never starts one.
import { constants } from "node:os";
import { Code, HawserError, isErrno } from "../../../proto/errors.ts";
import { PidFd } from "../../../sys/pidfd.ts";
import { startTimeOf } from "../../../sys/process-stat.ts";
import { Connection } from "../../client/connection.ts";
import { daemonInfo } from "../../client/daemon.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { isListening } from "../hawserd-start.ts";

/** hawserd gives calls under way 5 s unless its configuration says otherwise, at most ten minutes. Milliseconds. */
const STOP_BUDGET_MS = 620_000;

export const examples: readonly Example[] = [
  ["system stop", "end hawserd; the next command starts it again"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "End hawserd and wait until it has ended. Containers, their terminals and their output go on; the next command starts " +
        "hawserd again, unless --no-start says otherwise.",
    )
    .action(async () => await stop(cli));
};

async function stop({ globals, err, signal }: Cli): Promise<void> {
  const { address } = globals;
  if (!(await isListening(address))) return await err.line(`hawser: nobody listens at ${address}`);
  using connection = new Connection(address);
  const { pid } = await daemonInfo(connection, { signal });
  try {
    // Read before the process can have ended: its pid is nobody else's then.
    using daemon = PidFd.open(pid, startTimeOf(pid));
    daemon.send(constants.signals.SIGTERM);
    await daemon.ended({ signal: AbortSignal.any([signal, AbortSignal.timeout(STOP_BUDGET_MS)]) });
  } catch (error) {
    if (isErrno(error, "ESRCH")) return;
    if (!isErrno(error, "EPERM")) throw HawserError.from(error).wrap(`stop hawserd, pid ${pid}`);
    throw new HawserError(Code.PermissionDenied, `stop hawserd, pid ${pid}: only root may: run it with sudo`);
  }
}
