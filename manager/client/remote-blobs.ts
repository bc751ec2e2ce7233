// The daemon's content store in the shape that the walk, the import and the export of images want: the same code then serves
// the manager, beside its disk, and a client, far from it.
import { Code, HawserError } from "../../proto/errors.ts";
import { Info } from "../../proto/gen/content.ts";
import { fromDate } from "../../proto/timestamp.ts";
import type { ImageBlobs, OpenBlob } from "../images/image-blobs.ts";
import { type Blob, Content } from "./content.ts";
import type { Session } from "./session.ts";

type IngestOptions = NonNullable<Parameters<ImageBlobs["ingest"]>[3]>;

/** Blobs over the wire. */
export class RemoteBlobs implements ImageBlobs {
  readonly #session: Session;
  readonly #signal: AbortSignal | undefined;

  /** `signal` ends whatever is under way. */
  constructor(session: Session, signal?: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
  }

  async has(namespace: string, digest: string): Promise<boolean> {
    return await this.#content(namespace).has(digest, { signal: this.#signal });
  }

  async info(namespace: string, digest: string): Promise<Info> {
    return infoOf(await this.#content(namespace).info(digest, { signal: this.#signal }));
  }

  async open(namespace: string, digest: string): Promise<OpenBlob> {
    const content = this.#content(namespace);
    const call = { signal: this.#signal };
    const size = Number((await content.info(digest, call)).sizeBytes);
    return {
      size,
      async read(offset, length) {
        const wanted = Math.max(0, Math.min(length, size - offset));
        return Buffer.concat(
          await Array.fromAsync(content.read(digest, { offset, length: wanted, ...call })),
        );
      },
      stream: () => content.read(digest, call),
      // Each read is a call of its own.
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async readAll(namespace: string, digest: string, { maxBytes }: { maxBytes: number }): Promise<Buffer> {
    return await this.#content(namespace).readAll(digest, maxBytes, { signal: this.#signal });
  }

  async ingest(
    namespace: string,
    ref: string,
    source: AsyncIterable<Uint8Array>,
    { expected, size, lease, signal = this.#signal, labels }: IngestOptions = {},
  ): Promise<Info> {
    const options = { digest: expected, sizeBytes: size, labels, signal };
    return infoOf(await this.#content(namespace, lease).write(ref, source, options));
  }

  checkDigest(digest: string, found: string): void {
    if (found === digest) return;
    throw new HawserError(Code.DataLoss, `read blob "${digest}": the digest of its bytes is ${found}`);
  }

  #content(namespace: string, lease?: string): Content {
    return new Content(this.#session.narrow({ namespace, lease }));
  }
}

function infoOf({ digest, sizeBytes, createdAt, labels }: Blob): Info {
  return Info.create({ digest, size: sizeBytes, labels, createdAt: createdAt && fromDate(createdAt) });
}
