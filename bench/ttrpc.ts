// What ttrpc costs: round trips and streams next to bare sockets that move the same bytes, and whether 100,000 calls leave
// anything behind. The server is a process of its own; everything lives in a private directory.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type ServiceClient } from "../ttrpc/index.ts";
import type { Bench, Report, Target } from "./bench.ts";
import { type Footprint, footprint } from "./memory.ts";
import { PingClient, pour, receive } from "./raw-socket.ts";
import { median, quantile, spread } from "./sample.ts";
import type { Answer, Question } from "./ttrpc-peer.ts";
import { BenchService, CHUNK_BYTES } from "./ttrpc-service.ts";

type Calls = ServiceClient<typeof BenchService>;

const ROUNDS = 9;
const WARM_UP_ROUNDS = 2;
/** One round trip at a time, and as many as a busy manager has. */
const UNARY = [
  { inFlight: 1, calls: 4_000 },
  { inFlight: 64, calls: 16_000 },
] as const;
const UNARY_TARGET = 1.5;
const STREAM_CHUNKS = 2_048;
const STREAM_TARGET = 0.7;
const MEMORY_CALLS = 100_000;
const MEMORY_WARM_UP = 4;
const MEMORY_STRETCHES = 3;
/** The smallest object takes 16 bytes: one that stayed behind per call would be 1.5 MiB. */
const HEAP_TOLERANCE_BYTES = 2 ** 20;
/** Pages that engine and allocator keep or give back as they like. A frame kept per call would be 15 MiB. */
const RSS_TOLERANCE_BYTES = 8 * 2 ** 20;

const request = { id: "0123456789abcdef".repeat(4) };
const metadata = { "containerd-namespace-ttrpc": "default" };

