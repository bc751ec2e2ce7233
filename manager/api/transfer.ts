// The Transfer service: finds out which two ends are meant, and hands both to the transfer of images.
// The seam for registries is the table below: a pull is OCIRegistry → ImageStore, a push ImageStore → OCIRegistry. Until they
// are served they are Unimplemented by name, and clients can fetch for themselves and write to Content.
import { pack, typeNameOf, unpack } from "../../proto/any.ts";
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import { Transfer, type TransferRequest } from "../../proto/gen/transfer.ts";
import { Progress } from "../../proto/gen/transfer-endpoint.ts";
import {
  ImageExportStream,
  ImageImportStream,
  ImageStore,
  OCIRegistry,
} from "../../proto/gen/transfer-image.ts";
import { receiveBytes, sendBytes } from "../images/byte-stream.ts";
import type { ImageTransfer, TransferContext } from "../images/image-transfer.ts";
import type { MessageStreams } from "../images/message-streams.ts";
import { type ApiService, apiService, type CallContext } from "./api-service.ts";

/** The Transfer service on images and on the streams that clients opened. */
export function transferApi(transfer: ImageTransfer, streams: MessageStreams): ApiService {
  return apiService(Transfer, {
    async transfer(request, context) {
      await new TransferCall(transfer, streams, context).run(request);
      return {};
    },
  });
}

/** One transfer. */
class TransferCall {
  readonly #transfer: ImageTransfer;
  readonly #streams: MessageStreams;
  readonly #context: CallContext;

  constructor(transfer: ImageTransfer, streams: MessageStreams, context: CallContext) {
    this.#transfer = transfer;
    this.#streams = streams;
    this.#context = context;
  }

  async run({ source, destination, options }: TransferRequest): Promise<void> {
    if (source === undefined || destination === undefined) {
      const missing = source === undefined ? "source" : "destination";
      throw new HawserError(Code.InvalidArgument, `transfer: the ${missing} is missing`);
    }
    const move = this.#moveOf(source, destination);
    const name = options?.progressStream ?? "";
    const progress = name === "" ? undefined : this.#streams.claim(this.#context.namespace, name);
    try {
      await move({
        ...this.#context,
        onProgress: (report: Init<Progress>) => progress?.offer(pack(Progress, report)),
      });
    } finally {
      progress?.close();
    }
  }

  // Decided before any stream is claimed, so that a pair that is not served leaves all of them to their client.
  #moveOf(source: Any, destination: Any): (context: TransferContext) => Promise<unknown> {
    const from = typeNameOf(source);
    const to = typeNameOf(destination);
    if (from === ImageImportStream.typeName && to === ImageStore.typeName) {
      return (context) =>
        this.#import(unpack(source, ImageImportStream), unpack(destination, ImageStore), context);
    }
    if (from === ImageStore.typeName && to === ImageExportStream.typeName) {
      return (context) =>
        this.#export(unpack(source, ImageStore), unpack(destination, ImageExportStream), context);
    }
    if (from === ImageStore.typeName && to === ImageStore.typeName) {
      return async (context) =>
        this.#transfer.tag(unpack(source, ImageStore), unpack(destination, ImageStore), context);
    }
    throw notServed(from, to);
  }

  async #import(from: ImageImportStream, to: ImageStore, context: TransferContext): Promise<void> {
    const stream = this.#streams.claim(context.namespace, from.stream);
    try {
      const compress = from.forceCompress;
      await this.#transfer.importArchive(receiveBytes(stream), to, context, { compress });
    } finally {
      stream.close();
    }
  }

  async #export(from: ImageStore, to: ImageExportStream, context: TransferContext): Promise<void> {
    const stream = this.#streams.claim(context.namespace, to.stream);
    try {
      await sendBytes(stream, await this.#transfer.exportArchive(from, to, context));
    } finally {
      stream.close();
    }
  }
}

function notServed(from: string, to: string): HawserError {
  const isRegistry = from === OCIRegistry.typeName || to === OCIRegistry.typeName;
  const reason = isRegistry
    ? "registries are not served by this hawserd; let the client speak to the registry (ctr: --local)"
    : "this pair of ends is not served";
  const shown = (name: string) => JSON.stringify(name.slice(0, 200));
  return new HawserError(Code.Unimplemented, `transfer from ${shown(from)} to ${shown(to)}: ${reason}`);
}
