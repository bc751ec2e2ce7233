// What each entry of a layer does to the directory it is unpacked into. Synchronous, one entry after the other, in a worker.
// Always true: nothing is written, changed or removed outside of the root. Parents come from RootDirectories, which never
// leaves it; the last part of a name is only ever created (O_EXCL), removed, or looked at without following it.
// An entry replaces what has its name; only a directory on a directory keeps what is in it. Whiteouts are whiteouts.ts.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { HawserError, messageOf } from "../../../proto/errors.ts";
import { codeOfError } from "../../../sys/errno.ts";
import { deviceNumber, FileType, makeNode, setTimes } from "../../../sys/file-node.ts";
import { setXattr } from "../../../sys/xattr.ts";
import { type BytePath, baseOf, cleanName, directoryOf, joinPath, quotePath, refusal } from "./byte-path.ts";
import type { LayerMeter } from "./layer-limits.ts";
import { OVERLAY_OPAQUE } from "./lower-layers.ts";
import { type LayerTarget, RootDirectories } from "./root-directories.ts";
import type { TarEntry, TarHandler } from "./tar-reader.ts";
import { applyWhiteout, whiteoutOf } from "./whiteouts.ts";

/** What becomes of device nodes: made, passed over, or a reason to refuse the layer. */
export type DevicePolicy = "make" | "skip" | "refuse";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const CREATE = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW;

const NODE_TYPES = new Map<string, number>([
  ["fifo", FileType.fifo],
  ["block-device", FileType.blockDevice],
]);

/** The kernel keeps this one for "leave it as it is". */
const MAX_OWNER_ID = 0xffff_fffe;
const MAX_DEVICE_MAJOR = 0xfff;
const MAX_DEVICE_MINOR = 0xf_ffff;
// What the filesystems of Linux agree on (ext4 with small inodes is older): a time outside would be refused, or wrap around.
const MIN_TIME_NS = -(2n ** 31n) * 1_000_000_000n;
const MAX_TIME_NS = 2n ** 33n * 1_000_000_000n;

/** Applies the entries of one layer. `finish` when the archive has ended, `close` in any case. */
export class LayerWriter implements TarHandler, Disposable {
  readonly directories: RootDirectories;
  readonly target: LayerTarget;
  readonly #meter: LayerMeter;
  readonly #devices: DevicePolicy;
  readonly #hasWhiteouts: boolean;
  /** What this layer has made: the rest came from below and may be hidden. Everything, where the root was empty. */
  readonly #made: Set<BytePath> | undefined;
  readonly #directoryTimes = new Map<BytePath, TarEntry>();
  #file: { fd: number; entry: TarEntry; path: BytePath } | undefined;

