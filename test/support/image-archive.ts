// A small image without any network: the host's static busybox, packed by umoci and skopeo.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeBusyboxRootfs } from "../../manager/images/embedded-busybox.ts";
import { command } from "./command.ts";

/** The name under which the image is imported. Whoever misses it asks this machine, never a registry. */
export const imageName = "localhost/hawser-busybox:latest";

/** Makes an OCI archive of the image below `dir` and returns its path. Its command stays until it is killed, as a pause does. */
export async function makeImageArchive(dir: string): Promise<string> {
  const layout = join(dir, "image-layout");
  const bundle = join(dir, "image-bundle");
  const archive = join(dir, "image.tar");
  await mkdir(dir, { recursive: true });
  await command("umoci", ["init", "--layout", layout]);
  await command("umoci", ["new", "--image", `${layout}:latest`]);
  await command("umoci", ["unpack", "--image", `${layout}:latest`, bundle]);
  await writeBusyboxRootfs(join(bundle, "rootfs"));
  await command("umoci", ["repack", "--image", `${layout}:latest`, bundle]);
  const config = ["--config.env", "PATH=/bin:/usr/bin", "--config.cmd", "sleep", "--config.cmd", "1000000"];
  await command("umoci", ["config", "--image", `${layout}:latest`, ...config]);
  // A policy of the system about signatures is no concern of an image that was made a moment ago.
  const policy = "--insecure-policy";
  await command("skopeo", [policy, "copy", `oci:${layout}:latest`, `oci-archive:${archive}:${imageName}`]);
  return archive;
}
