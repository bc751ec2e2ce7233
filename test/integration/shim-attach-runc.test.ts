// Brokered stdio and its sessions, with runc.

import { buildHawserShim } from "../support/hawser-shim.ts";
import { shimAttachContract } from "./shim-attach-contract.ts";

shimAttachContract({ binary: buildHawserShim(), runtime: "runc" });