  /** Without whiteouts, names that begin with `.wh.` are names like others: an archive that is no layer. */
  constructor(target: LayerTarget, meter: LayerMeter, devices: DevicePolicy, hasWhiteouts = true) {
    this.target = target;
    this.#meter = meter;
    this.#devices = devices;
    this.#hasWhiteouts = hasWhiteouts;
    this.#made = readdirSync(target.rootDir).length === 0 ? undefined : new Set();
    this.directories = new RootDirectories(target, (dir) => this.#made?.add(dir));
  }

  /** Whether something with this name, if it is there, is of this layer. */
  isMade(path: BytePath): boolean {
    return this.#made?.has(path) ?? true;
  }

  /** Whether the root was empty, so that nothing in it can come from below. */
  get beganEmpty(): boolean {
    return this.#made === undefined;
  }

  extension(): void {
    this.#meter.addEntry();
  }

  entry(entry: TarEntry): void {
    this.#meter.addEntry();
    const name = cleanName(entry.name);
    if (name === "") return; // The root's owner and mode are the snapshot's business.
    const whiteout = this.#hasWhiteouts ? whiteoutOf(name) : undefined;
    if (whiteout === "ignored") return;
    try {
      const dir = this.directories.resolve(directoryOf(name));
      if (whiteout !== undefined) applyWhiteout(this, dir, whiteout);
      else this.#create(entry, name, joinPath(dir, baseOf(name)));
    } catch (caught) {
      throw this.#explain(caught, name);
    }
  }

  data(bytes: Buffer): void {
    if (this.#file === undefined) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file.fd, bytes, at, bytes.length - at);
    } catch (caught) {
      throw this.#explain(caught, this.#file.path);
    }
  }

  entryEnd(): void {
    if (this.#file === undefined) return;
    const { fd, entry, path } = this.#file;
    try {
      // Changing the owner takes setuid and capabilities away, so it comes first.
      fchownSync(fd, owner(entry.uid, path), owner(entry.gid, path));
      this.#setAttributes(fd, entry);
      fchmodSync(fd, entry.mode);
      setTimes(fd, accessTime(entry), boundTime(entry.mtimeNs));
    } catch (caught) {
      throw this.#explain(caught, path);
    } finally {
      this.#closeFile();
    }
  }

  /** Sets what only holds when nothing is written any more: the times of directories. */
  finish(): void {
    for (const [path, entry] of this.#directoryTimes) {
      // remove() has dropped what is gone; this is the second lock on the same door.
      if (this.directories.resolve(path, false) !== path) continue;
      setTimes(this.directories.absolute(path), accessTime(entry), boundTime(entry.mtimeNs));
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#closeFile();
    } catch {
      // A delayed write error: the layer has failed already, or entryEnd() has thrown it.
    }
  }

  /** Takes away what is at a real path, with everything in it. */
  remove(path: BytePath): void {
    const stats = this.directories.stat(path);
    if (stats === undefined) return;
    if (!stats.isDirectory()) {
      unlinkSync(this.directories.absolute(path));
      if (stats.isSymbolicLink()) this.directories.forget();
      return;
    }
    rmSync(this.directories.absolute(path), { recursive: true, force: true });
    this.directories.forget();
    for (const dir of this.#directoryTimes.keys()) {
      if (dir === path || dir.startsWith(`${path}/`)) this.#directoryTimes.delete(dir);
    }
  }

  #create(entry: TarEntry, name: BytePath, path: BytePath): void {
    switch (entry.type) {
      case "file":
        this.#meter.checkFile(quotePath(name), entry.size);
        this.#file = {
          fd: this.#replacing(path, () => openSync(this.directories.absolute(path), CREATE, 0o600)),
          entry,
          path,
        };
        break;
      case "directory":
        this.#createDirectory(entry, path);
        break;
      case "link":
        this.#createLink(entry, name, path);
        break;
      case "symlink":
        this.#createSymlink(entry, name, path);
        break;
      default:
        this.#createNode(entry, name, path);
    }
    this.#made?.add(path);
  }

