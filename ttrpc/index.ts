// The public face of ttrpc-js: everything a user may import, and nothing else.
export type {
  AnyMethod,
  Codec,
  Init,
  MethodDefinition,
  MethodKind,
  ServiceDefinition,
} from "../proto/codec.ts";
export { Code, codeName, type ErrorDetail, HawserError } from "../proto/errors.ts";
export { type Address, formatAddress, MAX_SOCKET_PATH_BYTES, parseAddress, socketPath } from "./address.ts";
export type { CallContext, PeerCredentials } from "./call-context.ts";
export { Client } from "./client.ts";
export type { OutgoingCall } from "./client-call.ts";
export type { ClientInterceptor } from "./client-interceptor.ts";
export type { ClientOptions, ConnectOptions } from "./client-options.ts";
export type { ClientStream } from "./client-stream.ts";
export { MAX_BODY_BYTES } from "./frame.ts";
export { DEFAULT_INBOUND_LIMITS, type InboundLimits, type WhenFull } from "./inbound-queue.ts";
export type { MessageReader } from "./message-reader.ts";
export { Metadata, type MetadataInit } from "./metadata.ts";
export {
  type ListenOptions,
  type ListenTarget,
  type PeerCheck,
  Server,
  type ServerOptions,
} from "./server.ts";
export type { ServerInterceptor } from "./server-call.ts";
export type {
  CallOptions,
  ClientMethod,
  Handler,
  ServiceClient,
  ServiceHandlers,
  StreamOptions,
} from "./service.ts";
export { ConnectionClosedError, isConnectionClosed } from "./status.ts";
