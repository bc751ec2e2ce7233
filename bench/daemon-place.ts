// Where daemons are measured side by side: a directory for what lasts, one in memory for the rest, an image of busybox that all of them
// have. Owns the directories and every daemon that was started in it.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBusyboxRootfs } from "../manager/images/embedded-busybox.ts";
import { Scope } from "../sys/scope.ts";
import { makeImageArchive } from "./image-archive.ts";
import { Daemon, type DaemonKind, hawserd } from "./manager-daemon.ts";
import { placeInMemory } from "./place-in-memory.ts";

/** The image that daemons of a place have. */
export const BENCH_IMAGE = "localhost/hawser-bench:latest";

/** A place. */
export class DaemonPlace implements AsyncDisposable {
  readonly dir: string;
  readonly stateDir: string;
  /** A busybox root, unpacked. */
  readonly rootDir: string;
  /** The image. */
  readonly archive: string;
  /** Ends with the place, newest first. */
  readonly scope: Scope;

  private constructor(parts: Pick<DaemonPlace, "dir" | "stateDir" | "rootDir" | "archive" | "scope">) {
    this.dir = parts.dir;
    this.stateDir = parts.stateDir;
    this.rootDir = parts.rootDir;
    this.archive = parts.archive;
    this.scope = parts.scope;
  }

  static async make(
    progress: (line: string) => void,
    { isCompressed }: { readonly isCompressed: boolean },
  ): Promise<DaemonPlace> {
    await using scope = new Scope((what, error) => progress(`${what}: ${String(error)}, continuing`));
    const dir = await mkdtemp(join(tmpdir(), "hawser-bench-"));
    scope.defer("remove directory", () => rm(dir, { recursive: true, force: true }));
    const stateDir = await mkdtemp(join(await placeInMemory(), "hawser-bench-"));
    scope.defer("remove state", () => rm(stateDir, { recursive: true, force: true }));
    const rootDir = join(dir, "root");
    await mkdir(rootDir);
    await writeBusyboxRootfs(rootDir);
    const image = { rootDir, dir: join(dir, "image"), name: BENCH_IMAGE, isCompressed };
    const archive = await makeImageArchive(image);
    return new DaemonPlace({ dir, stateDir, rootDir, archive, scope: scope.move() });
  }

  /** Starts a daemon that has the image. */
  async start(kind: DaemonKind): Promise<Daemon> {
    const state = join(this.stateDir, kind.name.slice(0, 1));
    const daemon = await Daemon.start(kind, join(this.dir, kind.name), state);
    this.scope.use(`stop ${kind.name}`, daemon);
    await daemon.ctr("images", "import", this.archive);
    return daemon;
  }

  /** The directories of hawserd here. */
  get hawserPlaces(): { readonly root: string; readonly state: string } {
    return { root: join(this.dir, hawserd.name, "root"), state: join(this.stateDir, "h", "state") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
  }
}