  #createDirectory(entry: TarEntry, path: BytePath): void {
    const absolute = this.directories.absolute(path);
    const existing = this.directories.stat(path);
    if (!existing?.isDirectory()) {
      if (existing !== undefined) this.remove(path);
      mkdirSync(absolute, { mode: 0o700 });
      // What was here has hidden what lies below, and a directory alone would show it again.
      if (existing !== undefined && this.target.kind === "overlay") this.setOpaque(path);
    }
    lchownSync(absolute, owner(entry.uid, path), owner(entry.gid, path));
    this.#setAttributes(absolute, entry);
    chmodSync(absolute, entry.mode);
    this.#directoryTimes.set(path, entry);
  }

  #createLink(entry: TarEntry, name: BytePath, path: BytePath): void {
    const linked = cleanName(entry.linkName);
    if (linked === "") throw refusal(name, "it is a hard link to nothing");
    const source = joinPath(this.directories.resolve(directoryOf(linked), false), baseOf(linked));
    if (source === path) return;
    const stats = this.directories.stat(source);
    if (stats === undefined || this.directories.isWhiteout(stats)) {
      throw refusal(name, `it is a hard link to ${quotePath(linked)}, which is not in this layer`);
    }
    if (stats.isDirectory()) throw refusal(name, `it is a hard link to the directory ${quotePath(linked)}`);
    this.#replacing(path, () => linkSync(this.directories.absolute(source), this.directories.absolute(path)));
  }

  #createSymlink(entry: TarEntry, name: BytePath, path: BytePath): void {
    if (entry.linkName === "" || entry.linkName.includes("\0"))
      throw refusal(name, "it is a symlink to nothing");
    const target = Buffer.from(entry.linkName, "latin1");
    const absolute = this.directories.absolute(path);
    this.#replacing(path, () => symlinkSync(target, absolute));
    lchownSync(absolute, owner(entry.uid, path), owner(entry.gid, path));
    this.#setAttributes(absolute, entry);
    setTimes(absolute, accessTime(entry), boundTime(entry.mtimeNs));
  }

  #createNode(entry: TarEntry, name: BytePath, path: BytePath): void {
    if (entry.type !== "fifo") {
      if (this.#devices === "skip") return;
      if (this.#devices === "refuse") throw refusal(name, "it is a device, and devices are not allowed");
      if (entry.major > MAX_DEVICE_MAJOR || entry.minor > MAX_DEVICE_MINOR) {
        throw refusal(name, `there is no device ${entry.major}:${entry.minor}`);
      }
    }
    const type = NODE_TYPES.get(entry.type) ?? FileType.characterDevice;
    const device = entry.type === "fifo" ? 0 : deviceNumber(entry.major, entry.minor);
    const absolute = this.directories.absolute(path);
    this.#replacing(path, () => makeNode(absolute, type | 0o600, device));
    lchownSync(absolute, owner(entry.uid, path), owner(entry.gid, path));
    this.#setAttributes(absolute, entry);
    chmodSync(absolute, entry.mode);
    setTimes(absolute, accessTime(entry), boundTime(entry.mtimeNs));
  }

  /** Marks a directory of an overlay so that nothing from below shows in it. */
  setOpaque(path: BytePath): void {
    setXattr(this.directories.absolute(path), OVERLAY_OPAQUE, Buffer.from("y"));
  }

  // Tries first and looks afterwards: nearly every name of a layer is free.
  #replacing<T>(path: BytePath, create: () => T): T {
    try {
      return create();
    } catch (error) {
      if (codeOfError(error) !== "EEXIST") throw error;
      this.remove(path);
      return create();
    }
  }

  #setAttributes(file: number | string | Buffer, entry: TarEntry): void {
    for (const [name, value] of entry.attributes) {
      // Attributes of the administrator steer overlays (redirect, metacopy), so no archive sets them.
      if (name.startsWith("trusted.")) continue;
      try {
        setXattr(file, name, value);
      } catch (error) {
        // The filesystem has none of that kind: as containerd does, the file is there without it. EPERM is said of user.*
        // on what is neither a file nor a directory.
        const isTolerated =
          codeOfError(error) === "ENOTSUP" ||
          (codeOfError(error) === "EPERM" && name.startsWith("user.") && typeof file !== "number");
        if (!isTolerated) throw error;
      }
    }
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file.fd);
  }

  // A name that the kernel refuses is the archive's fault; a full disk and the like are not, and keep their errno.
  #explain(caught: unknown, name: BytePath): unknown {
    if (codeOfError(caught) === "ENAMETOOLONG") return refusal(name, "its name is too long here");
    if (caught instanceof HawserError || codeOfError(caught) === undefined) return caught;
    return new Error(`unpack ${quotePath(name)}: ${messageOf(caught)}`, { cause: caught });
  }
}

function owner(id: number, path: BytePath): number {
  if (id > MAX_OWNER_ID) throw refusal(path, `there is no user or group ${id}`);
  return id;
}

function boundTime(time: bigint): bigint {
  return time < MIN_TIME_NS ? MIN_TIME_NS : time > MAX_TIME_NS ? MAX_TIME_NS : time;
}

function accessTime({ atimeNs, mtimeNs }: TarEntry): bigint {
  return boundTime(atimeNs !== undefined && atimeNs > mtimeNs ? atimeNs : mtimeNs);
}
