// What the tree program is told, as one word of JSON on its command line, and what it answers. Both sides import this and nothing
// of each other.
import type { Mount } from "../../sys/mount-options.ts";

/** Whose eyes the program sees with. */
export interface TreeRoot {
  /** A descriptor that is a directory, which becomes the root. */
  readonly fd?: number;
  /** Mounted, and the root then; in a mount namespace of the program's own. */
  readonly mounts?: readonly Mount[];
}

/** What to do. Paths are as the root has them; without a root they are the host's. */
export type TreeOrder = LookOrder | PackOrder | UnpackOrder;

/** Tell what is at a path. */
export interface LookOrder {
  readonly kind: "look";
  readonly path: string;
}

/** Write an archive to standard output. */
export interface PackOrder {
  readonly kind: "pack";
  readonly path: string;
  /** What it is called in the archive; absent: only what is in it. */
  readonly name?: string | undefined;
  /** Whether a link is what it points to. */
  readonly followsLink: boolean;
}

/** Read one from standard input. */
export interface UnpackOrder {
  readonly kind: "unpack";
  /** There already. */
  readonly directory: string;
  /** Instead of the archive's. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether device nodes are made; otherwise they are passed over. */
  readonly hasDevices: boolean;
}

/** What the program is told. */
export type TreeRequest = TreeRoot & TreeOrder;

/** The answer to `look`, on standard output. */
export interface TreeLook {
  readonly kind: "missing" | "directory" | "other";
  readonly hasParent: boolean;
  /** With all links followed; as it was asked for when it is missing. */
  readonly realPath: string;
  /** Whether the last part of the path as it was asked for is a link. */
  readonly isLink: boolean;
}

/** What the program says on standard error when it fails, in one line. */
export interface TreeFailure {
  readonly code: number;
  readonly message: string;
}
