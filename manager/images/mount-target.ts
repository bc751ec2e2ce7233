// Which directory a list of mounts means, for those who read or write its files without making the mounts: a bind is its source,
// an overlay with an upper directory is that one, over its lower ones. Pure; undefined where only the kernel knows.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { splitLayers } from "../../sys/mount.ts";
import { parseMountOptions } from "../../sys/mount-options.ts";

/** An overlay, taken apart. */
export interface OverlayDirectories {
  /** Undefined for one that nothing can be written into. */
  readonly upperDir: string | undefined;
  /** Nearest first. */
  readonly lowerDirs: readonly string[];
}

/** The source of a single bind; undefined for anything else. */
export function bindOf(mounts: readonly Init<Mount>[]): { source: string; isReadOnly: boolean } | undefined {
  const [mount, ...others] = mounts;
  if (mount === undefined || others.length > 0 || mount.target) return undefined;
  const { flags } = parseMountOptions(mount.options ?? []);
  const BIND = 4096;
  if (mount.type !== "bind" && mount.type !== "rbind" && (flags & BIND) === 0) return undefined;
  return { source: absolute(mount.source ?? ""), isReadOnly: (flags & 1) !== 0 };
}

/** The directories of a single overlay; undefined for anything else. */
export function overlayOf(mounts: readonly Init<Mount>[]): OverlayDirectories | undefined {
  const [mount, ...others] = mounts;
  if (mount === undefined || others.length > 0 || mount.type !== "overlay" || mount.target) return undefined;
  const value = (name: string): string | undefined =>
    mount.options?.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const upperDir = value("upperdir");
  return {
    upperDir: upperDir === undefined ? undefined : absolute(upperDir),
    lowerDirs: splitLayers(value("lowerdir") ?? "")
      .filter((dir) => dir !== "")
      .map(absolute),
  };
}

/** The same mounts, so that nothing can be written through them. An upper directory becomes the nearest lower one. */
export function readOnlyMounts(mounts: readonly Init<Mount>[]): Init<Mount>[] {
  return mounts.map((mount) => {
    if (mount.type !== "overlay") return { ...mount, options: [...(mount.options ?? []), "ro"] };
    const { upperDir, lowerDirs } = overlayOf([{ ...mount, target: "" }]) ?? {
      upperDir: undefined,
      lowerDirs: [],
    };
    if (upperDir === undefined) return mount;
    const others = (mount.options ?? []).filter(
      (option) => !/^(upperdir|workdir|lowerdir)=|^rw$/.test(option),
    );
    const layers = [upperDir, ...lowerDirs].map((dir) => dir.replace(/[\\:]/g, "\\$&"));
    return { ...mount, options: [...others, `lowerdir=${layers.join(":")}`] };
  });
}

function absolute(path: string): string {
  if (path.startsWith("/") && !path.includes("\0")) return path;
  throw new HawserError(Code.InvalidArgument, `read mounts: ${JSON.stringify(path)} is not an absolute path`);
}
