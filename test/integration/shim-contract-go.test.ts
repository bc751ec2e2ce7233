// The shim contract, kept by containerd's Go shim: the control.

import { goShim } from "./contract/expectations.ts";
import { shimContract } from "./shim-contract.ts";

shimContract({ binary: "/usr/bin/containerd-shim-runc-v2", runtime: "runc" }, goShim);
