// The labels that tell the collector what a blob refers to. The same as containerd's, since clients read and write them, too.
// Pure.

import { isConfigType, isLayerType, isManifestType } from "./media-type.ts";
import type { OciDescriptor } from "./oci-document.ts";

const PREFIX = "containerd.io/gc.ref.content";

/** The labels of a blob with these children: `.config`, and `.m.N`, `.l.N` and `.N`, each kind counted from 0. */
export function childLabels(children: readonly OciDescriptor[]): Record<string, string> {
  const labels: Record<string, string> = {};
  const counts = new Map<string, number>();
  for (const { mediaType, digest } of children) {
    const key = keyOf(mediaType);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    labels[key.endsWith(".") || count > 0 ? `${key}${count}` : key] = digest;
  }
  return labels;
}

function keyOf(mediaType: string): string {
  if (isConfigType(mediaType)) return `${PREFIX}.config`;
  if (isManifestType(mediaType)) return `${PREFIX}.m.`;
  return isLayerType(mediaType) ? `${PREFIX}.l.` : `${PREFIX}.`;
}
