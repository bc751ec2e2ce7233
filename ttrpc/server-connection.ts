// One accepted connection: turns frames into calls, and refuses what breaks the protocol the way Go servers do.
// Every id is answered with one final frame at most. A client that breaks the rules about an open call has ended that
// call; one that floods us without reading our answers is not read from until it does.
import type { Socket } from "node:net";
import { Code, HawserError, messageOf } from "../proto/errors.ts";
import { Request as RequestMessage } from "../proto/gen/ttrpc.ts";
import { CallContext, type PeerCredentials } from "./call-context.ts";
import { Connection } from "./connection.ts";
import { Deadline } from "./deadline.ts";
import { statusFrame, tooLarge } from "./envelope.ts";
import { Flag, type FrameSink, FrameType } from "./frame.ts";
import type { InboundLimits } from "./inbound-queue.ts";
import { Metadata } from "./metadata.ts";
import { type BoundMethod, type CallLink, ServerCall, type ServerInterceptor } from "./server-call.ts";
import { quoted, statusFromError } from "./status.ts";

/** What all connections of a server share. */
export interface ServerConnectionOptions {
  /** Throws Unimplemented, naming the service or the method. */
  readonly lookup: (service: string, method: string) => BoundMethod;
  readonly interceptors: readonly ServerInterceptor[];
  readonly inbound: InboundLimits;
  readonly maxCalls: number;
  readonly onClosed: (connection: ServerConnection) => void;
}

/** A client, from accept to close. */
export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  readonly #peer: PeerCredentials | undefined;
  readonly #connection: Connection;
  readonly #calls = new Map<number, ServerCall>();
  #lastId = 0;
  /** Handlers that have not settled. */
  #running = 0;
  #isDraining = false;
  #isHeldBack = false;
  #idle: PromiseWithResolvers<void> | undefined;
  /** What every call of this connection is given. */
  readonly #link: CallLink;

  /** Takes the socket. */
  constructor(socket: Socket, peer: PeerCredentials | undefined, options: ServerConnectionOptions) {
    this.#options = options;
    this.#peer = peer;
    const sink: FrameSink = {
      onFrame: (streamId, type, flags, body) => this.#onFrame(streamId, type, flags, body),
      onOversized: (streamId, type, _flags, length) => {
        if (isKnown(type)) this.#refuse(streamId, tooLarge(length, "request"));
      },
    };
    this.#connection = new Connection(socket, {
      ...sink,
      onClosed: (error) => {
        for (const call of [...this.#calls.values()]) call.abandon(error);
        this.#idle?.resolve();
        options.onClosed(this);
      },
    });
    this.#link = {
      outbox: this.#connection.outbox,
      pause: () => this.#connection.pause(),
      answered: (streamId) => this.#calls.delete(streamId),
      settled: () => this.#settled(),
    };
  }

  /** Handlers that have not settled yet, including those whose caller has been answered or is gone. */
  get callsRunning(): number {
    return this.#running;
  }

  /** Lets running calls finish, refuses new ones with Unavailable, sends what is queued and closes. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#running > 0 && this.#connection.closed === undefined) {
      this.#idle ??= Promise.withResolvers();
      await this.#idle.promise;
    }
    await this.#connection.end("ttrpc: server closed");
  }

  /** Closes now. Running handlers see their signal fire. */
  close(): void {
    this.#connection.close("ttrpc: server closed");
  }

  #onFrame(streamId: number, type: number, flags: number, body: Uint8Array): void {
    if (!isKnown(type)) return;
    if (streamId % 2 === 0) {
      const message = "StreamID must be odd for client initiated streams";
      this.#refuse(streamId, new HawserError(Code.InvalidArgument, message));
    } else if (type === FrameType.Request) {
      this.#onRequest(streamId, flags, body);
    } else {
      this.#onData(streamId, flags, body);
    }
  }

  #onData(streamId: number, flags: number, body: Uint8Array): void {
    const call = this.#calls.get(streamId);
    if (call !== undefined) call.onData(flags, body);
    else this.#refuse(streamId, new HawserError(Code.InvalidArgument, "StreamID is no longer active"));
  }

  #onRequest(streamId: number, flags: number, body: Uint8Array): void {
    if (streamId <= this.#lastId) {
      const message = "StreamID cannot be re-used and must increment";
      this.#refuse(streamId, new HawserError(Code.InvalidArgument, message));
      return;
    }
    this.#lastId = streamId;
    let request: RequestMessage;
    let bound: BoundMethod;
    try {
      request = decodeRequest(body);
      this.#checkAdmission(request);
      bound = this.#options.lookup(request.service, request.method);
    } catch (error) {
      this.#refuse(streamId, error);
      return;
    }
    this.#startCall(streamId, flags, request, bound);
  }

  #checkAdmission(request: RequestMessage): void {
    if (this.#isDraining) throw new HawserError(Code.Unavailable, "ttrpc: server closed");
    if (this.#running >= this.#options.maxCalls) {
      const limit = `${this.#options.maxCalls} calls of this connection are running already`;
      throw new HawserError(Code.ResourceExhausted, `method ${quoted(request.method)}: ${limit}`);
    }
    if (request.timeoutNano < 0n) {
      throw new HawserError(Code.DeadlineExceeded, "the deadline had passed before the call arrived");
    }
  }

  #startCall(streamId: number, flags: number, request: RequestMessage, bound: BoundMethod): void {
    const { timeoutNano } = request;
    const deadline =
      timeoutNano === 0n
        ? undefined
        : new Deadline(Number(timeoutNano) / 1e6, () => {
            const message = `method ${request.method}: no answer within the caller's deadline`;
            call.fail(new HawserError(Code.DeadlineExceeded, message));
          });
    const metadata = new Metadata(request.metadata.map(({ key, value }) => [key, value] as const));
    const remainingMs = deadline && (() => deadline.remainingMs);
    const call = new ServerCall({
      streamId,
      bound,
      context: new CallContext(request.service, request.method, metadata, this.#peer, remainingMs),
      link: this.#link,
      inbound: this.#options.inbound,
      interceptors: this.#options.interceptors,
    });
    call.onAnswered = () => {
      deadline?.clear();
      this.#holdBack();
    };
    this.#calls.set(streamId, call);
    this.#running++;
    // ttrpc-rust says "no initial message" with a flag where Go leaves the field out.
    const payload = (flags & Flag.NoData) === 0 ? request.payload : undefined;
    call.run(payload, (flags & Flag.RemoteClosed) !== 0);
  }

  #settled(): void {
    this.#running--;
    if (this.#running === 0) this.#idle?.resolve();
  }

  /** Answers an id with an error; a call that is open on it is over, because the client reads this as its end. */
  #refuse(streamId: number, caught: unknown): void {
    const call = this.#calls.get(streamId);
    if (call !== undefined) {
      call.fail(caught);
      return;
    }
    this.#connection.write(statusFrame(streamId, statusFromError(caught)));
    this.#holdBack();
  }

  /** Stops reading from a client that does not read our answers, until it has. */
  #holdBack(): void {
    if (this.#isHeldBack || !this.#connection.outbox.isFull) return;
    this.#isHeldBack = true;
    const resume = this.#connection.pause();
    this.#connection.outbox.whenRoom(() => {
      this.#isHeldBack = false;
      resume();
    });
  }
}

function isKnown(type: number): boolean {
  return type === FrameType.Request || type === FrameType.Data;
}

function decodeRequest(body: Uint8Array): RequestMessage {
  try {
    return RequestMessage.decode(body);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new HawserError(Code.InvalidArgument, `unmarshal request error: ${reason}`, { cause });
  }
}
