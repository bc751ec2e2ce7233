// The entry of `npm start`. For now it shows what there is: a real container, driven over ttrpc through containerd's own
// shim and then through ours.
import { join } from "node:path";
import { Code, HawserError } from "../proto/errors.ts";
import { demonstrate } from "./demonstration.ts";
import { shimSearchDirs } from "./runtime/runtime-name.ts";

// Beside the sources as beside the bundle.
const executable = join(import.meta.dirname, "../bin/hawserd");
const searchDirs = shimSearchDirs(executable, process.env["PATH"]);
const asked = process.argv.slice(2);
const runtimes = asked.length > 0 ? asked : ["io.containerd.runc.v2", "io.containerd.hawser.v2"];

try {
  if (process.geteuid?.() !== 0) {
    throw new HawserError(Code.PermissionDenied, "needs root, because it makes containers: run it with sudo");
  }
  for (const runtime of runtimes) await demonstrate({ runtime, searchDirs, write: say });
} catch (error) {
  process.stderr.write(`hawser: ${HawserError.from(error).message.trimEnd()}\n`);
  process.exitCode = 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
