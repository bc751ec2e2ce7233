// One call on the manager's socket: from bytes to a handler of a service and back.
// Always true: a handler is called at most once and its outcome is sent at most once; of a stream, one message at a time is
// encoded and handed to HTTP/2, and the next is asked for when the peer's window has taken it, so that a client that does
// not read holds one message of ours. In the other direction grpc-js reads at most 16 messages ahead of the handler.
import type { EventEmitter } from "node:events";
import type {
  Metadata,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
} from "@grpc/grpc-js";
import type { AnyMethod, Codec } from "../../proto/codec.ts";
import { Code, HawserError, messageOf } from "../../proto/errors.ts";
import type { CallContext } from "./api-service.ts";
import { deadlineOf, leaseOf, namespaceOf } from "./grpc-metadata.ts";
import { errorFromThrown, statusOf } from "./grpc-status.ts";

/** The three kinds of calls that grpc-js hands over, with messages as bytes. */
export type UnaryCall = ServerUnaryCall<Buffer, Buffer>;
export type WritableCall = ServerWritableStream<Buffer, Buffer>;
export type DuplexCall = ServerDuplexStream<Buffer, Buffer>;

type UnaryHandler = (request: unknown, context: CallContext) => unknown;
type StreamHandler = (request: unknown, context: CallContext) => AsyncIterable<unknown>;

/** One for all calls: an error looks at the stack when it is made, which costs more than answering some calls does. */
const ANSWERED = new HawserError(Code.Canceled, "the call has been answered");

/** What a call has to know of its method. */
export interface CallTarget {
  /** `containerd.services.version.v1.Version/Version`. */
  readonly name: string;
  readonly method: AnyMethod;
  readonly isNamespaced: boolean;
  readonly isOpenEnded: boolean;
  readonly maxMessageBytes: number;
}

/** A call in flight. The signal of its context ends with it. */
export class GrpcCall {
  readonly target: CallTarget;
  readonly #metadata: Metadata;
  readonly #deadline: Date | undefined;
  readonly #controller = new AbortController();

  constructor(target: CallTarget, call: UnaryCall | WritableCall | DuplexCall) {
    this.target = target;
    this.#metadata = call.metadata;
    this.#deadline = deadlineOf(call.getDeadline());
    // Comes when the stream is over for any reason, and after our own status as well: the first reason counts.
    const emitter: EventEmitter = call;
    emitter.once("cancelled", () => {
      if (this.#controller.signal.aborted) return;
      const isOver = this.#deadline !== undefined && this.#deadline.getTime() <= Date.now();
      this.abort(
        isOver
          ? new HawserError(Code.DeadlineExceeded, "the deadline of the call has passed")
          : new HawserError(Code.Canceled, "the caller has gone"),
      );
    });
  }

  /** Tells the handler that nobody waits for it any more. */
  abort(reason: HawserError): void {
    this.#controller.abort(reason);
  }

  /** Runs a unary handler. Returns what it threw, if it did. */
  async answer(
    call: UnaryCall,
    handler: UnaryHandler,
    respond: sendUnaryData<Buffer>,
  ): Promise<HawserError | undefined> {
    try {
      const request = decode(this.target.method.request, call.request);
      const response = this.#encode(await handler(request, this.#context()));
      respond(null, response);
      return undefined;
    } catch (caught) {
      const error = this.#errorOf(caught);
      respond({ ...statusOf(error), name: error.name, message: error.message });
      return error;
    } finally {
      this.#end();
    }
  }

  /** Runs a handler that answers with a stream. Returns what it threw, if it did. */
  async stream(call: WritableCall | DuplexCall, handler: StreamHandler): Promise<HawserError | undefined> {
    try {
      const context = this.#context();
      const codec = this.target.method.request;
      const request = "iterator" in call ? requestsOf(call, codec) : decode(codec, call.request);
      for await (const message of handler(request, context)) {
        context.signal.throwIfAborted();
        await this.#send(call, this.#encode(message));
      }
      // A handler may well end its stream in silence when nobody waits for it. A server that stops is not a good end.
      context.signal.throwIfAborted();
      call.end();
      return undefined;
    } catch (caught) {
      const error = this.#errorOf(caught);
      // How grpc-js is told of a stream's status.
      call.emit("error", { ...statusOf(error), name: error.name, message: error.message });
      return error;
    } finally {
      this.#end();
    }
  }

  #context(): CallContext {
    return {
      namespace: namespaceOf(this.#metadata, this.target.isNamespaced),
      lease: leaseOf(this.#metadata),
      signal: this.#controller.signal,
      deadline: this.#deadline,
    };
  }

  // grpc-js never calls back for a message whose stream has been cancelled.
  #send(call: WritableCall | DuplexCall, bytes: Buffer): Promise<void> {
    const { signal } = this.#controller;
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      call.write(bytes, (error: Error | null | undefined) => {
        signal.removeEventListener("abort", onAbort);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #encode(message: unknown): Buffer {
    const { name, method, maxMessageBytes } = this.target;
    const bytes = method.response.encode(message);
    if (bytes.byteLength > maxMessageBytes) {
      throw new HawserError(
        Code.ResourceExhausted,
        `answer ${name}: ${bytes.byteLength} bytes are more than the ${maxMessageBytes} of one message; ` +
          "ask for less, with filters where there are any",
      );
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  // Once nobody waits, what the handler throws tells of that, in whatever words.
  #errorOf(caught: unknown): HawserError {
    const { signal } = this.#controller;
    return errorFromThrown(signal.aborted ? signal.reason : caught);
  }

  #end(): void {
    this.abort(ANSWERED);
  }
}

function decode<T>(codec: Codec<T>, bytes: Buffer): T {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    throw new HawserError(Code.InvalidArgument, `decode ${codec.typeName}: ${messageOf(cause)}`, { cause });
  }
}

// Leaving the loop over the requests must not destroy the stream: there is still a status to be sent on it.
async function* requestsOf<T>(call: DuplexCall, codec: Codec<T>): AsyncGenerator<T> {
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield decode(codec, bytes);
}
