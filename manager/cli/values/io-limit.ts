// `--device-read-bps /dev/sda:1m` and its three siblings: a disk, and bytes or operations a second.
import { statSync } from "node:fs";
import { deviceParts } from "../../../sys/file-node.ts";
import { refusal } from "../../oci/refusal.ts";
import type { Wish } from "../../oci/resources.ts";
import type { OciThrottle } from "../../oci/spec.ts";
import { parseMemorySize } from "./memory-size.ts";
import { parseInteger } from "./number.ts";

/** Takes it apart and looks the disk up on this host. */
export function parseIoLimit(flag: string, value: string, unit: "bytes" | "operations"): Wish<OciThrottle> {
  const end = value.lastIndexOf(":");
  const path = value.slice(0, Math.max(end, 0));
  if (!path.startsWith("/"))
    throw refusal({ flag, value }, "no limit of a disk", "write one such as /dev/sda:1m");
  const limit = value.slice(end + 1);
  const rate = unit === "bytes" ? parseMemorySize(flag, limit) : parseInteger(flag, limit, 1, 1e12);
  if (rate === 0) throw refusal({ flag, value }, "nothing could be read or written", "write a rate above 0");
  return { flag, value, is: { ...numbersOf(flag, value, path), rate } };
}

function numbersOf(flag: string, value: string, path: string): { major: number; minor: number } {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isBlockDevice()) return deviceParts(stats.rdev);
  throw refusal({ flag, value }, `${JSON.stringify(path)} is no disk of this host`, "check the name");
}
