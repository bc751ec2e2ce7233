// The baseline that ttrpc is measured against: node:net and nothing else. Messages have a fixed size and are told apart
// by counting bytes; every message is one write. What ttrpc adds to this is its price.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { CHUNK_BYTES } from "./ttrpc-service.ts";

const chunk = Buffer.alloc(CHUNK_BYTES);

/** Calls back once per `messageBytes` that arrive. */
function onMessage(socket: Socket, messageBytes: number, callback: () => void): void {
  let received = 0;
  socket.on("data", (bytes: Buffer) => {
    for (received += bytes.length; received >= messageBytes; received -= messageBytes) callback();
  });
}

/** Answers every message of one size with one of another. */
export function servePings(path: string, requestBytes: number, responseBytes: number): Promise<Server> {
  const response = Buffer.alloc(responseBytes);
  return listen(path, (socket) => onMessage(socket, requestBytes, () => socket.write(response)));
}

/** A connected socket to a server of pings. */
export class PingClient {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #onResponse: () => void = () => undefined;

  /** Takes the socket. */
  constructor(socket: Socket, requestBytes: number, responseBytes: number) {
    this.#socket = socket;
    this.#request = Buffer.alloc(requestBytes);
    onMessage(socket, responseBytes, () => this.#onResponse());
  }

  /** `count` round trips, `inFlight` at a time. Resolves with each one's milliseconds. */
  run(count: number, inFlight: number): Promise<Float64Array> {
    const latencies = new Float64Array(count);
    const startedAt = new Float64Array(count);
    let sent = 0;
    let received = 0;
    const send = (): void => {
      startedAt[sent++] = performance.now();
      this.#socket.write(this.#request);
    };
    return new Promise((resolve) => {
      this.#onResponse = () => {
        latencies[received] = performance.now() - (startedAt[received] as number);
        received++;
        if (sent < count) send();
        else if (received === count) resolve(latencies);
      };
      for (let index = 0; index < inFlight; index++) send();
    });
  }
}

/** Writes chunks for as long as the socket takes them, waiting for room when it does not. */
export async function pour(socket: Socket, chunks: number): Promise<void> {
  for (let sent = 0; sent < chunks; sent++) {
    if (!socket.write(chunk)) await once(socket, "drain");
  }
}

/** Sends `count` chunks to whoever connects and names the count in four bytes. */
export function serveSource(path: string): Promise<Server> {
  return listen(path, (socket) => {
    socket.on("data", (bytes: Buffer) => void pour(socket, bytes.readUInt32BE()));
  });
}

/** Takes chunks, and answers one byte each time that the number named by the first four bytes is complete. */
export function serveSink(path: string): Promise<Server> {
  return listen(path, (socket) => {
    socket.once("data", (bytes: Buffer) => {
      onMessage(socket, bytes.readUInt32BE() * CHUNK_BYTES, () => socket.write("."));
      socket.write(".");
    });
  });
}

/** Resolves when `bytes` more have arrived. */
export function receive(socket: Socket, bytes: number): Promise<void> {
  let missing = bytes;
  return new Promise((resolve) => {
    const onData = (piece: Buffer): void => {
      missing -= piece.length;
      if (missing > 0) return;
      socket.off("data", onData);
      resolve();
    };
    socket.on("data", onData);
  });
}

async function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  server.listen(path);
  await once(server, "listening");
  return server;
}
