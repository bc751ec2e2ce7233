// One WebSocket of the page: messages out, one at a time and no faster than the browser takes them; input in, bounded: at too much
// of it the socket is not read. Owns the socket.
// Always true: what the page says is small, or the socket is closed; a page that has gone without a word is noticed by its
// silence; `closed` fires once, whoever closes.
import type { WebSocket } from "ws";
import { Code, HawserError } from "../../proto/errors.ts";

/** Between two questions whether the page is there; no answer by the next one is its end. Milliseconds. */
const PING_MS = 20_000;
/** Input that may wait for its process. Bytes. */
const MAX_INPUT_BYTES = 256 * 1024;

/** What the page says. */
export interface ChannelUser {
  /** A message that is no input. Must not wait and must not throw. */
  onMessage(text: string): void;
  /** Input, in order, one at a time; the next comes when this is done. What it throws closes the channel. */
  onInput(bytes: Uint8Array): Promise<void>;
}

/** A channel to one page. */
export class Channel {
  readonly #socket: WebSocket;
  readonly #user: ChannelUser;
  readonly #closing = new AbortController();
  readonly #ping: NodeJS.Timeout;
  #isAlive = true;
  #input: Uint8Array[] = [];
  #inputBytes = 0;
  #isFeeding = false;

  /** Takes the socket. */
  constructor(socket: WebSocket, user: ChannelUser) {
    this.#socket = socket;
    this.#user = user;
    this.#ping = setInterval(() => this.#checkPage(), PING_MS);
    socket.on("pong", () => {
      this.#isAlive = true;
    });
    socket.on("message", (data: Buffer, isBinary) => {
      this.#isAlive = true;
      if (isBinary) this.#take(data);
      else user.onMessage(data.toString("utf8"));
    });
    // A message that is too large, or no WebSocket's: ws closes after it.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(this.#ping);
      this.#closing.abort(new HawserError(Code.Canceled, "the page has gone"));
    });
  }

  /** Fires when the page has gone, or was sent away. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Sends bytes; resolves when the kernel has them. Throws Canceled when the page has gone. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#send(bytes);
  }

  /** Sends a message. */
  async tell(message: object): Promise<void> {
    await this.#send(JSON.stringify(message));
  }

  /** Ends it behind what was sent. */
  close(): void {
    this.#socket.close(1000);
  }

  /** Ends it at once: `hawser web` stops, and the page tries again. */
  drop(): void {
    this.#socket.close(1012);
    this.#socket.terminate();
  }

  async #send(data: string | Uint8Array): Promise<void> {
    this.closed.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onClose = () => reject(this.closed.reason);
    this.closed.addEventListener("abort", onClose, { once: true });
    // ws calls back when the socket has taken it, and not at all when it is destroyed meanwhile.
    this.#socket.send(data, (error) => (error == null ? resolve() : onClose()));
    try {
      await promise;
    } finally {
      this.closed.removeEventListener("abort", onClose);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#input.push(bytes);
    this.#inputBytes += bytes.length;
    if (this.#inputBytes > MAX_INPUT_BYTES) this.#socket.pause();
    if (!this.#isFeeding) void this.#feed();
  }

  // Never rejects.
  async #feed(): Promise<void> {
    this.#isFeeding = true;
    try {
      for (let bytes = this.#input.shift(); bytes !== undefined; bytes = this.#input.shift()) {
        await this.#user.onInput(bytes);
        this.#inputBytes -= bytes.length;
        if (this.#inputBytes <= MAX_INPUT_BYTES && this.#socket.isPaused) this.#socket.resume();
      }
    } catch {
      // Whoever reads the session hears why; here it means that nobody takes input any more.
      this.#input = [];
      this.#socket.resume();
    }
    this.#isFeeding = false;
  }

  #checkPage(): void {
    // Input that waits keeps us from hearing the answer.
    if (this.#socket.isPaused) return;
    if (this.#isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.#isAlive = false;
  }
}
