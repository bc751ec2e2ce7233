// The entry of `npm start`. For now it shows what there is: a real container, driven over ttrpc through a shim.
import { HawserError } from "../proto/errors.ts";
import { demonstrate } from "./demonstration.ts";

try {
  await demonstrate({ runtime: process.argv[2] ?? "io.containerd.runc.v2", write: say });
} catch (error) {
  process.stderr.write(`hawser: ${HawserError.from(error).message}\n`);
  process.exitCode = 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
