// What the flags say about the inside of a container, as a wish for manager/oci.

import { Code, HawserError } from "../../proto/errors.ts";
import type { ContainerWish } from "../oci/container-wish.ts";
import type { Flags } from "./flags.ts";
import { resourceWish } from "./resource-flags.ts";
import { parseDevice, parseDeviceRule } from "./values/device.ts";
import { parseEnv, readEnvFile } from "./values/env.ts";
import { parseLabel } from "./values/label.ts";
import { parseMemorySize } from "./values/memory-size.ts";
import { parseMount } from "./values/mount.ts";
import { parseHostEntry, parseNetwork } from "./values/network.ts";
import { parseInteger } from "./values/number.ts";
import { parseNameserver, parseResolverWord } from "./values/resolver.ts";
import { parseSecurityOptions } from "./values/security-opt.ts";
import { parseSysctl } from "./values/sysctl.ts";
import { parseTmpfs } from "./values/tmpfs.ts";
import { parseUlimit } from "./values/ulimit.ts";
import { parseUser } from "./values/user.ts";
import { parseVolume } from "./values/volume.ts";

/** Where the command was given. */
export interface Surroundings {
  /** What relative paths are relative to. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The wish, without namespace and id. Reads the files that flags name. Throws InvalidArgument. */
export async function wishFromFlags(
  flags: Flags,
  command: readonly string[],
  { cwd, env }: Surroundings,
): Promise<Partial<ContainerWish>> {
  if (flags.text("--network") !== undefined && flags.text("--net") !== undefined) {
    throw new HawserError(Code.InvalidArgument, "--net: it is another word for --network; write one of them");
  }
  const entrypoint = flags.text("--entrypoint");
  const network = flags.one("--network", parseNetwork) ?? flags.one("--net", parseNetwork);
  return {
    command,
    ...(entrypoint === undefined ? {} : { entrypoint: entrypoint === "" ? [] : [entrypoint] }),
    env: await variables(flags, env),
    workingDir: flags.one("--workdir", (flag, value) => ({ flag, value, dir: value })),
    user: flags.one("--user", parseUser),
    groupAdd: flags.texts("--group-add"),
    isTerminal: flags.isOn("--tty"),
    hasInit: flags.isOn("--init"),
    hostname: flags.one("--hostname", (flag, value) => ({ flag, value, name: value })),
    ...(network === undefined ? {} : { network }),
    extraHosts: flags.many("--add-host", parseHostEntry),
    nameservers: flags.many("--dns", parseNameserver),
    searchDomains: flags.many("--dns-search", parseResolverWord),
    resolverOptions: ["--dns-option", "--dns-opt"].flatMap((flag) => flags.many(flag, parseResolverWord)),
    isPrivileged: flags.isOn("--privileged"),
    capabilities: { add: flags.texts("--cap-add"), drop: flags.texts("--cap-drop") },
    security: await parseSecurityOptions("--security-opt", flags.texts("--security-opt"), cwd),
    isReadOnly: flags.isOn("--read-only"),
    mounts: [
      ...flags.many("--volume", (flag, value) => parseVolume(flag, value, cwd)),
      ...flags.many("--mount", (flag, value) => parseMount(flag, value, cwd)),
      ...flags.many("--tmpfs", parseTmpfs),
    ],
    shmBytes: flags.one("--shm-size", parseMemorySize) || undefined,
    devices: flags.many("--device", parseDevice),
    deviceRules: flags.many("--device-cgroup-rule", parseDeviceRule),
    resources: resourceWish(flags),
    ulimits: flags.many("--ulimit", parseUlimit),
    sysctls: flags.many("--sysctl", parseSysctl),
    oomScore: flags.wish("--oom-score-adj", (flag, value) => parseInteger(flag, value, -1_000, 1_000)),
    cgroupParent: flags.one("--cgroup-parent", (flag, value) => ({ flag, value, path: value })),
    annotations: Object.fromEntries(flags.many("--annotation", parseLabel)),
  };
}

// docker's order: files first, so that a flag counts more.
async function variables(flags: Flags, env: NodeJS.ProcessEnv): Promise<string[]> {
  const files = await Promise.all(
    flags.texts("--env-file").map((path) => readEnvFile("--env-file", path, env)),
  );
  return [...files.flat(), ...flags.many("--env", (flag, value) => parseEnv(flag, value, env))];
}
