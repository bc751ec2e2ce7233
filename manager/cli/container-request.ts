// What `hawser run` and `hawser create` were asked for, from their flags: everything that `client.containers.create()` is to be
// told, and what must not be asked for together. Reads the files that flags name and makes nothing.
import { Code, HawserError } from "../../proto/errors.ts";
import { signalName } from "../../sys/signal.ts";
import type { ContainerOptions } from "../client/container-options.ts";
import type { ManagedOptions } from "../client/managed-labels.ts";
import { refusal } from "../oci/refusal.ts";
import type { Flags } from "./flags.ts";
import { parseContainerName } from "./values/container-name.ts";
import { parseDuration } from "./values/duration.ts";
import { parseLabel, readLabelFile } from "./values/label.ts";
import { parseLogOption } from "./values/log-option.ts";
import { parseInteger } from "./values/number.ts";
import { parseRestart } from "./values/restart.ts";
import { parseRuntime } from "./values/runtime.ts";
import { parseSignal } from "./values/signal.ts";
import { type Surroundings, wishFromFlags } from "./wish-flags.ts";

/** Labels that mean something to hawserd or to the collector of its garbage: flags say them, or nobody. */
const OURS = /^(hawser|containerd\.io)\//;
/** More than eleven days: more is a mistake. */
const MAX_STOP_SECONDS = 1_000_000;

/** What the flags come to. */
export type ContainerRequest = Omit<ContainerOptions, "managed"> & { readonly managed: ManagedOptions };

/** Reads the flags. `command`: the words behind the image. Throws InvalidArgument that names the flag. */
export async function containerRequest(
  flags: Flags,
  command: readonly string[],
  surroundings: Surroundings,
): Promise<ContainerRequest> {
  const managed = managedOptions(flags);
  if (managed.autoRemove && managed.restart !== "no") {
    throw conflict("--rm and --restart", "one removes it, the other starts it again");
  }
  checkPull(flags);
  const runtime = flags.one("--runtime", (flag, value) => parseRuntime(flag, value, surroundings));
  return {
    name: flags.one("--name", parseContainerName),
    ...runtime,
    wish: await wishFromFlags(flags, command, surroundings),
    labels: await labelsOf(flags),
    managed,
  };
}

/** Two flags that exclude each other. */
export function conflict(flags: string, why: string): HawserError {
  return new HawserError(Code.InvalidArgument, `${flags}: ${why}; leave one out`);
}

function managedOptions(flags: Flags): ManagedOptions & { readonly restart: string } {
  const timeoutMs = flags.one("--timeout", parseDuration);
  const output = Object.assign({}, ...flags.many("--log-opt", parseLogOption));
  return {
    autoRemove: flags.isOn("--rm"),
    restart: flags.one("--restart", parseRestart) ?? "no",
    stopSignal: flags.one("--stop-signal", (flag, value) => signalName(parseSignal(flag, value))),
    stopTimeoutSeconds: flags.one("--stop-timeout", parseStopTimeout),
    hasStdin: flags.isOn("--interactive"),
    output: timeoutMs ? { ...output, timeoutMs } : output,
  };
}

/** Seconds that a container may take to end; -1 is as long as it takes. */
export function parseStopTimeout(flag: string, value: string): number {
  return parseInteger(flag, value, -1, MAX_STOP_SECONDS);
}

async function labelsOf(flags: Flags): Promise<Record<string, string>> {
  const files = await Promise.all(
    flags.texts("--label-file").map((path) => readLabelFile("--label-file", path)),
  );
  const labels = [...files.flat(), ...flags.many("--label", parseLabel)];
  for (const [name] of labels) {
    if (!OURS.test(name)) continue;
    const advice = "use the flags that it is for, such as --name, --rm or --restart";
    throw refusal({ flag: "--label", value: name }, "labels that begin so are hawser's own", advice);
  }
  return Object.fromEntries(labels);
}

// There is nowhere to pull from yet; whoever insists is told now.
function checkPull(flags: Flags): void {
  const value = flags.text("--pull");
  if (value === undefined || value === "missing" || value === "never") return;
  if (value !== "always") throw refusal({ flag: "--pull", value }, "no policy", "write missing or never");
  const advice = "bring the image with hawser load or hawser import";
  throw refusal({ flag: "--pull", value }, "hawser does not pull from registries yet", advice);
}
