// What imported images are called: which names an image store that was asked for (name, further references, prefixes) gives to
// the index of an archive and to the entries of that index. containerd's rules, so that clients find what they expect. Pure.
import type { ImageReference, ImageStore } from "../../proto/gen/transfer-image.ts";
import { annotatedName } from "./image-name.ts";
import type { OciDescriptor } from "./oci-document.ts";

/** The naming part of an image store. */
export type Naming = Pick<ImageStore, "name" | "extraReferences">;

/** A name and what it is the name of. */
export interface NamedTarget {
  readonly name: string;
  readonly target: OciDescriptor;
}

/** The names of an archive's index and its entries; a name that comes twice is the name of the last. */
export function importNames(
  naming: Naming,
  index: OciDescriptor,
  entries: readonly OciDescriptor[],
): readonly NamedTarget[] {
  const names = new Map<string, OciDescriptor>();
  for (const name of wholeNames(naming, index)) names.set(name, index);
  for (const entry of entries) for (const name of entryNames(naming, entry)) names.set(name, entry);
  return [...names].map(([name, target]) => ({ name, target }));
}

/** The names of something that is imported or tagged as a whole. */
export function wholeNames(
  { name, extraReferences }: Naming,
  { digest }: { digest: string },
): readonly string[] {
  const names = name === "" ? [] : [name];
  for (const reference of extraReferences) {
    if (reference.isPrefix) continue;
    names.push(reference.addDigest ? `${reference.name}@${digest}` : reference.name);
  }
  return names;
}

// Entries are called what their annotations say, under each prefix.
function entryNames({ extraReferences }: Naming, entry: OciDescriptor): readonly string[] {
  return extraReferences
    .filter(({ isPrefix }) => isPrefix)
    .flatMap((reference) => namesUnder(reference, entry));
}

function namesUnder(reference: ImageReference, { annotations, digest }: OciDescriptor): readonly string[] {
  const rule = { prefix: reference.name, allowsOthers: reference.allowOverwrite };
  const name = annotatedName(annotations, rule);
  const byDigest = `${reference.name}@${digest}`;
  if (name === undefined) return reference.addDigest ? [byDigest] : [];
  return reference.addDigest && !reference.skipNamedDigest ? [name, byDigest] : [name];
}
