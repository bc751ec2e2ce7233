// Device nodes of a container and the rules about them. The harmless ones every container may use; one of the host's comes
// in by `--device`, and all of them with --privileged. The host's /dev is looked at here and nowhere else; a node is taken
// for what its inode says. See mknod(2), and devices in cgroups(7).
import { readdirSync, type Stats, statSync } from "node:fs";
import { join, relative } from "node:path";
import { codeOfError } from "../../sys/errno.ts";
import { deviceParts } from "../../sys/file-node.ts";
import { refusal, type Written } from "./refusal.ts";
import type { OciDevice, OciDeviceRule } from "./spec.ts";

/** A device of the host that somebody asked for. */
export interface DeviceWish extends Written {
  /** A node, or a directory of nodes; absolute. */
  readonly source: string;
  /** Its name inside; absolute. */
  readonly target: string;
  /** Of `r`, `w`, `m`. */
  readonly access: string;
}

/** Nodes to be made, and the rules that let them be used. */
export interface Devices {
  readonly nodes: OciDevice[];
  readonly rules: OciDeviceRule[];
}

/** Most nodes of one directory, or of the host: a machine has a few hundred. */
const MAX_NODES = 4096;
const MAX_DEPTH = 8;

// What is a mount of the container's own, or a directory of somebody else's.
const SKIPPED = new Set([
  "pts",
  "shm",
  "fd",
  "mqueue",
  "hugepages",
  "console",
  ".lxc",
  ".lxd-mounts",
  ".udev",
]);

/** Denies every device, then allows the harmless ones: null, zero, full, random, urandom, tty, ptmx and terminals. */
export function defaultDeviceRules(): OciDeviceRule[] {
  const character = (major: number, minor?: number): OciDeviceRule => ({
    allow: true,
    type: "c",
    major,
    ...(minor === undefined ? {} : { minor }),
    access: "rwm",
  });
  return [
    { allow: false, access: "rwm" },
    ...[3, 5, 7, 8, 9].map((minor) => character(1, minor)),
    character(5, 0),
    character(5, 2),
    character(136),
  ];
}

/** Looks up the host's devices that were asked for. A missing one, or what is none, is refused by its name. */
export function resolveDevices(wishes: readonly DeviceWish[]): Devices {
  const nodes: OciDevice[] = [];
  const rules: OciDeviceRule[] = [];
  for (const wish of wishes) {
    for (const node of nodesAt(wish)) {
      nodes.push(node);
      rules.push(ruleOf(node, wish.access));
    }
  }
  return { nodes, rules };
}

/** Every device of the host under its own name, and leave to use any: what --privileged means. */
export function allDevices(devDir = "/dev"): Devices {
  const nodes = nodesIn(devDir, "/dev", 0);
  return { nodes, rules: [{ allow: true, access: "rwm" }] };
}

function nodesAt(wish: DeviceWish): OciDevice[] {
  const stats = statOf(wish.source);
  if (stats === undefined)
    throw refusal(wish, `there is no ${JSON.stringify(wish.source)} on this host`, "check the name");
  if (!stats.isDirectory()) {
    const node = nodeOf(wish.target, stats);
    if (node === undefined)
      throw refusal(wish, `${JSON.stringify(wish.source)} is no device`, "use --volume for files");
    return [node];
  }
  const nodes = nodesIn(wish.source, wish.target, 0);
  if (nodes.length === 0) {
    throw refusal(
      wish,
      `there is no device in the directory ${JSON.stringify(wish.source)}`,
      "use --volume for files",
    );
  }
  return nodes;
}

function nodesIn(dir: string, target: string, depth: number): OciDevice[] {
  const nodes: OciDevice[] = [];
  if (depth > MAX_DEPTH) return nodes;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if ((depth === 0 && SKIPPED.has(entry.name)) || entry.isSymbolicLink()) continue;
    const path = join(dir, entry.name);
    const inside = join(target, relative(dir, path));
    if (entry.isDirectory()) nodes.push(...nodesIn(path, inside, depth + 1));
    else {
      // May be gone since the directory was read: devices come and go.
      const stats = statOf(path);
      const node = stats && nodeOf(inside, stats);
      if (node !== undefined) nodes.push(node);
    }
    if (nodes.length > MAX_NODES)
      throw refusal({ flag: "--device", value: dir }, `more than ${MAX_NODES} devices`);
  }
  return nodes;
}

function nodeOf(path: string, stats: Stats): OciDevice | undefined {
  const isBlock = stats.isBlockDevice();
  if (!isBlock && !stats.isCharacterDevice()) return undefined;
  return {
    path,
    type: isBlock ? "b" : "c",
    ...deviceParts(stats.rdev),
    fileMode: stats.mode & 0o777,
    uid: stats.uid,
    gid: stats.gid,
  };
}

function ruleOf({ type, major, minor }: OciDevice, access: string): OciDeviceRule {
  return { allow: true, type: type === "b" ? "b" : "c", major, minor, access };
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const code = codeOfError(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENXIO") return undefined;
    throw error;
  }
}
