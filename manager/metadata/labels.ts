// Labels and names as users write them: what is allowed, and which labels mean something to the garbage collector. Pure.
import { copyMap } from "../../proto/codec-runtime.ts";
import { Code, HawserError } from "../../proto/errors.ts";

/** Key → value. */
export type Labels = Readonly<Record<string, string>>;

/** The most bytes of a label, key and value together; containerd's limit. */
export const MAX_LABEL_BYTES = 4096;
/** The most labels of one record. */
export const MAX_LABELS = 1024;
/** The most bytes of a name that is free text: of an image, a lease, a snapshot. */
export const MAX_NAME_BYTES = 1024;

/** What the labels begin with that the garbage collector understands. */
export const GC_LABEL_PREFIX = "containerd.io/gc.";

/** How much of a stranger's text an error repeats. */
const MAX_SHOWN = 80;

/** Text in an error: quoted, and not the whole of a megabyte. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/**
 * Labels as they are stored: those with an empty value are left out, because an empty value is how a label is removed.
 * Throws InvalidArgument for a label without a key, one that is too long, and for too many.
 */
export function checkLabels(what: string, labels: Labels | undefined): Record<string, string> {
  const kept = copyMap<string>({});
  let count = 0;
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (value === "") continue;
    if (key === "") throw new HawserError(Code.InvalidArgument, `check ${what}: a label has no key`);
    const sizeBytes = Buffer.byteLength(key) + Buffer.byteLength(value);
    if (sizeBytes > MAX_LABEL_BYTES) {
      throw new HawserError(
        Code.InvalidArgument,
        `check ${what}: label ${shown(key)} has ${sizeBytes} bytes, its value included; at most ${MAX_LABEL_BYTES}`,
      );
    }
    count += 1;
    kept[key] = value;
  }
  if (count <= MAX_LABELS) return kept;
  throw new HawserError(Code.InvalidArgument, `check ${what}: it has ${count} labels; at most ${MAX_LABELS}`);
}

/** Returns a name that is free text. Throws InvalidArgument for one that is empty, too long, or cannot be seen. */
export function checkName(what: string, name: string): string {
  const refuse = (flaw: string): never => {
    throw new HawserError(Code.InvalidArgument, `check ${what} ${shown(name)}: ${flaw}`);
  };
  if (name === "") refuse("it is empty");
  const sizeBytes = Buffer.byteLength(name);
  if (sizeBytes > MAX_NAME_BYTES) refuse(`it has ${sizeBytes} bytes; at most ${MAX_NAME_BYTES}`);
  if (/\p{Cc}/u.test(name)) refuse("it has a control character");
  return name;
}

/** Returns the name of a snapshotter; it has no slash, so that "<snapshotter>/<name>" can be taken apart. */
export function checkSnapshotter(name: string): string {
  if (!name.includes("/")) return checkName("snapshotter", name);
  throw new HawserError(Code.InvalidArgument, `check snapshotter ${shown(name)}: it has a slash`);
}

/** The labels that the garbage collector reads, as they stand in the column `gc_labels`. */
export function gcLabelsOf(labels: Labels): string | null {
  const found = Object.entries(labels).filter(([key]) => key.startsWith(GC_LABEL_PREFIX));
  return found.length === 0 ? null : JSON.stringify(Object.fromEntries(found));
}