export const ttrpc: Bench = {
  name: "ttrpc",
  title: "ttrpc next to a bare unix socket",
  sources: ["ttrpc", "proto", "bench/*.ts"],
  async measure(progress) {
    const directory = await mkdtemp(join(tmpdir(), "hawser-bench-"));
    const peer = new Peer();
    try {
      return await peer.unlessItDies(measureAll(peer, directory, progress));
    } finally {
      await peer.stop();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function measureAll(peer: Peer, directory: string, progress: (line: string) => void): Promise<Report> {
  await peer.ask({ ask: "listen", directory });
  const path = join(directory, "ttrpc");
  await using client = await Client.connect(path, { metadata, inbound: { whenFull: "pause" } });
  const calls = client.service(BenchService);
  const sizes = await frameSizes(path);
  await peer.ask({ ask: "listen-for-pings", directory, ...sizes });

  progress(`round trips, ${ROUNDS} rounds`);
  const unary = await measureUnary(directory, calls, sizes);
  // Before the streams: what they leave in the allocator's hands would blur the numbers.
  progress(`${MEMORY_CALLS} calls, and what they leave behind`);
  const memory = await measureMemory(peer, calls);
  progress(`streams, ${ROUNDS} rounds`);
  const streams = await measureStreams(directory, calls);
  return {
    text: [unary.text, memory.text, streams.text].join("\n\n"),
    targets: [...unary.targets, ...memory.targets, ...streams.targets],
  };
}

// --- unary ------------------------------------------------------------------------------------------------------

interface FrameSizes {
  readonly request: number;
  readonly response: number;
}

/** What one call puts on the wire each way, header included. */
async function frameSizes(path: string): Promise<FrameSizes> {
  const socket = await connect(path);
  await using client = new Client(socket, { metadata });
  await client.service(BenchService).connect(request);
  return { request: socket.bytesWritten, response: socket.bytesRead };
}

/** `count` calls, `inFlight` at a time. Resolves with each one's milliseconds. */
async function call(calls: Calls, count: number, inFlight: number): Promise<Float64Array> {
  const latencies = new Float64Array(count);
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < count) {
      const index = sent++;
      const startedAt = performance.now();
      await calls.connect(request);
      latencies[index] = performance.now() - startedAt;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return latencies;
}

/** What a round of round trips took. */
interface RoundTrips {
  readonly usPerCall: number;
  readonly latencies: Float64Array;
}

async function roundTrips(run: () => Promise<Float64Array>): Promise<RoundTrips> {
  const startedAt = performance.now();
  const latencies = await run();
  return { usPerCall: ((performance.now() - startedAt) * 1000) / latencies.length, latencies };
}

async function measureUnary(directory: string, calls: Calls, sizes: FrameSizes): Promise<Report> {
  const socket = await connect(join(directory, "pings"));
  const pings = new PingClient(socket, sizes.request, sizes.response);
  const results = UNARY.map((load) => ({ ...load, raw: [] as RoundTrips[], ours: [] as RoundTrips[] }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const { inFlight, calls: count, raw, ours } of results) {
      const bare = await roundTrips(() => pings.run(count, inFlight));
      const rpc = await roundTrips(() => call(calls, count, inFlight));
      if (round < 0) continue;
      raw.push(bare);
      ours.push(rpc);
    }
  }
  socket.destroy();

  const rows: string[] = [];
  const targets: Target[] = [];
  for (const { inFlight, raw, ours } of results) {
    const ratios = ours.map(({ usPerCall }, round) => usPerCall / (raw[round] as RoundTrips).usPerCall);
    const isMet = median(ratios) <= UNARY_TARGET;
    rows.push(
      row(
        `${inFlight} in flight`,
        perCall(raw),
        perCall(ours),
        latency(raw),
        latency(ours),
        spread(ratios, 2),
        mark(isMet),
      ),
    );
    targets.push({
      what: `unary round trip, ${inFlight} in flight, at most ${UNARY_TARGET} × raw`,
      measured: `${spread(ratios, 2)} ×`,
      isMet,
    });
  }
  const text = [
    `Unary round trips of ${sizes.request} bytes there and ${sizes.response} back (a ConnectRequest with its namespace, a`,
    "ConnectResponse), against messages of the same sizes on a bare socket, one write each. µs per round trip; latency is",
    `p50 / p99. Target: at most ${UNARY_TARGET} × raw. Two paces, up to four times apart, are the scheduler's: it puts both`,
    "processes on one core or on two, and moves them now and then.",
    "",
    row("", "raw µs", "ttrpc µs", "raw latency µs", "ttrpc latency µs", "× raw", "target"),
    "|---|--:|--:|--:|--:|--:|---|",
    ...rows,
  ].join("\n");
  return { text, targets };
}

function perCall(rounds: readonly RoundTrips[]): string {
  return spread(
    rounds.map(({ usPerCall }) => usPerCall),
    1,
  );
}

function latency(rounds: readonly RoundTrips[]): string {
  const all = rounds.flatMap(({ latencies }) => [...latencies]);
  return [0.5, 0.99].map((part) => (quantile(all, part) * 1000).toFixed(1)).join(" / ");
}

// --- streams ----------------------------------------------------------------------------------------------------

async function measureStreams(directory: string, calls: Calls): Promise<Report> {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(STREAM_CHUNKS);
  const source = await connect(join(directory, "source"));
  const sink = await connect(join(directory, "sink"));
  const isReady = receive(sink, 1);
  sink.write(count);
  await isReady;

  const directions = [
    {
      name: "server to client",
      raw: async () => {
        const isThere = receive(source, STREAM_CHUNKS * CHUNK_BYTES);
        source.write(count);
        await isThere;
      },
      ours: () => download(calls),
    },
    {
      name: "client to server",
      raw: async () => {
        const isThere = receive(sink, 1);
        await pour(sink, STREAM_CHUNKS);
        await isThere;
      },
      ours: () => upload(calls),
    },
  ];
  const results = directions.map((direction) => ({
    ...direction,
    rawRates: [] as number[],
    ourRates: [] as number[],
  }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const { raw, ours, rawRates, ourRates } of results) {
      const bare = await mebibytesPerSecond(raw);
      const rpc = await mebibytesPerSecond(ours);
      if (round < 0) continue;
      rawRates.push(bare);
      ourRates.push(rpc);
    }
  }
  source.destroy();
  sink.destroy();

  const rows: string[] = [];
  const targets: Target[] = [];
  for (const { name, rawRates, ourRates } of results) {
    const ratios = ourRates.map((rate, round) => rate / (rawRates[round] as number));
    const isMet = median(ratios) >= STREAM_TARGET;
    rows.push(row(name, spread(rawRates, 0), spread(ourRates, 0), spread(ratios, 2), mark(isMet)));
    targets.push({
      what: `stream of 64 KiB messages, ${name}, at least ${STREAM_TARGET} × raw`,
      measured: `${spread(ratios, 2)} ×`,
      isMet,
    });
  }
  const text = [
    `Streams of 64 KiB messages, ${(STREAM_CHUNKS * CHUNK_BYTES) / 2 ** 20} MiB a round, against 64 KiB writes to a bare socket that`,
    `wait for "drain". MiB of payload per second. Target: at least ${STREAM_TARGET} × raw. The raw side sends one buffer again and`,
    "again and looks at no byte. A message costs what that leaves out: a copy where it is encoded, into memory of messages",
    "that are on their way already, and memory of its own and a copy where it arrives, because its reader may keep it.",
    "",
    row("", "raw MiB/s", "ttrpc MiB/s", "× raw", "target"),
    "|---|--:|--:|--:|---|",
    ...rows,
  ].join("\n");
  return { text, targets };
}

async function download(calls: Calls): Promise<void> {
  let bytes = 0;
  for await (const chunk of calls.download({ count: STREAM_CHUNKS })) bytes += chunk.data.length;
  checkStreamed(bytes);
}

async function upload(calls: Calls): Promise<void> {
  const data = new Uint8Array(CHUNK_BYTES);
  const stream = calls.upload();
  for (let sent = 0; sent < STREAM_CHUNKS; sent++) await stream.send({ data });
  checkStreamed((await stream.response()).count);
}

function checkStreamed(bytes: number): void {
  const expected = STREAM_CHUNKS * CHUNK_BYTES;
  if (bytes !== expected) throw new Error(`bench ttrpc: a stream of ${expected} bytes brought ${bytes}`);
}

async function mebibytesPerSecond(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return (STREAM_CHUNKS * CHUNK_BYTES) / 2 ** 20 / ((performance.now() - startedAt) / 1000);
}

// --- memory -----------------------------------------------------------------------------------------------------

async function measureMemory(peer: Peer, calls: Calls): Promise<Report> {
  const look = async () => ({
    client: await footprint(),
    server: (await peer.ask({ ask: "footprint" })) as Footprint,
  });
  const load = () => call(calls, MEMORY_CALLS, 64);
  // The first stretches bring heap and young generation to their working size and are not looked at.
  for (let stretch = 0; stretch < MEMORY_WARM_UP; stretch++) await load();
  const looks = [await look()];
  for (let stretch = 0; stretch < MEMORY_STRETCHES; stretch++) {
    await load();
    looks.push(await look());
  }

  const rows: string[] = [];
  const targets: Target[] = [];
  for (const side of ["client", "server"] as const) {
    const states = looks.map((state) => state[side]);
    const isMet =
      growth(states, "heapBytes") <= HEAP_TOLERANCE_BYTES &&
      growth(states, "externalBytes") <= HEAP_TOLERANCE_BYTES &&
      growth(states, "rssBytes") <= RSS_TOLERANCE_BYTES &&
      states.every(({ descriptors }) => descriptors === states[0]?.descriptors) &&
      states.every(({ resources }) => resources === states[0]?.resources);
    const change = (field: keyof Footprint, unit: number, digits: number): string =>
      states.map((state) => (state[field] / unit).toFixed(digits)).join(" → ");
    const [heap, external, rss, descriptors, resources] = [
      change("heapBytes", 2 ** 20, 2),
      change("externalBytes", 2 ** 20, 2),
      change("rssBytes", 2 ** 20, 1),
      change("descriptors", 1, 0),
      change("resources", 1, 0),
    ];
    rows.push(row(side, heap, external, rss, descriptors, resources, mark(isMet)));
    targets.push({
      what: `flat ${side}, ${MEMORY_STRETCHES} times ${MEMORY_CALLS} calls`,
      measured: `heap ${heap} MiB, resident ${rss} MiB, descriptors ${descriptors}`,
      isMet,
    });
  }
  const text = [
    `${MEMORY_CALLS} unary calls, 64 in flight, ${MEMORY_STRETCHES} times, after ${MEMORY_WARM_UP} times that are not looked at; before → after each, behind a`,
    "garbage collection. Target: flat. What leaks grows every time, so the smallest growth of a stretch counts: at most 1 MiB of heap",
    "and of memory outside of it (one object of 16 bytes kept per call would be 1.5 MiB), at most 8 MiB resident (one frame",
    "kept per call would be 15 MiB; the engine commits pages of its young generation in steps of that order, and keeps",
    "them), and never one descriptor, timer or handle more or less.",
    "",
    row("", "heap MiB", "external MiB", "resident MiB", "descriptors", "active resources", "target"),
    "|---|--:|--:|--:|--:|--:|---|",
    ...rows,
  ].join("\n");
  return { text, targets };
}

/** The smallest growth from one look to the next. */
function growth(states: readonly Footprint[], field: keyof Footprint): number {
  return Math.min(...states.slice(1).map((state, index) => state[field] - (states[index]?.[field] ?? 0)));
}

// --- around it --------------------------------------------------------------------------------------------------

/** The process with the servers. Owned by the bench: ends with `stop`, or with this process. */
class Peer {
  readonly #child: ChildProcess;
  readonly #hasExited: Promise<never>;

  constructor() {
    this.#child = fork(join(import.meta.dirname, "ttrpc-peer.ts"));
    this.#hasExited = once(this.#child, "exit").then(([code, signal]) => {
      throw new Error(`bench ttrpc: the server process ended early: ${signal ?? `exit ${code}`}`);
    });
    // Looked at by `unlessItDies` alone; the end that `stop` brings is no failure.
    this.#hasExited.catch(() => undefined);
  }

  async ask(question: Question): Promise<Answer> {
    const reply = once(this.#child, "message");
    this.#child.send(question);
    const [answer] = await reply;
    return answer as Answer;
  }

  unlessItDies<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#hasExited]);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const hasExited = once(this.#child, "exit");
    this.#child.disconnect();
    await hasExited;
  }
}

async function connect(path: string): Promise<Socket> {
  const socket = createConnection({ path });
  await once(socket, "connect");
  return socket;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function mark(isMet: boolean): string {
  return isMet ? "met" : "**missed**";
}
