import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { ApiHandlers, CallContext } from "../../../../manager/api/api-service.ts";
import { streamingApi } from "../../../../manager/api/streaming.ts";
import { transferApi } from "../../../../manager/api/transfer.ts";
import type { ImageTransfer, TransferContext } from "../../../../manager/images/image-transfer.ts";
import { MessageStreams } from "../../../../manager/images/message-streams.ts";
import { is, pack, unpack } from "../../../../proto/any.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";
import type { Any } from "../../../../proto/gen/any.ts";
import { Empty } from "../../../../proto/gen/empty.ts";
import { StreamInit, type Streaming } from "../../../../proto/gen/streaming.ts";
import { type Transfer, TransferRequest } from "../../../../proto/gen/transfer.ts";
import { Data, Progress, WindowUpdate } from "../../../../proto/gen/transfer-endpoint.ts";
import {
  ImageExportStream,
  ImageImportStream,
  ImageStore,
  OCIRegistry,
} from "../../../../proto/gen/transfer-image.ts";
import { until } from "../../../support/turns.ts";
import { collect, pieces } from "../images/support.ts";

/** A client's end of a stream: what it says is pushed, what it hears is kept. */
class ClientStream {
  readonly heard: Any[] = [];
  readonly #gone = new AbortController();
  readonly #said: (Any | undefined)[] = [];
  #wake: () => void = () => undefined;
  readonly ended: Promise<HawserError | undefined>;

  constructor(streams: MessageStreams, id: string | undefined) {
    const api = streamingApi(streams).handlers as unknown as Required<ApiHandlers<typeof Streaming>>;
    if (id !== undefined) this.say(pack(StreamInit, { id }));
    this.ended = this.#run(api);
  }

