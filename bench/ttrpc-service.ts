// The service that the ttrpc bench calls: a small unary method with a message of the task service, and a stream of bytes
// each way.
import { codec, NO_BYTES, readBytes } from "../proto/codec-runtime.ts";
import { ConnectRequest, ConnectResponse } from "../proto/gen/task.ts";
import type { Codec, ServiceDefinition, ServiceHandlers } from "../ttrpc/index.ts";

/** Size of the messages of both streams, and of the raw writes they are compared with. */
export const CHUNK_BYTES = 64 * 1024;

export interface Chunk {
  data: Uint8Array;
  /** To the server: how many chunks are wanted; from it: how many bytes came. */
  count: number;
}

export const Chunk: Codec<Chunk> = codec<Chunk>({
  typeName: "hawser.bench.Chunk",
  create: (init) => ({ data: init.data ?? NO_BYTES, count: init.count ?? 0 }),
  write(message, writer) {
    if (message.data?.length) writer.uint32(10).bytes(message.data);
    if (message.count) writer.uint32(16).uint32(message.count);
  },
  field(message, tag, reader) {
    if (tag === 10) message.data = readBytes(reader);
    else if (tag === 16) message.count = reader.uint32();
    else return false;
    return true;
  },
});

export const BenchService = {
  name: "hawser.bench.Bench",
  methods: {
    connect: { name: "Connect", kind: "unary", request: ConnectRequest, response: ConnectResponse },
    download: { name: "Download", kind: "server-streaming", request: Chunk, response: Chunk },
    upload: { name: "Upload", kind: "client-streaming", request: Chunk, response: Chunk },
  },
} as const satisfies ServiceDefinition;

const data = new Uint8Array(CHUNK_BYTES);

export const handlers: ServiceHandlers<typeof BenchService> = {
  connect: () => ({ shimPid: 4711, taskPid: 4712 }),
  async *download({ count }) {
    for (let sent = 0; sent < count; sent++) yield { data };
  },
  async upload(chunks) {
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.data.length;
    return { count: bytes };
  },
};
