// The option words of a containerd Mount, decided: which are flags of mount(2), which are propagation, which go to
// the filesystem as data. Pure; knows the kernel's numbers and none of its state.

/** A mount as it comes over the wire. `target` is relative to the root it is mounted in; empty is the root itself. */
export interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target?: string;
  readonly options: readonly string[];
}

/** Flags of mount(2). */
export const MountFlag = {
  readOnly: 1,
  noSuid: 2,
  noDev: 4,
  noExec: 8,
  synchronous: 16,
  remount: 32,
  mandatoryLock: 64,
  dirSync: 128,
  noAtime: 1024,
  noDirAtime: 2048,
  bind: 4096,
  recursive: 16384,
  silent: 32768,
  unbindable: 1 << 17,
  private: 1 << 18,
  slave: 1 << 19,
  shared: 1 << 20,
  relatime: 1 << 21,
  strictAtime: 1 << 24,
} as const;

const F = MountFlag;

// word → [the flags it is about, whether it sets them]
const WORDS = new Map<string, readonly [number, boolean]>([
  ["async", [F.synchronous, false]],
  ["atime", [F.noAtime, false]],
  ["bind", [F.bind, true]],
  ["defaults", [0, true]],
  ["dev", [F.noDev, false]],
  ["diratime", [F.noDirAtime, false]],
  ["dirsync", [F.dirSync, true]],
  ["exec", [F.noExec, false]],
  ["mand", [F.mandatoryLock, true]],
  ["noatime", [F.noAtime, true]],
  ["nodev", [F.noDev, true]],
  ["nodiratime", [F.noDirAtime, true]],
  ["noexec", [F.noExec, true]],
  ["nomand", [F.mandatoryLock, false]],
  ["norelatime", [F.relatime, false]],
  ["nostrictatime", [F.strictAtime, false]],
  ["nosuid", [F.noSuid, true]],
  ["rbind", [F.bind | F.recursive, true]],
  ["relatime", [F.relatime, true]],
  ["remount", [F.remount, true]],
  ["ro", [F.readOnly, true]],
  ["rw", [F.readOnly, false]],
  ["strictatime", [F.strictAtime, true]],
  ["suid", [F.noSuid, false]],
  ["sync", [F.synchronous, true]],
]);

const PROPAGATION = new Map<string, number>([
  ["private", F.private],
  ["rprivate", F.private | F.recursive],
  ["shared", F.shared],
  ["rshared", F.shared | F.recursive],
  ["slave", F.slave],
  ["rslave", F.slave | F.recursive],
  ["unbindable", F.unbindable],
  ["runbindable", F.unbindable | F.recursive],
]);

/** Options, sorted by who understands them. */
export interface MountOptions {
  readonly flags: number;
  /** Each needs a mount(2) of its own after the mount, in this order. */
  readonly propagation: readonly number[];
  /** For the filesystem, in order, not yet joined. */
  readonly data: readonly string[];
  /** Attach a loop device to the source first. Not done here. */
  readonly loop: boolean;
  /** `uidmap=` and `gidmap=` (idmapped mount), without the words. Not done here. */
  readonly uidMap?: string;
  readonly gidMap?: string;
  /** `X-containerd.…`: for transformers that stand before the mount. Left over here is an error of the caller. */
  readonly unconsumed: readonly string[];
}

/** Sorts the words of a mount. Later words win over earlier ones, as in fstab. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let flags = 0;
  const propagation: number[] = [];
  const data: string[] = [];
  const unconsumed: string[] = [];
  let loop = false;
  let maps: { uidMap?: string; gidMap?: string } = {};
  for (const option of options) {
    const word = WORDS.get(option);
    const spread = PROPAGATION.get(option);
    if (word) flags = word[1] ? flags | word[0] : flags & ~word[0];
    else if (spread !== undefined) propagation.push(spread);
    else if (option === "loop") loop = true;
    else if (option.startsWith("uidmap=")) maps = { ...maps, uidMap: option.slice(7) };
    else if (option.startsWith("gidmap=")) maps = { ...maps, gidMap: option.slice(7) };
    else if (option.startsWith("X-containerd.")) unconsumed.push(option);
    else if (option !== "") data.push(option);
  }
  return { flags, propagation, data, loop, unconsumed, ...maps };
}