  get context(): CallContext {
    return { namespace: "default", lease: undefined, signal: this.#gone.signal, deadline: undefined };
  }

  say(message: Any | undefined): void {
    this.#said.push(message);
    this.#wake();
  }

  vanish(): void {
    this.#gone.abort(new Error("the caller has gone"));
    this.#wake();
  }

  /** The bytes that came, giving the sender window as a receiver does. */
  async receive(): Promise<Buffer> {
    this.say(pack(WindowUpdate, { update: 50_000 }));
    let window = 50_000;
    let seen = 1;
    const chunks: Uint8Array[] = [];
    let isEnded = false;
    void this.ended.then(() => {
      isEnded = true;
    });
    for (;;) {
      await until(() => isEnded || this.heard.length > seen, "there is more");
      const message = this.heard[seen];
      if (message === undefined) break;
      seen += 1;
      const { data } = unpack(message, Data);
      assert.ok(data.length > 0 && data.length <= 32_768 && data.length <= window);
      window -= data.length;
      chunks.push(data);
      if (window < 10_000) {
        this.say(pack(WindowUpdate, { update: 50_000 }));
        window += 50_000;
      }
    }
    return Buffer.concat(chunks);
  }

  async #run(api: Required<ApiHandlers<typeof Streaming>>): Promise<HawserError | undefined> {
    try {
      for await (const message of api.stream(this.#speak(), this.context)) this.heard.push(message as Any);
      return undefined;
    } catch (error) {
      return error as HawserError;
    }
  }

  async *#speak(): AsyncGenerator<Any> {
    for (;;) {
      if (this.#gone.signal.aborted) return;
      const next = this.#said.shift();
      if (next !== undefined) yield next;
      else if (this.#isHalfClosed) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #isHalfClosed = false;
  halfClose(): void {
    this.#isHalfClosed = true;
    this.#wake();
  }
}

async function opened(streams: MessageStreams, id: string): Promise<ClientStream> {
  const stream = new ClientStream(streams, id);
  await until(() => stream.heard.length === 1, "the stream is acknowledged");
  assert.ok(is(stream.heard[0], Empty));
  return stream;
}

function transferOn(streams: MessageStreams, transfer: Partial<ImageTransfer>) {
  const api = transferApi(transfer as ImageTransfer, streams).handlers as unknown as Required<
    ApiHandlers<typeof Transfer>
  >;
  const context = {
    namespace: "default",
    lease: "l",
    signal: new AbortController().signal,
    deadline: undefined,
  };
  return async (source?: Any, destination?: Any, progressStream = "") =>
    await api.transfer(TransferRequest.create({ source, destination, options: { progressStream } }), context);
}

test("a stream is acknowledged, has its name alone, and goes with its call", async () => {
  const streams = new MessageStreams();
  const first = await opened(streams, "one");
  const second = new ClientStream(streams, "one");
  assert.equal((await second.ended)?.code, Code.AlreadyExists);
  const nameless = new ClientStream(streams, "");
  assert.equal((await nameless.ended)?.code, Code.InvalidArgument);
  const wrong = new ClientStream(streams, undefined);
  wrong.say(pack(Empty, {}));
  assert.match(
    (await wrong.ended)?.message ?? "",
    /first message is "google.protobuf.Empty", expected StreamInit/,
  );
  first.vanish();
  await first.ended;
  assert.throws(() => streams.claim("default", "one"), /there is none/);
});

test("a stream that nobody claims ends after a while, one that is claimed does not", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const streams = new MessageStreams({ claimBudgetMs: 1000 });
  const idle = await opened(streams, "idle");
  const used = await opened(streams, "used");
  const claimed = streams.claim("default", "used");
  t.mock.timers.tick(1001);
  assert.equal(await idle.ended, undefined);
  assert.throws(() => streams.claim("default", "used"), /it is in use/);
  assert.throws(() => streams.claim("other", "used"), /there is none/);
  claimed.close();
  assert.equal(await used.ended, undefined);
});

test("Transfer: an archive comes in by window, progress goes out, and both streams end", async () => {
  const streams = new MessageStreams();
  const [bytes, progress] = [await opened(streams, "import-1"), await opened(streams, "progress-1")];
  const archive = randomBytes(300_000);
  let imported: Buffer | undefined;
  const transfer = transferOn(streams, {
    async importArchive(source, end, context: TransferContext, options) {
      imported = await collect(source);
      assert.deepEqual(
        [end.name, context.lease, context.namespace, options?.compress],
        ["app", "l", "default", true],
      );
      context.onProgress({ event: "saved", name: "app" });
      return [];
    },
  });
  const done = transfer(
    pack(ImageImportStream, { stream: "import-1", forceCompress: true }),
    pack(ImageStore, { name: "app" }),
    "progress-1",
  );
  let window = 0;
  let heard = 1;
  for (let at = 0; at < archive.length; ) {
    await until(() => window > 0 || bytes.heard.length > heard, "there is window");
    while (heard < bytes.heard.length) {
      const message = bytes.heard[heard++];
      if (message) window += unpack(message, WindowUpdate).update;
    }
    const size = Math.min(window, 32_768, archive.length - at);
    bytes.say(pack(Data, { data: archive.subarray(at, at + size) }));
    window -= size;
    at += size;
    assert.ok(window <= 1_048_576, "never more window than a megabyte");
  }
  bytes.halfClose();
  await done;
  assert.ok(imported?.equals(archive));
  assert.deepEqual([await bytes.ended, await progress.ended], [undefined, undefined]);
  const reports = progress.heard.slice(1).map((message) => unpack(message, Progress));
  assert.deepEqual(
    reports.map(({ event, name }) => [event, name]),
    [["saved", "app"]],
  );
});

test("Transfer: an import that fails ends the streams and answers with its error", async () => {
  const streams = new MessageStreams();
  const bytes = await opened(streams, "i");
  const transfer = transferOn(streams, {
    async importArchive(source) {
      for await (const _ of source) throw new Error("it is broken");
      return [];
    },
  });
  const done = transfer(pack(ImageImportStream, { stream: "i" }), pack(ImageStore, { name: "app" }));
  bytes.say(pack(Data, { data: Buffer.from("x") }));
  await assert.rejects(done, /it is broken/);
  assert.equal(await bytes.ended, undefined);
});

test("Transfer: a client that goes away in the middle ends an import with an error, not with half an archive", async () => {
  const streams = new MessageStreams();
  const bytes = await opened(streams, "i");
  const transfer = transferOn(streams, {
    async importArchive(source) {
      await collect(source);
      return [];
    },
  });
  const done = transfer(pack(ImageImportStream, { stream: "i" }), pack(ImageStore, { name: "app" }));
  bytes.say(pack(Data, { data: Buffer.from("x") }));
  await until(() => bytes.heard.length > 1, "there is window");
  bytes.vanish();
  await assert.rejects(done, /the caller has gone/);
});

test("Transfer: an archive goes out by window, and a receiver that closes early ends it", async () => {
  const streams = new MessageStreams();
  const archive = randomBytes(400_000);
  const transfer = transferOn(streams, { exportArchive: async () => pieces(archive, 100_000) });
  const ends = (stream: string) =>
    [pack(ImageStore, { name: "app" }), pack(ImageExportStream, { stream })] as const;
  const patient = await opened(streams, "patient");
  const [, received] = await Promise.all([transfer(...ends("patient")), patient.receive()]);
  assert.ok(received.equals(archive));

  const hasty = await opened(streams, "hasty");
  hasty.say(pack(WindowUpdate, { update: 10 }));
  hasty.halfClose();
  await assert.rejects(transfer(...ends("hasty")), /the receiver closed its stream before the end/);
  assert.equal(await hasty.ended, undefined);
});

test("Transfer: ends that are missing, unknown or in a registry are refused by name", async () => {
  const streams = new MessageStreams();
  const transfer = transferOn(streams, {});
  const store = pack(ImageStore, { name: "app" });
  const registry = pack(OCIRegistry, { reference: "docker.io/library/app" });
  const table: [Any | undefined, Any | undefined, Code, RegExp][] = [
    [undefined, store, Code.InvalidArgument, /the source is missing/],
    [store, undefined, Code.InvalidArgument, /the destination is missing/],
    [registry, store, Code.Unimplemented, /OCIRegistry" to .*registries are not served by this hawserd/],
    [store, registry, Code.Unimplemented, /registries are not served/],
    [
      store,
      pack(Empty, {}),
      Code.Unimplemented,
      /to "google.protobuf.Empty": this pair of ends is not served/,
    ],
    [pack(ImageImportStream, { stream: "none" }), store, Code.NotFound, /use stream "none": there is none/],
  ];
  for (const [source, destination, code, text] of table) {
    await assert.rejects(transfer(source, destination), (error: HawserError) => {
      assert.match(error.message, text);
      assert.equal(error.code, code);
      return true;
    });
  }
});
