// A tree of files as text, one line a file with everything that belongs to it: two trees are the same when their listings are.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { getXattr, listXattrs } from "../../sys/xattr.ts";

/** Lists a tree below its top, in the order of names. `without` leaves out parts of the lines. */
export function treeListing(dir: string, without: { times?: boolean } = {}): string[] {
  const lines: string[] = [];
  const inodes = new Map<bigint, string>();
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true });
    const first = stats.isDirectory() ? undefined : inodes.get(stats.ino);
    if (!stats.isDirectory()) inodes.set(stats.ino, first ?? name);
    const what = stats.isFile()
      ? createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 12)
      : stats.isSymbolicLink()
        ? `-> ${readlinkSync(path)}`
        : stats.isDirectory()
          ? ""
          : `device ${stats.rdev}`;
    const attributes = [...new Set(listXattrs(path))]
      .sort((a, b) => (a < b ? -1 : 1))
      .map((key) => `${key}=${getXattr(path, key)?.toString("hex")}`)
      .join(",");
    const parts = [
      JSON.stringify(name),
      stats.mode.toString(8),
      `${stats.uid}:${stats.gid}`,
      without.times ? "" : String(stats.mtimeNs),
      what,
      attributes,
      first === undefined ? "" : `= ${first}`,
    ];
    lines.push(parts.filter(Boolean).join(" "));
    if (stats.isDirectory()) children(path, `${name}/`);
  };
  const children = (path: Buffer, prefix: string): void => {
    const names = readdirSync(path, { encoding: "buffer" });
    for (const name of names.sort(Buffer.compare)) {
      visit(Buffer.concat([path, Buffer.from("/"), name]), prefix + name.toString("latin1"));
    }
  };
  children(Buffer.from(dir), "");
  return lines;
}
