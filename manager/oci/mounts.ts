// What is mounted in a container: the pseudo file systems, generated files, and what was asked for; in the order in which it
// has to be done. Somebody's wish takes the place of a default at the same path. Sources are looked for here (a missing
// one is refused: docker would make a directory of it, which is how typing errors become data loss).
import { statSync } from "node:fs";
import { posix } from "node:path";
import { codeOfError } from "../../sys/errno.ts";
import { refusal, type Written } from "./refusal.ts";
import type { OciMount } from "./spec.ts";

/** How mounts that are made later travel between host and container (mount_namespaces(7)). */
export const PROPAGATIONS = ["private", "rprivate", "shared", "rshared", "slave", "rslave"] as const;
export type Propagation = (typeof PROPAGATIONS)[number];

/** A file or directory of the host. */
export interface BindWish extends Written {
  readonly kind: "bind";
  /** Absolute. */
  readonly source: string;
  /** Absolute, without "." and "..". */
  readonly target: string;
  readonly isReadOnly: boolean;
  /** Default: rprivate. */
  readonly propagation?: Propagation | undefined;
  /** Whether what is mounted below the source comes along; default yes. */
  readonly isRecursive?: boolean | undefined;
  /** Of mount(8): `noexec`… */
  readonly options?: readonly string[];
  /** Shared or private label of SELinux (`z`, `Z`). */
  readonly relabel?: "z" | "Z" | undefined;
}

/** Memory that looks like a directory. */
export interface TmpfsWish extends Written {
  readonly kind: "tmpfs";
  readonly target: string;
  /** Of mount(8), on top of the usual ones: `size=64m`, `mode=1777`, `exec`… */
  readonly options: readonly string[];
}

export type MountWish = BindWish | TmpfsWish;

/** What a container's own mounts depend on. */
export interface MountCircumstances {
  /** SELinux is in force: files have labels, and we do not write them. */
  readonly hasSelinux: boolean;
}

/** All mounts, and what they mean for the root's own propagation. */
export interface Mounts {
  readonly mounts: OciMount[];
  readonly rootfsPropagation?: string;
}

/**
 * Puts defaults and wishes together. Two wishes for one place are refused, unless the later one says the same. What is
 * mounted inside another mount comes after it.
 */
export function decideMounts(
  defaults: readonly OciMount[],
  wishes: readonly MountWish[],
  circumstances: MountCircumstances,
): Mounts {
  const places = new Map<string, Written>();
  const asked: OciMount[] = [];
  for (const wish of wishes) {
    const other = places.get(wish.target);
    if (other !== undefined) {
      const said = other.value === undefined ? "" : ` ${JSON.stringify(other.value)}`;
      throw refusal(
        wish,
        `${wish.target} is already taken by ${other.flag}${said}`,
        "mount one thing at one place",
      );
    }
    places.set(wish.target, wish);
    asked.push(wish.kind === "bind" ? bind(wish, circumstances) : tmpfs(wish));
  }
  const kept = defaults.filter(({ destination }) => !places.has(destination));
  const mounts = [...kept, ...asked].sort((a, b) => depth(a.destination) - depth(b.destination));
  const rootfsPropagation = propagationOfRoot(wishes);
  return { mounts, ...(rootfsPropagation === undefined ? {} : { rootfsPropagation }) };
}

function bind(wish: BindWish, { hasSelinux }: MountCircumstances): OciMount {
  const { source, target, isReadOnly, propagation = "rprivate", isRecursive = true, options = [] } = wish;
  if (wish.relabel !== undefined && hasSelinux) {
    throw refusal(
      wish,
      `${JSON.stringify(wish.relabel)} asks for a label of SELinux, which hawser does not write`,
      "label the files with chcon(1), and leave it out",
    );
  }
  requireSource(wish);
  return {
    destination: target,
    type: "bind",
    source,
    options: [isRecursive ? "rbind" : "bind", isReadOnly ? "ro" : "rw", propagation, ...options],
  };
}

function requireSource(wish: BindWish): void {
  try {
    statSync(wish.source);
  } catch (error) {
    const code = codeOfError(error);
    if (code === undefined) throw error;
    const why = code === "ENOENT" ? "does not exist" : `cannot be looked at (${code})`;
    throw refusal(
      wish,
      `the source ${JSON.stringify(wish.source)} ${why}`,
      "make it first, or correct the path",
    );
  }
}

// docker's, so that nobody can use a tmpfs of a container against the host; the wish has the last word.
function tmpfs({ target, options }: TmpfsWish): OciMount {
  const opposites: Readonly<Record<string, string>> = { noexec: "exec", nosuid: "suid", nodev: "dev" };
  const usual = Object.entries(opposites)
    .filter(([option, opposite]) => !options.includes(opposite) && !options.includes(option))
    .map(([option]) => option);
  return { destination: target, type: "tmpfs", source: "tmpfs", options: [...usual, ...options] };
}

// A mount is shared with the host only when the root it hangs on is not cut off from the host itself.
function propagationOfRoot(wishes: readonly MountWish[]): string | undefined {
  const used = new Set(wishes.map((wish) => (wish.kind === "bind" ? wish.propagation : undefined)));
  if (used.has("shared") || used.has("rshared")) return "shared";
  return used.has("slave") || used.has("rslave") ? "rslave" : undefined;
}

function depth(path: string): number {
  return path.split("/").filter((part) => part !== "").length;
}

/**
 * The place of a mount inside a container, cleaned: absolute, not the root itself, no "..". Refuses anything else by its
 * flag.
 */
export function mountTarget(written: Written, path: string): string {
  if (!path.startsWith("/")) {
    throw refusal(
      written,
      `${JSON.stringify(path)} is no place in the container`,
      "write a path that begins with /",
    );
  }
  const clean = posix.normalize(path).replace(/(.)\/$/, "$1");
  if (clean === "/") throw refusal(written, "the root itself is the image's", "mount below it");
  return clean;
}
