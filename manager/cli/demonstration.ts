// `hawser demonstration`, which is what `npm start` runs: a real container through each of the shims that are asked for.
import { join } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";
import { demonstrate } from "../demonstration.ts";
import { shimSearchDirs } from "../runtime/runtime-name.ts";

const RUNTIMES = ["io.containerd.runc.v2", "io.containerd.hawser.v2"];

/** Shows the runtimes one after the other. Throws PermissionDenied without root, and what goes wrong with one. */
export async function runDemonstration(asked: readonly string[], binDir: string): Promise<void> {
  if (process.geteuid?.() !== 0) {
    throw new HawserError(Code.PermissionDenied, "needs root, because it makes containers: run it with sudo");
  }
  const searchDirs = shimSearchDirs(join(binDir, "hawserd"), process.env["PATH"]);
  const write = (line: string) => process.stdout.write(`${line}\n`);
  for (const runtime of asked.length > 0 ? asked : RUNTIMES)
    await demonstrate({ runtime, searchDirs, write });
}
