// The directory of one container: made before its shim is started, gone after its shim is. Owns the directory and all
// that is in it; what is mounted inside is the shim's to unmount.
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import { validateId } from "../../proto/identifiers.ts";
import { removeAtomic } from "../../sys/atomic-file.ts";
import { FdReader } from "../../sys/fd-io.ts";
import { makeFifo, openFifoForBoth } from "../../sys/fifo.ts";
import type { OciSpec } from "../oci/default-spec.ts";

/** A bundle on disk. */
export class Bundle {
  readonly namespace: string;
  readonly id: string;
  /** `<tasks>/<namespace>/<id>`, absolute. */
  readonly dir: string;

  private constructor(namespace: string, id: string, dir: string) {
    this.namespace = namespace;
    this.id = id;
    this.dir = dir;
  }

  /**
   * Makes the directory (0700) with config.json and an empty rootfs. Throws InvalidArgument for ids that are none, and
   * the system's EEXIST when there is a bundle of that id; nothing half-made stays behind.
   */
  static async create(tasksDir: string, namespace: string, id: string, spec: OciSpec): Promise<Bundle> {
    const parent = join(tasksDir, validateId("namespace", namespace));
    const dir = join(parent, validateId("container", id));
    await mkdir(parent, { recursive: true, mode: 0o711 });
    await mkdir(dir, { mode: 0o700 });
    const bundle = new Bundle(namespace, id, dir);
    try {
      await mkdir(bundleFile(dir, BundleFile.rootfs), { mode: 0o711 });
      await writeFile(bundleFile(dir, BundleFile.config), JSON.stringify(spec), { mode: 0o600 });
      makeFifo(bundleFile(dir, BundleFile.log), { mode: 0o700 });
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

  /**
   * Removes the directory: first under a name that loaders skip, then for good. One that is gone is no error. A rootfs
   * that is not empty is refused with ENOTEMPTY or EBUSY: something is mounted or stored there that is not ours to delete.
   */
  async remove(): Promise<void> {
    await rmdir(this.rootfsDir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await removeAtomic(this.dir);
  }
}
