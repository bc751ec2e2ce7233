// A file or a directory with everything in it, as a tar archive. Synchronous, piece by piece: runs in a program of its own.
// What the kernel makes up (proc, sysfs, cgroups) is a directory with nothing in it.
import { type BigIntStats, lstatSync, readdirSync, realpathSync, statfsSync } from "node:fs";
import { codeOfError } from "../../sys/errno.ts";
import { type BytePath, joinPath, toBytePath, toSystemPath } from "../images/unpack/byte-path.ts";
import { EntryWriter } from "../trees/entry-writer.ts";
import { TAR_END } from "../trees/tar-writer.ts";

/** f_type of statfs(2): proc, sysfs, cgroup, cgroup2. */
const MADE_UP = new Set([0x9fa0, 0x6265_6572, 0x27_e0eb, 0x6367_7270]);

/** How to pack. */
export interface PackOptions {
  /** What it is called in the archive; undefined: only what is in it. */
  readonly name: string | undefined;
  readonly followsLink: boolean;
}

/** The archive of what is at `path`. Throws system errors, Aborted for a file that shrinks while it is read. */
export function* packTree(path: string, options: PackOptions): Generator<Buffer, void, undefined> {
  const entries = new EntryWriter();
  const root = toBytePath(options.followsLink ? realpathSync(path) : path);
  const stats = lstatSync(toSystemPath(root), { bigint: true });
  yield* pack(entries, root, options.name === undefined ? "" : toBytePath(options.name), stats);
  yield TAR_END;
}

function* pack(
  entries: EntryWriter,
  path: BytePath,
  name: BytePath,
  stats: BigIntStats,
): Generator<Buffer, void, undefined> {
  if (name !== "") yield* entries.entry(name, toSystemPath(path), stats);
  if (!stats.isDirectory() || isMadeUp(path)) return;
  for (const child of namesIn(path)) {
    const childPath = `${path === "/" ? "" : path}/${child}`;
    const childStats = lstatSync(toSystemPath(childPath), { bigint: true, throwIfNoEntry: false });
    // It has gone since it was listed.
    if (childStats !== undefined) yield* pack(entries, childPath, joinPath(name, child), childStats);
  }
}

function isMadeUp(path: BytePath): boolean {
  return MADE_UP.has(statfsSync(toSystemPath(path)).type);
}

function namesIn(path: BytePath): BytePath[] {
  try {
    return readdirSync(toSystemPath(path), { encoding: "buffer" })
      .map((name) => name.toString("latin1"))
      .sort();
  } catch (error) {
    if (codeOfError(error) === "ENOENT") return [];
    throw error;
  }
}
