// Mounting and unmounting: a list of containerd Mounts onto a root, whole or not at all, and away again with all
// that is below. Owns nothing; what it mounted is in the kernel until unmountAll. Calls that can hang (a dead server
// behind the source) run on the thread pool. Not done here: loop devices, idmapped mounts, fuse helpers, transformed
// types; their words are refused. See mount(2), umount2(2), openat2(2).
import { constants, openSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOfError, systemError } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { syscall, syscallAsync } from "./libc.ts";
import { type Mount, MountFlag, parseMountOptions } from "./mount-options.ts";
import { mountsUnder } from "./mount-table.ts";
import type { OnUndoError } from "./scope.ts";

const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const RESOLVE_IN_ROOT = 0x10n;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
/** mount(2) takes one page of data, and the kernel wants room for itself in it. */
const PAGE_BYTES = 4096;
const MAX_DATA_BYTES = PAGE_BYTES - 512;
const LOWERDIR = "lowerdir=";

/** How a list of mounts is given up, and who hears of what could not be undone. */
export interface MountAllOptions {
  /** Looked at between mounts: one under way cannot be stopped. Undoing runs on its own clock. */
  readonly signal?: AbortSignal;
  /** Told of an unmount that did not work while a failed list was taken down: the first error is what is thrown. */
  readonly onUndoError?: OnUndoError;
}

/**
 * Applies a list in order, each at `rootDir` plus its target. All or nothing: when one fails, those before are
 * unmounted, newest first, and its error is thrown with the path it was about. `rootDir` must exist.
 */
export async function mountAll(
  mounts: readonly Mount[],
  rootDir: string,
  options: MountAllOptions = {},
): Promise<void> {
  const done: string[] = [];
  try {
    for (const mount of mounts) {
      options.signal?.throwIfAborted();
      await mountOne(mount, rootDir, done);
    }
  } catch (error) {
    for (const target of done.reverse()) {
      try {
        await unmount(target);
      } catch (undoError) {
        options.onUndoError?.(`unmount "${target}"`, undoError);
      }
    }
    throw error;
  }
}

async function mountOne(mount: Mount, rootDir: string, done: string[]): Promise<void> {
  const { flags, propagation, data, loop, uidMap, gidMap, unconsumed } = parseMountOptions(mount.options);
  const path = mount.target ? `${rootDir}/${mount.target}` : rootDir;
  const refused =
    unconsumed[0] ?? (loop ? "loop" : (uidMap ?? gidMap) !== undefined ? "uidmap/gidmap" : undefined);
  if (refused !== undefined) throw refusal(path, `option "${refused}" is not supported`);
  using place = resolveInRoot(rootDir, mount.target ?? "");
  // The descriptor is the place that was checked; its name can change under us until the mount is made.
  const at = `/proc/self/fd/${place.fd}`;
  const target = realNameOf(place.fd);
  const context = { path: mount.source, dest: path };
  const single = singleLayer(mount.type, data);
  const source = single ?? mount.source;
  const isBind =
    single !== undefined || (flags & MountFlag.bind) !== 0 || mount.type === "bind" || mount.type === "rbind";
  if (isBind) {
    const recursive = (flags & MountFlag.recursive) !== 0 || mount.type === "rbind" ? MountFlag.recursive : 0;
    await syscallAsync("mount", [source, at, "bind", MountFlag.bind | recursive, null], context);
    done.push(target);
    const restrictions = flags & ~(MountFlag.bind | MountFlag.recursive);
    await restrictBind(
      target,
      single === undefined ? restrictions : restrictions | MountFlag.readOnly,
      context,
    );
  } else {
    using layers = joinedBytes(data) >= MAX_DATA_BYTES ? layersByHandle(data) : undefined;
    const joined = (layers?.data ?? data).join(",");
    if (Buffer.byteLength(joined) >= PAGE_BYTES) throw refusal(path, "options are longer than a page");
    await syscallAsync("mount", [mount.source || "none", at, mount.type, flags, joined || null], context);
    if ((flags & MountFlag.remount) === 0) done.push(target);
  }
  for (const spread of propagation) await syscallAsync("mount", [null, target, null, spread, null], context);
}

// A bind takes its flags from the source and ignores those in the call: they need a second one (mount(2)).
async function restrictBind(
  target: string,
  flags: number,
  context: { path: string; dest: string },
): Promise<void> {
  if (flags === 0) return;
  const again = flags | MountFlag.bind | MountFlag.remount;
  try {
    await syscallAsync("mount", [null, target, null, again, null], context);
  } catch (error) {
    if (codeOfError(error) !== "EPERM") throw error;
    // In a user namespace some flags of the source are locked and must be named again (mount_namespaces(7)).
    await syscallAsync("mount", [null, target, null, again | currentFlags(target), null], context);
  }
}

// f_flags of statfs(2): the first four as in mount(2), then noatime, nodiratime, relatime on bits of their own.
function currentFlags(path: string): number {
  const buffer = Buffer.alloc(128);
  syscall("statfs", [path, buffer], { path });
  const flags = buffer.readUInt32LE(80);
  let current = flags & 0xf;
  if (flags & 0x400) current |= MountFlag.noAtime;
  if (flags & 0x800) current |= MountFlag.noDirAtime;
  if (flags & 0x1000) current |= MountFlag.relatime;
  return current;
}

