// Runs the tree program: one process for each order, ended when it is not wanted any more. Nothing of it is left when a call
// returns; a mount that it made was in a namespace of its own and went with it.
import { type ChildProcess, spawn } from "node:child_process";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { Code, codeOf, HawserError } from "../../proto/errors.ts";
import { type OwnedFd, pipe } from "../../sys/fd.ts";
import type { Mount } from "../../sys/mount-options.ts";
import type { PackOrder, TreeFailure, TreeLook, TreeOrder, UnpackOrder } from "./tree-request.ts";

/** Whose files: a directory that becomes the root, mounts that do, or (neither) the host's as they are. */
export type TreePlace =
  | { readonly kind: "host" }
  | { readonly kind: "directory"; readonly fd: OwnedFd }
  | { readonly kind: "mounts"; readonly mounts: readonly Mount[] };

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

type Stream = number | "ignore" | "pipe";

// Beside the sources; in dist/, which parts of the command line are one level below.
const dir = import.meta.dirname;
const PROGRAM = import.meta.filename.endsWith(".ts")
  ? join(dir, "tree-program.ts")
  : join(dir, basename(dir) === "dist" ? "." : "..", "hawser-tree.mjs");

/** Where the descriptor of a root is in the program. */
const ROOT_FD = 3;

/** What is at a path. */
export async function lookAt(
  place: TreePlace,
  path: string,
  { signal }: CallOptions = {},
): Promise<TreeLook> {
  const program = new TreeProgram(place, { kind: "look", path }, "ignore", "pipe", signal);
  const { stdout } = program.child;
  const [answer] = await Promise.all([stdout === null ? "" : text(stdout), program.ended]);
  return JSON.parse(answer) as TreeLook;
}

/** Writes an archive to a descriptor, which is borrowed. */
export async function packTo(
  place: TreePlace,
  order: PackOrder,
  fd: number,
  { signal }: CallOptions = {},
): Promise<void> {
  await new TreeProgram(place, order, "ignore", fd, signal).ended;
}

/** Reads an archive from a descriptor, which is borrowed. */
export async function unpackFrom(
  place: TreePlace,
  order: UnpackOrder,
  fd: number,
  { signal }: CallOptions = {},
): Promise<void> {
  await new TreeProgram(place, order, fd, "ignore", signal).ended;
}

/** Packs here and unpacks there, at the same time; no byte passes through this process. */
export async function copyBetween(
  from: { readonly place: TreePlace; readonly order: PackOrder },
  to: { readonly place: TreePlace; readonly order: UnpackOrder },
  { signal }: CallOptions = {},
): Promise<void> {
  const { read, write } = pipe();
  const unpacker = new TreeProgram(to.place, to.order, read.fd, "ignore", signal);
  read[Symbol.dispose]();
  const packer = new TreeProgram(from.place, from.order, "ignore", write.fd, signal);
  write[Symbol.dispose]();
  const [packed, unpacked] = await Promise.allSettled([packer.ended, unpacker.ended]);
  // An unpacker that fails is why its packer finds nobody to write to; a packer that fails, why the archive has no end.
  if (packed.status === "rejected" && !String(packed.reason).includes("EPIPE")) throw packed.reason;
  if (unpacked.status === "rejected") throw unpacked.reason;
  if (packed.status === "rejected") throw packed.reason;
}

class TreeProgram {
  readonly child: ChildProcess;
  /** Rejects with what the program says, or Internal when it ended without a word. */
  readonly ended: Promise<void>;

  constructor(
    place: TreePlace,
    order: TreeOrder,
    stdin: Stream,
    stdout: Stream,
    signal: AbortSignal | undefined,
  ) {
    signal?.throwIfAborted();
    const root =
      place.kind === "directory" ? { fd: ROOT_FD } : place.kind === "mounts" ? { mounts: place.mounts } : {};
    const argv = [process.execPath, "--no-warnings", PROGRAM, JSON.stringify({ ...order, ...root })];
    const [program = "", ...args] =
      place.kind === "mounts" ? ["unshare", "--mount", "--propagation", "private", ...argv] : argv;
    const stdio = [stdin, stdout, "pipe", ...(place.kind === "directory" ? [place.fd.fd] : [])];
    this.child = spawn(program, args, { stdio: stdio as Stream[] });
    this.ended = this.#end(signal);
    // Whoever waits for two of them hears of both; one that nobody has come to wait for yet is no accident.
    this.ended.catch(() => undefined);
  }

  async #end(signal: AbortSignal | undefined): Promise<void> {
    const { child } = this;
    const kill = (): void => void child.kill("SIGKILL");
    signal?.addEventListener("abort", kill, { once: true });
    try {
      const closed = new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
      });
      const [status, said] = await Promise.all([closed, child.stderr === null ? "" : text(child.stderr)]);
      signal?.throwIfAborted();
      if (status !== 0) throw failureIn(said, status);
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  }
}

function failureIn(said: string, status: number | null): HawserError {
  try {
    const { code, message } = JSON.parse(said.trim().split("\n").at(-1) ?? "") as TreeFailure;
    return new HawserError(codeOf(code), message);
  } catch {
    const how = status === null ? "was killed" : `ended with status ${status}`;
    return new HawserError(Code.Internal, `copy files: the program that does it ${how}: ${said.trim()}`);
  }
}
