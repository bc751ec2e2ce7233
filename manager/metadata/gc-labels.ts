// The labels that the garbage collector reads, as what they mean. Pure; the words are containerd's, and so is what a label
// that nearly is one of them means: nothing. Conditional references (`gc.cond.…`, containerd 2.3) are not read.
import { parse as parseTime } from "./rfc3339.ts";

/** What a label refers to. */
export type GcKind = "content" | "image" | "snapshot" | "container";

/** One thing of a namespace: `snapshot` keys are `<snapshotter>/<name>`. */
export interface GcReference {
  readonly kind: GcKind;
  readonly key: string;
}

/** What the labels of one record say. */
export interface GcLabels {
  /** These live as long as the record does. */
  readonly references: readonly GcReference[];
  /** The record lives as long as any of these. */
  readonly backReferences: readonly GcReference[];
  /** It lives by itself. */
  readonly isRoot: boolean;
  /** A lease keeps what it names, and not what that refers to. */
  readonly isFlat: boolean;
  /** Milliseconds since the epoch; undefined for ever, also where the label is not a time. */
  readonly expiresAt: number | undefined;
}

const PREFIX = "containerd.io/gc.";

/** What a record without such labels says; readGcLabels() answers this very object. */
export const NO_GC_LABELS: GcLabels = {
  references: [],
  backReferences: [],
  isRoot: false,
  isFlat: false,
  expiresAt: undefined,
};

/** Reads the column `gc_labels`. */
export function readGcLabels(column: string | null): GcLabels {
  if (column === null) return NO_GC_LABELS;
  const references: GcReference[] = [];
  const backReferences: GcReference[] = [];
  let isRoot = false;
  let isFlat = false;
  let expiresAt: number | undefined;
  for (const [label, value] of Object.entries(JSON.parse(column) as Record<string, string>)) {
    const name = label.slice(PREFIX.length);
    if (name.startsWith("root")) isRoot = true;
    else if (name === "flat") isFlat = true;
    else if (name === "expire") expiresAt = parseTime(value);
    else if (name.startsWith("ref.")) addReference(references, name.slice("ref.".length), value);
    else if (name.startsWith("bref.")) addReference(backReferences, name.slice("bref.".length), value);
  }
  return { references, backReferences, isRoot, isFlat, expiresAt };
}

// `content`, `content.<anything>`, `content/<anything>`; the same for images and containers; `snapshot.<snapshotter>`, with or
// without `/<anything>`.
function addReference(references: GcReference[], name: string, value: string): void {
  const [, kind, border, rest = ""] = /^(content|image|container|snapshot)(?:([./])(.*))?$/s.exec(name) ?? [];
  if (kind === undefined) return;
  if (kind !== "snapshot") {
    references.push({ kind: kind as GcKind, key: value });
    return;
  }
  const snapshotter = rest.split("/", 1)[0] ?? "";
  if (border === "." && snapshotter !== "") references.push({ kind, key: `${snapshotter}/${value}` });
}
