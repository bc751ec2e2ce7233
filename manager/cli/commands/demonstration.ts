// `hawser demonstration`: a real container through each of the shims that are asked for, step by step.
import { join } from "node:path";
import { Code, HawserError } from "../../../proto/errors.ts";
import { demonstrate } from "../../demonstration.ts";
import { shimSearchDirs } from "../../runtime/runtime-name.ts";
import type { DefineCommand, Example } from "../cli.ts";

const RUNTIMES = ["io.containerd.runc.v2", "io.containerd.hawser.v2"];

export const examples: readonly Example[] = [["demonstration", "containerd's own shim, then ours"]];

export const define: DefineCommand = (command, cli) => {
  command.argument("[runtimes...]", "which shims").action(async (asked: string[]) => {
    if (process.geteuid?.() !== 0) {
      throw new HawserError(
        Code.PermissionDenied,
        "needs root, because it makes containers: run it with sudo",
      );
    }
    cli.takeSignals();
    const searchDirs = shimSearchDirs(join(cli.binDir, "hawserd"), process.env["PATH"]);
    const write = (line: string) => process.stdout.write(`${line}\n`);
    for (const runtime of asked.length > 0 ? asked : RUNTIMES) {
      await demonstrate({ runtime, searchDirs, write });
    }
  });
};
