// Images in and out of archives, driven from here, so that it works on every daemon: blobs go over the Content service one by
// one, names come last. Why not the Transfer service, where there is one: it has its own rules for names, so an image would be
// called differently from daemon to daemon, and its pieces of 32 KiB are no faster.
// Always true: an import that fails names nothing, and what it has stored goes with its lease.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { Image as ImageRecord } from "../../proto/gen/images.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import { importArchive as importBlobs } from "../images/archive-import.ts";
import { childLabels } from "../images/gc-labels.ts";
import { exportFiles } from "../images/image-export.ts";
import { annotatedName } from "../images/image-name.ts";
import { childrenOf, walkImage } from "../images/image-walk.ts";
import type { OciDescriptor } from "../images/oci-document.ts";
import { writeTar } from "../images/tar-writer.ts";
import type { CallOptions } from "./connection.ts";
import { Content } from "./content.ts";
import type { Image } from "./image.ts";
import { putImage } from "./image-record.ts";
import { underLease } from "./leases.ts";
import { RemoteBlobs } from "./remote-blobs.ts";
import type { Session } from "./session.ts";

/** How to import. */
export interface ImportOptions extends CallOptions {
  /** What the image is called, in an archive of one. Default: what the archive says. */
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** How to export. */
export interface ExportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Which platforms of an image; default: this machine's. */
  readonly platforms?: readonly Init<Platform>[] | undefined;
  readonly allPlatforms?: boolean | undefined;
}

/** Takes the images out of an archive: an OCI layout or what `docker save` writes, plain, gzip or zstd. */
export async function importArchive(
  session: Session,
  archive: AsyncIterable<Uint8Array>,
  { name, labels, signal }: ImportOptions,
): Promise<Image[]> {
  return await underLease(session, { signal }, async (leased) => {
    const { namespace, lease } = leased;
    const store = new RemoteBlobs(leased, signal);
    const index = await importBlobs({ store, namespace, lease, signal }, archive);
    const content = new Content(leased);
    for await (const { descriptor, children } of walkImage(store, namespace, index, { signal })) {
      await content.label(descriptor.digest, childLabels(children), { signal });
    }
    const entries = await childrenOf(store, namespace, index);
    const named: Image[] = [];
    // Not with the leased session: an image outlives this lease, and so does what is made from it.
    for (const [wanted, target] of namesOf(entries, name)) {
      named.push(await putImage(session, wanted, target, { labels, signal }));
    }
    return named;
  });
}

/** The archive of images: an OCI layout that `docker load` reads, too. Missing blobs throw before the first byte. */
export async function* exportArchive(
  session: Session,
  images: readonly Image[],
  { signal, platforms = [], allPlatforms = false }: ExportOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const records = images.map(({ name, target }) => ImageRecord.create({ name, target }));
  const store = new RemoteBlobs(session, signal);
  yield* writeTar(await exportFiles(store, session.namespace, records, { platforms, allPlatforms, signal }));
}

function namesOf(entries: readonly OciDescriptor[], name: string | undefined): Map<string, OciDescriptor> {
  const [only, more] = entries;
  if (name !== undefined) {
    if (only !== undefined && more === undefined) return new Map([[name, only]]);
    const reason = `it has ${entries.length} images; "${name}" can be the name of one only`;
    throw new HawserError(Code.InvalidArgument, `import archive: ${reason}`);
  }
  const names = new Map<string, OciDescriptor>();
  for (const entry of entries) {
    const found = annotatedName(entry.annotations);
    if (found !== undefined) names.set(found, entry);
  }
  if (names.size > 0) return names;
  const reason = `it has ${entries.length} images and no name for one; pass a name`;
  throw new HawserError(Code.InvalidArgument, `import archive: ${reason}`);
}
