// A new image from what a container has become: its changes as one more layer on the layers of its image.
// Always true: what is written on the way is held by a lease, and the name comes last; a failure leaves nothing.
import { Code, HawserError } from "../../proto/errors.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import { Diff } from "../../proto/gen/diff.ts";
import { childLabels } from "../images/gc-labels.ts";
import { MediaType } from "../images/media-type.ts";
import { descriptorJson, MAX_DOCUMENT_BYTES, parseJson } from "../images/oci-document.ts";
import type { CallOptions } from "./connection.ts";
import type { Container } from "./container.ts";
import { Content } from "./content.ts";
import { Freezing } from "./freezing.ts";
import type { Image } from "./image.ts";
import { putDocument } from "./image-document.ts";
import { getImage, putImage } from "./image-record.ts";
import { withParentView } from "./parent-view.ts";
import type { Session } from "./session.ts";
import { Snapshots } from "./snapshots.ts";

/** What is said of the new image. */
export interface CommitOptions extends CallOptions {
  readonly author?: string | undefined;
  /** For its history. */
  readonly message?: string | undefined;
  /** Makes its configuration (the part `config` of an OCI image configuration) what it is to be, in place. */
  readonly configure?: ((config: Record<string, unknown>) => void) | undefined;
  /** Whether processes are frozen meanwhile, so that files fit together. Default: true. */
  readonly pause?: boolean | undefined;
}

/** A large layer takes its time; what hangs is ended by the signal. */
const DIFF_TIMEOUT_MS = 30 * 60 * 1000;

/** Label of a compressed layer: the digest of its uncompressed bytes. */
const UNCOMPRESSED_LABEL = "containerd.io/uncompressed";

type Json = Record<string, unknown>;

/** Makes the image and gives it its name, which may have been another's. Throws FailedPrecondition for a container without an image. */
export async function commitContainer(
  session: Session,
  container: Container,
  name: string,
  options: CommitOptions,
): Promise<Image> {
  const call = { signal: options.signal };
  const { image, snapshotter, snapshotKey: key } = await container.info(call);
  if (image === "" || key === "") {
    const reason = "it was not made from an image";
    throw new HawserError(Code.FailedPrecondition, `commit container "${container.id}": ${reason}`);
  }
  const base = await getImage(session, image, call);
  return await withParentView(session, { snapshotter, key, ...call }, async (left, leased) => {
    const diff = async (): Promise<Descriptor> => {
      const right = await new Snapshots(leased, snapshotter).mounts(key, call);
      const request = { left: [...left], right };
      const answer = await leased.service(Diff).diff(request, { ...call, timeoutMs: DIFF_TIMEOUT_MS });
      return answer.diff ?? Descriptor.create();
    };
    await using frozen =
      options.pause === false ? undefined : await Freezing.begin(session, container.id, call);
    const layer = await diff();
    await frozen?.thaw();
    const target = await new NewImage(leased, base, options).write(layer);
    return await putImage(leased, name, target, call);
  });
}

/** The documents of an image that is being made. */
class NewImage {
  readonly #content: Content;
  readonly #base: Image;
  readonly #options: CommitOptions;

  constructor(leased: Session, base: Image, options: CommitOptions) {
    this.#content = new Content(leased);
    this.#base = base;
    this.#options = options;
  }

  async write(layer: Descriptor): Promise<Descriptor> {
    const call = { signal: this.#options.signal };
    const manifest = await this.#base.manifest(call);
    const blob = await this.#content.info(layer.digest, call);
    const diffId = blob.labels[UNCOMPRESSED_LABEL] ?? layer.digest;
    const old = await this.#content.readAll(manifest.config.digest, MAX_DOCUMENT_BYTES, call);
    const config = await putDocument(
      this.#content,
      MediaType.ociConfig,
      this.#configuration(old, diffId),
      call,
    );
    const layers = [...manifest.layers, layer];
    const text = {
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      config: descriptorJson(config),
      layers: layers.map(descriptorJson),
    };
    const labels = childLabels([config, ...layers]);
    return await putDocument(this.#content, MediaType.ociManifest, text, { labels, ...call });
  }

  #configuration(bytes: Buffer, diffId: string): Json {
    const { author, message, configure } = this.#options;
    const old = parseJson(bytes, `configuration of image "${this.#base.name}"`) as Json;
    const created = new Date().toISOString();
    const rootfs = (old["rootfs"] ?? {}) as { diff_ids?: string[] };
    const config = structuredClone((old["config"] ?? {}) as Json);
    configure?.(config);
    const step = {
      created,
      created_by: "hawser commit",
      ...(author && { author }),
      ...(message && { comment: message }),
    };
    return {
      ...old,
      created,
      ...(author && { author }),
      config,
      rootfs: { type: "layers", diff_ids: [...(rootfs.diff_ids ?? []), diffId] },
      history: [...((old["history"] ?? []) as Json[]), step],
    };
  }
}
