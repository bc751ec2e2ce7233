// The manager's contract of tasks, on our shim with runc.

import { buildHawserShim } from "../support/hawser-shim.ts";
import { managerTasksContract } from "./manager-tasks-contract.ts";

managerTasksContract({ binary: buildHawserShim(), runtime: "runc" }, { keepsEvents: true });
