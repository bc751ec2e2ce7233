// What is mounted, as this process sees it: /proc/self/mountinfo of proc(5), parsed. A snapshot: others mount and
// unmount at the same time.
import { readFileSync } from "node:fs";

/** One line of mountinfo. */
export interface MountEntry {
  readonly id: number;
  readonly parentId: number;
  /** What part of the filesystem is mounted: "/" or, for a bind mount, a path in it. */
  readonly root: string;
  readonly target: string;
  /** Options of this mount (ro, nosuid…). */
  readonly options: readonly string[];
  /** Propagation and the like: `shared:2`, `master:1`. */
  readonly tags: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Options of the filesystem (lowerdir=…). */
  readonly superOptions: readonly string[];
}

/** The kernel writes space, tab, newline, # and backslash as a backslash and three octal digits. */
export function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Takes the text of a mountinfo file (read as latin1) apart, in its order: older mounts first. */
export function parseMountTable(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    const dash = fields.indexOf("-", 6);
    const [id, parentId, , root, target, options] = fields;
    const [type, source, superOptions] = fields.slice(dash + 1);
    if (dash < 0 || root === undefined || target === undefined || type === undefined) continue;
    entries.push({
      id: Number(id),
      parentId: Number(parentId),
      root: text8(root),
      target: text8(target),
      options: options?.split(",") ?? [],
      tags: fields.slice(6, dash),
      type,
      source: text8(source ?? ""),
      superOptions: (superOptions ?? "").split(",").map(text8),
    });
  }
  return entries;
}

// Octal escapes are bytes, and a name is UTF-8 made of them.
function text8(field: string): string {
  return Buffer.from(decodeOctal(field), "latin1").toString("utf8");
}

/** Every mount this process sees. Synchronous: the file is made by the kernel and never blocks on a dead server. */
export function mountTable(): MountEntry[] {
  return parseMountTable(readFileSync("/proc/self/mountinfo", "latin1"));
}

/** The mounts at `path` and below it, oldest first. `path` must be absolute, without symlinks and final slash. */
export function mountsUnder(path: string, table: readonly MountEntry[] = mountTable()): MountEntry[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  return table.filter(({ target }) => target === path || target.startsWith(prefix));
}

/** Whether something is mounted exactly at `path` (see {@link mountsUnder} for what it must look like). */
export function isMounted(path: string, table: readonly MountEntry[] = mountTable()): boolean {
  return table.some(({ target }) => target === path);
}
