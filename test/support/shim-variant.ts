// The shims that a daemon is run with: ours on each OCI runtime, and containerd's own as a control.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CtrDaemon, CtrProgram } from "./ctr-daemon.ts";

/** A shim, and the OCI runtime it is to use. */
export interface ShimVariant {
  readonly label: string;
  readonly isOurs: boolean;
  /** The arguments of `ctr run` that choose it. Its state lies in the daemon's directory. */
  prepare(daemon: Pick<CtrDaemon, "dir">): Promise<string[]>;
}

/** The variants, the control first: what the daemon says of the others is compared with it. */
export function shimVariants(program: CtrProgram): ShimVariant[] {
  return [control, ours("runc", () => "runc"), ours("crun", program.isTwo ? crunForNewSpecs : () => "crun")];
}

const control: ShimVariant = {
  label: "containerd's shim on runc",
  isOurs: false,
  async prepare({ dir }) {
    return ["--runtime", "io.containerd.runc.v2", "--runc-root", join(dir, "runtime")];
  },
};

// `ctr` refuses --runc-binary for runtimes of another name. A configuration file reaches the shim as
// runtimeoptions.v1.Options.
function ours(runtime: string, binary: (dir: string) => string | Promise<string>): ShimVariant {
  return {
    label: `hawser on ${runtime}`,
    isOurs: true,
    async prepare({ dir }) {
      const config = join(dir, `${runtime}.toml`);
      await writeFile(config, `BinaryName = "${await binary(dir)}"\nRoot = "${join(dir, "runtime")}"\n`);
      return ["--runtime", "io.containerd.hawser.v2", "--runtime-config-path", config];
    },
  };
}

// Debian's crun 1.8.1 refuses the version number that containerd 2 writes into its specs, and nothing else in them.
async function crunForNewSpecs(dir: string): Promise<string> {
  const script = join(dir, "crun-for-new-specs");
  const text = `#!/bin/sh
# crun, told that a spec of version 1.2 or newer is an older one.
bundle= last=
for word do
  [ "$last" != --bundle ] || bundle=$word
  last=$word
done
[ -z "$bundle" ] || sed -i 's/"ociVersion":"[^"]*"/"ociVersion":"1.0.2"/' "$bundle/config.json"
exec crun "$@"
`;
  await writeFile(script, text, { mode: 0o755 });
  return script;
}
