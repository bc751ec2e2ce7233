// The shim contract, kept by our shim with runc.

import { buildHawserShim } from "../support/hawser-shim.ts";
import { hawser } from "./contract/expectations.ts";
import { shimContract } from "./shim-contract.ts";

shimContract({ binary: buildHawserShim(), runtime: "runc" }, hawser);
