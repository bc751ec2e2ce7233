// The library on Debian's containerd, with our shim and with containerd's own.

import { Containerd, debianContainerd } from "../conformance/support/containerd.ts";
import { clientContract } from "./client-contract.ts";

clientContract(
  ["io.containerd.hawser.v2", "io.containerd.runc.v2"].map((runtime) => ({
    label: `the library on containerd 1.6 with ${runtime}`,
    runtime,
    start: (options) => Containerd.start(debianContainerd(), options),
  })),
);
