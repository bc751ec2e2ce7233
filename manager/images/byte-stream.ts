// Bytes over a stream of messages, with a window: the receiver says how much it will take, the sender never sends more, in
// pieces of at most 32 KiB. Our window is wide, because it is not what bounds our memory: messages are read one by one, as they
// are used, and what a sender has sent ahead waits in its own socket.
// Errors do not travel on the stream: a stream that breaks ends the call that uses it.
import { is, pack, unpack } from "../../proto/any.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { Data, WindowUpdate } from "../../proto/gen/transfer-endpoint.ts";
import type { MessageStream } from "./message-streams.ts";

const PIECE_BYTES = 32 * 1024;
const WINDOW_BYTES = 1024 * 1024;

/** What the other side sends, to its end; closes our half when it is through. Throws when the stream breaks. */
export async function* receiveBytes(stream: MessageStream): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let window = 0; ; ) {
      if (window <= WINDOW_BYTES / 2) {
        await stream.send(pack(WindowUpdate, { update: WINDOW_BYTES - window }));
        window = WINDOW_BYTES;
      }
      const message = await stream.receive();
      if (message === undefined) return;
      // Newer peers may have more to say than we know.
      if (!is(message, Data)) continue;
      const { data } = unpack(message, Data);
      window -= data.length;
      yield data;
    }
  } finally {
    stream.close();
  }
}

/** Sends all of `source` and closes our half. Throws when the stream breaks, or the other side closes before the end. */
export async function sendBytes(stream: MessageStream, source: AsyncIterable<Uint8Array>): Promise<void> {
  const window = new Window();
  const listening = listen(stream, window);
  try {
    for await (const bytes of source) {
      for (let at = 0; at < bytes.length; ) {
        const granted = await window.take(Math.min(PIECE_BYTES, bytes.length - at));
        await stream.send(pack(Data, { data: bytes.subarray(at, at + granted) }));
        at += granted;
      }
    }
    await stream.flush();
  } finally {
    stream.close();
    await listening;
  }
}

async function listen(stream: MessageStream, window: Window): Promise<void> {
  try {
    for (let message = await stream.receive(); message !== undefined; message = await stream.receive()) {
      if (is(message, WindowUpdate)) window.add(unpack(message, WindowUpdate).update);
    }
    window.end(new HawserError(Code.Canceled, "send bytes: the receiver closed its stream before the end"));
  } catch (caught) {
    window.end(HawserError.from(caught));
  }
}

/** What may still be sent. */
class Window {
  #size = 0;
  #end: HawserError | undefined;
  #wake: (() => void) | undefined;

  add(size: number): void {
    // A window that a peer takes back is none.
    this.#size = Math.max(0, Math.min(this.#size + size, Number.MAX_SAFE_INTEGER));
    this.#wake?.();
  }

  end(reason: HawserError): void {
    this.#end ??= reason;
    this.#wake?.();
  }

  /** From 1 to `most`; waits until there is any. One caller at a time. */
  async take(most: number): Promise<number> {
    while (this.#size === 0) {
      if (this.#end !== undefined) throw this.#end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const taken = Math.min(this.#size, most);
    this.#size -= taken;
    return taken;
  }
}
