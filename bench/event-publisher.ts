// A stand-in for shims: publishes events over ttrpc as they do, each with its name, and counts an event when the daemon has answered
// that it has it. One event in flight for each shim, as a real one has.
import { pack } from "../proto/any.ts";
import { TaskExit } from "../proto/gen/events.ts";
import { Events } from "../proto/gen/forward.ts";
import { EVENT_ID_METADATA, NAMESPACE_METADATA } from "../proto/metadata-keys.ts";
import { fromNanoseconds } from "../proto/timestamp.ts";
import { Client } from "../ttrpc/index.ts";

/** What is published, and by how many. */
export interface Publishing {
  /** Of the daemon's socket for shims. */
  readonly address: string;
  readonly namespace: string;
  readonly shims: number;
  /** Of all shims together. */
  readonly events: number;
}

let queues = 0;
let time = BigInt(Date.now()) * 1_000_000n;

/** Publishes; resolves when all events are taken. */
export async function publish({ address, namespace, shims, events }: Publishing): Promise<void> {
  const metadata = { [NAMESPACE_METADATA]: namespace };
  const clients = await Promise.all(
    Array.from({ length: shims }, () => Client.connect(address, { metadata })),
  );
  try {
    const share = Math.ceil(events / shims);
    await Promise.all(
      clients.map((client, at) => publishOne(client, namespace, Math.min(share, events - at * share))),
    );
  } finally {
    for (const client of clients) client.close();
  }
}

async function publishOne(client: Client, namespace: string, events: number): Promise<void> {
  const service = client.service(Events);
  const queue = `bench-${process.pid}-${queues++}`;
  const containerId = `c${queue}`;
  for (let sequence = 1; sequence <= events; sequence++) {
    const event = pack(TaskExit, { containerId, id: containerId, pid: sequence, exitStatus: 0 });
    const envelope = { timestamp: fromNanoseconds(time++), namespace, topic: "/tasks/exit", event };
    await service.forward({ envelope }, { metadata: { [EVENT_ID_METADATA]: `${queue}/${sequence}` } });
  }
}