// One layer and nothing above it: the kernel refuses that as an overlay, and means a read-only bind.
function singleLayer(type: string, data: readonly string[]): string | undefined {
  if (type !== "overlay" || data.some((option) => option.startsWith("upperdir="))) return undefined;
  const lowerdir = data.find((option) => option.startsWith(LOWERDIR));
  const layers = lowerdir === undefined ? [] : splitLayers(lowerdir.slice(LOWERDIR.length));
  return layers.length === 1 ? layers[0] : undefined;
}

function joinedBytes(data: readonly string[]): number {
  return data.reduce((sum, option) => sum + Buffer.byteLength(option) + 1, 0);
}

interface LayerHandles extends Disposable {
  readonly data: string[];
}

// A hundred layers by name do not fit into a page. Each is opened instead and named by its descriptor, 18 bytes,
// which the kernel follows while it mounts and not after. The other way, chdir and relative names, would change the
// directory of the whole process under everybody's feet.
function layersByHandle(data: readonly string[]): LayerHandles {
  const handles = new DisposableStack();
  try {
    const short = data.map((option) => {
      if (!option.startsWith(LOWERDIR)) return option;
      const names = splitLayers(option.slice(LOWERDIR.length)).map((layer) => {
        const handle = handles.use(OwnedFd.open(layer, O_PATH | constants.O_DIRECTORY));
        return `/proc/self/fd/${handle.fd}`;
      });
      return LOWERDIR + names.join(":");
    });
    return { data: short, [Symbol.dispose]: () => handles.dispose() };
  } catch (error) {
    handles.dispose();
    throw error;
  }
}

/** Layers of a lowerdir option: colons part them, a backslash keeps a colon in a name. */
export function splitLayers(lowerdir: string): string[] {
  const layers = [""];
  for (const [part] of lowerdir.matchAll(/\\.|./gs)) {
    if (part === ":") layers.push("");
    else layers.push((layers.pop() ?? "") + (part.length > 1 ? part.slice(1) : part));
  }
  return layers;
}

function refusal(path: string, reason: string): Error {
  return systemError(22, { syscall: "mount", path, reason });
}

/**
 * Opens `target` inside `rootDir` as if that were "/": no "..", no symlink, absolute ones included, leads out
 * (openat2, kernel 5.6). A handle (O_PATH), the caller's. ENOENT when it does not exist.
 */
export function resolveInRoot(rootDir: string, target: string): OwnedFd {
  const root = new OwnedFd(openSync(rootDir, O_PATH | O_CLOEXEC | constants.O_DIRECTORY));
  if (target === "") return root;
  using owned = root;
  const how = Buffer.from(new ArrayBuffer(24));
  how.writeBigUInt64LE(BigInt(O_PATH | O_CLOEXEC), 0);
  how.writeBigUInt64LE(RESOLVE_IN_ROOT, 16);
  const context = { path: `${rootDir}/${target}` };
  // Its name in the path is relative to the root, whatever the caller wrote in front.
  return new OwnedFd(
    syscall("openat2", [owned.fd, target.replace(/^\/+/, "") || ".", how, how.length], context),
  );
}

function realNameOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

/** How an unmount went: `detached` says why the mount could only be taken out of sight and ends with its last user. */
export interface Unmounted {
  readonly detached?: string;
}

/**
 * Unmounts what is on top at `target`, without following a symlink there. Busy: detaches (MNT_DETACH) and says so.
 * What is not mounted, or not there, is no error: the result is the same.
 */
export async function unmount(target: string): Promise<Unmounted> {
  try {
    await syscallAsync("umount2", [target, UMOUNT_NOFOLLOW], { path: target });
    return {};
  } catch (error) {
    const code = codeOfError(error);
    if (code === "EINVAL" || code === "ENOENT") return {};
    if (code !== "EBUSY") throw error;
    await syscallAsync("umount2", [target, UMOUNT_NOFOLLOW | MNT_DETACH], { path: target });
    return { detached: `busy: ${target}` };
  }
}

// The kernel's table has real names: below /var/run it would hold nothing, whatever is mounted there.
function realPlaceOf(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    if (codeOfError(error) === "ENOENT" || codeOfError(error) === "ENOTDIR") return path;
    throw error;
  }
}

/**
 * Unmounts everything at `path` and below, newest first, until nothing is left. Returns the targets that had to be
 * detached. Tries them all; throws the first error at the end. `path` may go through symlinks, but is not followed when it is
 * one itself.
 */
export async function unmountAll(givenPath: string): Promise<string[]> {
  const path = realPlaceOf(givenPath);
  const detached: string[] = [];
  let firstError: unknown;
  // Each round takes the table anew: several mounts on one target come up one by one.
  for (let left = mountsUnder(path); left.length > 0; ) {
    for (const { target } of left.reverse()) {
      try {
        if ((await unmount(target)).detached !== undefined) detached.push(target);
      } catch (error) {
        firstError ??= error;
      }
    }
    const before = left.length;
    left = mountsUnder(path);
    if (left.length >= before) break;
  }
  if (firstError !== undefined && mountsUnder(path).length > 0) throw firstError;
  return detached;
}
