// The manager's contract of tasks, on our shim with crun.

import { buildHawserShim } from "../support/hawser-shim.ts";
import { managerTasksContract } from "./manager-tasks-contract.ts";

managerTasksContract({ binary: buildHawserShim(), runtime: "crun" }, { keepsEvents: true });
