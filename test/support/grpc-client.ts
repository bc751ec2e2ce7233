// A gRPC client for tests: calls any service of ours on a unix socket, by its definition, with errors as HawserErrors.
// Streams come as async iterables and are read only as fast as the test reads.
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type {
  AnyMethod,
  Codec,
  Init,
  MethodDefinition,
  MethodKind,
  ServiceDefinition,
} from "../../proto/codec.ts";
import { codeOf, HawserError } from "../../proto/errors.ts";

/** What a test can say of one call. */
export interface GrpcCallOptions {
  readonly namespace?: string;
  readonly lease?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A stream in both directions. */
export interface GrpcStream<Request, Response> extends AsyncIterable<Response> {
  /** Resolves when HTTP/2 has taken it. */
  send(request: Init<Request>): Promise<void>;
  /** Says that no more requests come. */
  end(): void;
  cancel(): void;
}

/** A connection of its own to a manager's socket; dispose it. */
export class GrpcClient implements Disposable {
  readonly #client: Client;
  readonly #defaults: GrpcCallOptions;

  constructor(socketPath: string, defaults: GrpcCallOptions = {}) {
    this.#defaults = defaults;
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.default_authority": "localhost",
    });
  }

  /** A unary call: `client.call(Version, "version", {})`. */
  call<Service extends ServiceDefinition, Name extends NameOf<Service, "unary">>(
    service: Service,
    method: Name,
    request: Init<RequestOf<Service, Name>>,
    options: GrpcCallOptions = {},
  ): Promise<ResponseOf<Service, Name>> {
    type Request = RequestOf<Service, Name>;
    type Response = ResponseOf<Service, Name>;
    const { path, definition } = pathOf(service, method);
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        (message: Init<Request>) => bytesOf(definition.request, message),
        (bytes) => definition.response.decode(bytes),
        request,
        this.#metadata(options),
        this.#options(options),
        (error, response) => (error === null ? resolve(response as Response) : reject(fromService(error))),
      );
      abortWith(options.signal, () => call.cancel());
    });
  }

  /** A call that answers with a stream. */
  stream<Service extends ServiceDefinition, Name extends NameOf<Service, "server-streaming">>(
    service: Service,
    method: Name,
    request: Init<RequestOf<Service, Name>>,
    options: GrpcCallOptions = {},
  ): AsyncIterable<ResponseOf<Service, Name>> & { cancel(): void } {
    type Request = RequestOf<Service, Name>;
    type Response = ResponseOf<Service, Name>;
    const { path, definition } = pathOf(service, method);
    const call = this.#client.makeServerStreamRequest(
      path,
      (message: Init<Request>) => bytesOf(definition.request, message),
      (bytes) => definition.response.decode(bytes),
      request,
      this.#metadata(options),
      this.#options(options),
    );
    call.on("error", ignore);
    abortWith(options.signal, () => call.cancel());
    return { [Symbol.asyncIterator]: () => iterate<Response>(call), cancel: () => call.cancel() };
  }

  /** A call with streams in both directions. */
  bidirectional<Service extends ServiceDefinition, Name extends NameOf<Service, "bidirectional">>(
    service: Service,
    method: Name,
    options: GrpcCallOptions = {},
  ): GrpcStream<RequestOf<Service, Name>, ResponseOf<Service, Name>> {
    type Request = RequestOf<Service, Name>;
    type Response = ResponseOf<Service, Name>;
    const { path, definition } = pathOf(service, method);
    const call = this.#client.makeBidiStreamRequest(
      path,
      (message: Init<Request>) => bytesOf(definition.request, message),
      (bytes) => definition.response.decode(bytes),
      this.#metadata(options),
      this.#options(options),
    );
    call.on("error", ignore);
    abortWith(options.signal, () => call.cancel());
    return {
      [Symbol.asyncIterator]: () => iterate<Response>(call),
      send: (request) =>
        new Promise((resolve, reject) =>
          call.write(request, (error: Error | null | undefined) => (error ? reject(error) : resolve())),
        ),
      end: () => call.end(),
      cancel: () => call.cancel(),
    };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #metadata(options: GrpcCallOptions): Metadata {
    const { namespace, lease, headers } = { ...this.#defaults, ...options };
    const metadata = new Metadata();
    if (namespace !== undefined) metadata.set("containerd-namespace", namespace);
    if (lease !== undefined) metadata.set("containerd-lease", lease);
    for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value);
    return metadata;
  }

  #options({ timeoutMs }: GrpcCallOptions): { deadline?: number } {
    return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  }
}

/** The methods of a service that have this shape. */
type NameOf<Service extends ServiceDefinition, Kind extends MethodKind> = {
  [Name in keyof Service["methods"]]: Service["methods"][Name]["kind"] extends Kind ? Name : never;
}[keyof Service["methods"]] &
  string;

type RequestOf<Service extends ServiceDefinition, Name extends string> =
  Service["methods"][Name] extends MethodDefinition<infer Request, infer _, MethodKind> ? Request : never;

type ResponseOf<Service extends ServiceDefinition, Name extends string> =
  Service["methods"][Name] extends MethodDefinition<infer _, infer Response, MethodKind> ? Response : never;

function pathOf(service: ServiceDefinition, method: string): { path: string; definition: AnyMethod } {
  const definition = service.methods[method];
  if (definition === undefined) throw new Error(`${service.name} has no method "${method}"`);
  return { path: `/${service.name}/${definition.name}`, definition };
}

function bytesOf<T>(codec: Codec<T>, message: Init<T>): Buffer {
  const bytes = codec.encode(message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* iterate<T>(call: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* call;
  } catch (error) {
    throw fromService(error as ServiceError);
  }
}

function fromService(error: ServiceError): Error {
  if (typeof error.code !== "number") return error;
  return new HawserError(codeOf(error.code), error.details, { cause: error });
}

// The error of a stream reaches whoever reads it; a test that does not read has not failed.
function ignore(): void {
  // Listened to, so that it is not thrown.
}

function abortWith(signal: AbortSignal | undefined, cancel: () => void): void {
  if (signal?.aborted) cancel();
  else signal?.addEventListener("abort", cancel, { once: true });
}
