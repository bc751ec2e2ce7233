// What a file of the suite needs before its first daemon.

import { join } from "node:path";
import { settleControllers } from "../../support/cgroup-hierarchies.ts";
import type { Suite } from "../../support/suite.ts";
import { until } from "../../support/until.ts";
import { buildExecutables } from "./build.ts";
import { makeImageArchive } from "./image-archive.ts";

/** Builds what is tested, makes the machine fit for crun, and makes the image; returns the path of its archive. */
export async function begin(suite: Suite): Promise<string> {
  // The `before` hooks of a file run side by side, and the directory is made by one of them.
  await until(() => suite.dir !== "", { what: "the suite's directory" });
  settleControllers();
  await buildExecutables();
  return await makeImageArchive(join(suite.dir, "image"));
}
