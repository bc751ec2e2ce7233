// How containers are to be ended: the flags that `hawser stop` and `hawser restart` have in common.
import type { Command } from "commander";
import { parseStopTimeout } from "./container-request.ts";
import type { StopOptions } from "./container-stop.ts";
import { Flags } from "./flags.ts";
import { parseSignal } from "./values/signal.ts";

/** Gives a command the flags. */
export function defineStopFlags(command: Command): void {
  command
    .option(
      "-t, --timeout <seconds>",
      "before it is killed; -1 is never; default: what the container says, else 10",
    )
    .option("--time <seconds>", "another word for --timeout")
    .option("-s, --signal <signal>", "what asks it to end; default: what the container says, else TERM");
}

/** Reads them. Throws InvalidArgument that names the flag. */
export function stopOptions(
  values: Readonly<Record<string, unknown>>,
): Pick<StopOptions, "stopSignal" | "timeoutSeconds"> {
  const flags = new Flags(values);
  return {
    timeoutSeconds: flags.one("--timeout", parseStopTimeout) ?? flags.one("--time", parseStopTimeout),
    stopSignal: flags.one("--signal", (flag, value) => String(parseSignal(flag, value))),
  };
}
