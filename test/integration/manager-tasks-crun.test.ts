// The manager's contract of tasks, on our shim with crun.

import { settleControllers } from "../support/cgroup-hierarchies.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { managerTasksContract } from "./manager-tasks-contract.ts";

settleControllers();
managerTasksContract({ binary: buildHawserShim(), runtime: "crun" }, { keepsEvents: true });
