// A call in which both sides send many messages. Owns the gRPC stream. Sending waits while the other side has no room, and
// receiving asks for one message at a time, so that nothing piles up here.
// Always true: once it is disposed of, the other side has been told, whatever state the call was in.
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { callError } from "./call-error.ts";

/** One conversation. One sender and one receiver at a time. */
export class Conversation<Request, Response> implements AsyncDisposable {
  readonly #call: ClientDuplexStream<Init<Request>, Response>;
  readonly #signal: AbortSignal | undefined;
  readonly #answers: AsyncIterator<Response>;
  readonly #failed: Promise<never>;
  readonly #cancel = (): void => this.#call.cancel();

  /** Takes the call. */
  constructor(call: ClientDuplexStream<Init<Request>, Response>, signal: AbortSignal | undefined) {
    this.#call = call;
    this.#signal = signal;
    this.#failed = new Promise((_, reject) => {
      call.on("error", (error) => reject(callError(error, signal)));
      call.on("close", () => reject(new HawserError(Code.Canceled, "the call has ended")));
    });
    // Nobody may be sending when it fails; the receiver hears of it from the stream.
    this.#failed.catch(() => undefined);
    this.#answers = call[Symbol.asyncIterator]() as AsyncIterator<Response>;
    signal?.addEventListener("abort", this.#cancel, { once: true });
  }

  /** Sends a message; resolves when there is room for another. */
  async send(request: Init<Request>): Promise<void> {
    if (this.#call.write(request)) return;
    const drained = new Promise<void>((resolve) => this.#call.once("drain", resolve));
    await Promise.race([drained, this.#failed]);
  }

  /** The next message; undefined when the other side has ended well. */
  async receive(): Promise<Response | undefined> {
    try {
      const answer = await this.#answers.next();
      return answer.done ? undefined : answer.value;
    } catch (caught) {
      throw callError(caught, this.#signal);
    }
  }

  /** Sends a message and returns the answer. A conversation that ends instead is DataLoss. */
  async ask(request: Init<Request>): Promise<Response> {
    await this.send(request);
    const answer = await this.receive();
    if (answer === undefined) throw new HawserError(Code.DataLoss, "the daemon ended without an answer");
    return answer;
  }

  /** Says that nothing more will be sent. The other side may go on. */
  end(): void {
    this.#call.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Response, void, undefined> {
    for (let next = await this.receive(); next !== undefined; next = await this.receive()) yield next;
  }

  /** Ends the call both ways. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#cancel);
    this.#call.cancel();
    await this.#answers.return?.().catch(() => undefined);
  }
}
