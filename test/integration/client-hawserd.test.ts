// The library on hawserd, with our shim.

import { Hawserd } from "../support/hawserd.ts";
import { clientContract } from "./client-contract.ts";

clientContract([
  {
    label: "the library on hawserd",
    runtime: "io.containerd.hawser.v2",
    start: (options) => Hawserd.start(options),
  },
]);
