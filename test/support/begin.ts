// What a file of tests needs before its first daemon.

import { join } from "node:path";
import { settleControllers } from "./cgroup-hierarchies.ts";
import { buildHawserShim } from "./hawser-shim.ts";
import { makeImageArchive } from "./image-archive.ts";
import type { Suite } from "./suite.ts";
import { until } from "./until.ts";

/** Builds what is tested, makes the machine fit for crun, and makes the image; returns the path of its archive. */
export async function begin(suite: Suite): Promise<string> {
  // The `before` hooks of a file run side by side, and the directory is made by one of them.
  await until(() => suite.dir !== "", { what: "the suite's directory" });
  settleControllers();
  buildHawserShim();
  return await makeImageArchive(join(suite.dir, "image"));
}
