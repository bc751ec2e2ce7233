// The manager's contract of tasks, on containerd's Go shim: what works with it, works with containerd's protocol.

import { goShim } from "./contract/expectations.ts";
import { managerTasksContract } from "./manager-tasks-contract.ts";

managerTasksContract(
  { binary: "/usr/bin/containerd-shim-runc-v2", runtime: "runc", groundless: goShim.groundless },
  { keepsEvents: false },
);
