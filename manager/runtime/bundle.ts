// The directory of one container: made before its shim is started, gone after its shim is. Owns the directory and all
// that is in it; what is mounted inside is the shim's to unmount.
import { chmod, chown, mkdir, readFile, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import { validateId } from "../../proto/identifiers.ts";
import { removeAtomic } from "../../sys/atomic-file.ts";
import { FdReader } from "../../sys/fd-io.ts";
import { makeFifo, openFifoForBoth } from "../../sys/fifo.ts";
import { unmountAll } from "../../sys/mount.ts";
import type { OciSpec } from "../oci/default-spec.ts";

/** What a bundle can have beside the usual. */
export interface BundleOptions {
  /** The container's persistent directory, made with the bundle and removed with it; `work` points there. */
  readonly workDir?: string;
  /** Group of the container's root in a user namespace: it may pass through the bundle, nobody else may. */
  readonly rootGid?: number;
}

/** A bundle on disk. */
export class Bundle {
  readonly namespace: string;
  readonly id: string;
  /** `<tasks>/<namespace>/<id>`, absolute. */
  readonly dir: string;
  readonly #workDir: string | undefined;

  private constructor(namespace: string, id: string, dir: string, workDir?: string) {
    this.namespace = namespace;
    this.id = id;
    this.dir = dir;
    this.#workDir = workDir;
  }

  /** The bundle of a container, whether or not it is there. Throws InvalidArgument for ids that are none. */
  static at(tasksDir: string, namespace: string, id: string, workDir?: string): Bundle {
    const dir = join(tasksDir, validateId("namespace", namespace), validateId("container", id));
    return new Bundle(namespace, id, dir, workDir);
  }

  /**
   * Makes the directory (0700) with config.json (`spec`, or its bytes as they are) and an empty rootfs. Throws
   * InvalidArgument for ids that are none, and the system's EEXIST when there is a bundle of that id; nothing half-made
   * stays behind.
   */
  static async create(
    tasksDir: string,
    namespace: string,
    id: string,
    spec: OciSpec | Uint8Array,
    { workDir, rootGid }: BundleOptions = {},
  ): Promise<Bundle> {
    const parent = join(tasksDir, validateId("namespace", namespace));
    const dir = join(parent, validateId("container", id));
    await mkdir(parent, { recursive: true, mode: 0o711 });
    await mkdir(dir, { mode: 0o700 });
    const bundle = new Bundle(namespace, id, dir, workDir);
    const text = spec instanceof Uint8Array ? spec : JSON.stringify(spec);
    try {
      if (rootGid !== undefined) {
        await chown(dir, -1, rootGid);
        await chmod(dir, 0o710);
      }
      await mkdir(bundleFile(dir, BundleFile.rootfs), { mode: 0o711 });
      await writeFile(bundleFile(dir, BundleFile.config), text, { mode: 0o600 });
      makeFifo(bundleFile(dir, BundleFile.log), { mode: 0o700 });
      if (workDir !== undefined) {
        await mkdir(workDir, { recursive: true, mode: 0o711 });
        await symlink(workDir, bundleFile(dir, BundleFile.work));
      }
    } catch (error) {
      // What is left then is the smaller trouble: the first error is the one to hear of.
      await bundle.remove().catch(() => undefined);
      throw error;
    }
    return bundle;
  }

  /** The mountpoint of the root file system. */
  get rootfsDir(): string {
    return bundleFile(this.dir, BundleFile.rootfs);
  }

  /**
   * What the shim logs, as it comes, until the reader is disposed of. Held open for both directions: a shim must find a
   * reader when it starts, and one that goes away must not end the log. Some shims do not start without it.
   */
  openLog(): FdReader {
    return new FdReader(openFifoForBoth(bundleFile(this.dir, BundleFile.log)));
  }

  /** The values of the annotations in config.json; none where it cannot be read. */
  async annotations(): Promise<string[]> {
    try {
      const spec: unknown = JSON.parse(await readFile(bundleFile(this.dir, BundleFile.config), "utf8"));
      const { annotations = {} } = spec as { readonly annotations?: Readonly<Record<string, unknown>> };
      return Object.values(annotations).filter((value) => typeof value === "string");
    } catch {
      return [];
    }
  }

  /**
   * Removes the directory: first under a name that loaders skip, then for good. One that is gone is no error. A rootfs
   * that is not empty is refused with ENOTEMPTY or EBUSY: something is mounted or stored there that is not ours to delete.
   */
  async remove(): Promise<void> {
    await rmdir(this.rootfsDir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await removeAtomic(this.dir);
    if (this.#workDir !== undefined) await rm(this.#workDir, { recursive: true, force: true });
  }

  /** Whether nothing is mounted or left in the rootfs: then whoever used it has cleaned up. */
  async isTidy(): Promise<boolean> {
    try {
      await rmdir(this.rootfsDir);
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ENOENT";
    }
  }

  /** Removes it even when something is still mounted in it. Answers what was busy and could only be detached. */
  async removeByForce(): Promise<string[]> {
    const detached = await unmountAll(this.rootfsDir);
    await this.remove();
    return detached;
  }
}
