// Archives of images into the content store: an OCI layout, as a directory or as a tar, or what `docker save` writes; plain, gzip
// or zstd, told by its first bytes. The result is an index; naming images after it is its caller's business.
// Streamed: memory does not grow with the archive. Everything is put under the caller's lease, so that what a failed import
// has stored goes with it.
import { HawserError } from "../../proto/errors.ts";
import {
  ArchiveContents,
  DOCKER_MANIFEST_FILE,
  type ImportTarget,
  INDEX_FILE,
  LAYOUT_FILE,
} from "./archive-contents.ts";
import { decompress } from "./compression.ts";
import { indexOfDockerArchive } from "./docker-archive.ts";
import { layoutEntries } from "./layout-directory.ts";
import { MediaType } from "./media-type.ts";
import { invalid, type OciDescriptor, object, parseJson } from "./oci-document.ts";
import { DEFAULT_TAR_LIMITS, readTar, type TarEntry, type TarLimits } from "./tar-reader.ts";

/** How to import. */
export interface ImportOptions {
  /** Whether layers of a `docker save` archive that are not compressed become gzip. */
  readonly compress?: boolean;
  readonly limits?: TarLimits;
}

/** The version of the layout that there is. */
const LAYOUT_VERSION = "1.0.0";

/** Imports an archive that comes as a stream. Throws one error, naming the entry and where it is. */
export async function importArchive(
  target: ImportTarget,
  archive: AsyncIterable<Uint8Array>,
  { compress = false, limits = DEFAULT_TAR_LIMITS }: ImportOptions = {},
): Promise<OciDescriptor> {
  return await importEntries(target, readTar(decompress(archive), limits), "import archive", compress);
}

/** Imports an OCI layout that is a directory. Throws one error, naming the file. */
export async function importLayout(target: ImportTarget, dir: string): Promise<OciDescriptor> {
  return await importEntries(target, layoutEntries(dir), `import layout "${dir}"`, false);
}

async function importEntries(
  target: ImportTarget,
  entries: AsyncIterable<TarEntry>,
  action: string,
  compress: boolean,
): Promise<OciDescriptor> {
  try {
    const contents = new ArchiveContents(target);
    for await (const entry of entries) await contents.take(entry);
    return await interpret(contents, compress);
  } catch (caught) {
    throw HawserError.from(caught).wrap(action);
  }
}

// Newer versions of `docker save` write both; the layout says more.
async function interpret(contents: ArchiveContents, compress: boolean): Promise<OciDescriptor> {
  const layout = contents.document(LAYOUT_FILE);
  if (layout !== undefined) return readLayout(contents, layout);
  const manifest = contents.document(DOCKER_MANIFEST_FILE);
  if (manifest !== undefined) return await indexOfDockerArchive(contents, manifest, compress);
  const known = `neither ${LAYOUT_FILE} (OCI) nor ${DOCKER_MANIFEST_FILE} (docker save)`;
  throw invalid(`it is no archive of images: it has ${known}`);
}

function readLayout(contents: ArchiveContents, layout: Buffer): OciDescriptor {
  const version = object(parseJson(layout, LAYOUT_FILE), LAYOUT_FILE)["imageLayoutVersion"];
  if (version !== LAYOUT_VERSION) {
    throw invalid(`the version of its layout is ${JSON.stringify(version)}, expected "${LAYOUT_VERSION}"`);
  }
  const index = contents.find(INDEX_FILE);
  if (index === undefined) throw invalid(`it is an OCI layout without ${INDEX_FILE}`);
  return { mediaType: MediaType.ociIndex, ...index, annotations: {} };
}
