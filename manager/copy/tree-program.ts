// The program that looks at, packs and unpacks trees for `hawser cp`, one order each, in a process of its own, so that it can take
// a container's root for its own: whatever links a hostile container has, or swaps in meanwhile, lead nowhere else.
// Archives go over standard input and output; a failure is one line of JSON on standard error, and status 1.
// Everything is synchronous and on one thread: a mount namespace and a root belong to the thread that took them.
import { lstatSync, readSync, realpathSync, type Stats, statSync, writeSync } from "node:fs";
import { HawserError } from "../../proto/errors.ts";
import { codeOfError } from "../../sys/errno.ts";
import { syscall } from "../../sys/libc.ts";
import { mountAll } from "../../sys/mount.ts";
import { jobError } from "../trees/job-error.ts";
import { parentOf } from "./copy-plan.ts";
import { packTree } from "./pack-tree.ts";
import type { TreeFailure, TreeLook, TreeRequest, TreeRoot } from "./tree-request.ts";
import { TreeUnpacker } from "./unpack-tree.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const PIECE_BYTES = 256 * 1024;
const GATHER_BYTES = 64 * 1024;

/** Something that is there on every machine and that nothing of ours lies below of. */
const MOUNT_POINT = "/proc";

try {
  const request = JSON.parse(process.argv[2] ?? "") as TreeRequest;
  await enter(request);
  obey(request);
} catch (caught) {
  const { code, message } = HawserError.from(jobError(caught));
  const failure: TreeFailure = { code, message };
  writeSync(STDERR, `${JSON.stringify(failure)}\n`);
  process.exitCode = 1;
}

async function enter({ fd, mounts }: TreeRoot): Promise<void> {
  if (mounts !== undefined) {
    // The mounts are made before the root is taken: their layers have the host's paths.
    await mountAll(mounts, MOUNT_POINT);
    process.chdir(MOUNT_POINT);
  } else if (fd !== undefined) process.chdir(`/proc/self/fd/${fd}`);
  else return;
  syscall("chroot", ["."]);
  process.chdir("/");
}

function obey(request: TreeRequest): void {
  switch (request.kind) {
    case "look":
      writeAll(Buffer.from(JSON.stringify(look(request.path))));
      return;
    case "pack":
      pack(request.path, { name: request.name, followsLink: request.followsLink });
      return;
    case "unpack": {
      using unpacker = new TreeUnpacker(request.directory, request);
      for (const bytes of input()) unpacker.push(bytes);
      unpacker.end();
    }
  }
}

function look(path: string): TreeLook {
  const stats = find(() => statSync(path));
  const hasParent = find(() => statSync(parentOf(path)))?.isDirectory() ?? false;
  const isLink = find(() => lstatSync(path.replace(/\/+$/, "") || "/"))?.isSymbolicLink() ?? false;
  if (stats === undefined) return { kind: "missing", hasParent, realPath: path, isLink };
  const kind = stats.isDirectory() ? "directory" : "other";
  return { kind, hasParent, realPath: realpathSync(path), isLink };
}

function find(stat: () => Stats): Stats | undefined {
  try {
    return stat();
  } catch (error) {
    const code = codeOfError(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

// Small headers are gathered, so that a tree of small files is not a write for each.
function pack(path: string, options: { name: string | undefined; followsLink: boolean }): void {
  let gathered: Buffer[] = [];
  let size = 0;
  for (const piece of packTree(path, options)) {
    gathered.push(piece);
    size += piece.length;
    if (size < GATHER_BYTES) continue;
    writeAll(Buffer.concat(gathered));
    gathered = [];
    size = 0;
  }
  writeAll(Buffer.concat(gathered));
}

function* input(): Generator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    const count = readSync(STDIN, buffer);
    if (count === 0) return;
    yield buffer.subarray(0, count);
  }
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at, bytes.length - at);
}
