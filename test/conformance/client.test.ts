// The library on containerd 2.4, with our shim and with containerd's own.

import { clientContract } from "../integration/client-contract.ts";
import { Containerd, newContainerd } from "./support/containerd.ts";

clientContract(
  ["io.containerd.hawser.v2", "io.containerd.runc.v2"].map((runtime) => ({
    label: `the library on containerd 2.4 with ${runtime}`,
    runtime,
    start: (options) => Containerd.start(newContainerd(), options),
  })),
);
