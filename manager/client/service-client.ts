// A service as an object: one function for each method, typed by the definition that proto/gen has of it. For programs that
// want a call which the client has no word for; the client itself is made of these.
import type { Init, MethodDefinition, ServiceDefinition } from "../../proto/codec.ts";
import type { CallOptions, CallScope, Connection } from "./connection.ts";
import type { Conversation } from "./conversation.ts";

/** How one method is called. */
export type ClientMethod<Method> =
  Method extends MethodDefinition<infer Request, infer Response, infer Kind>
    ? {
        unary: (request: Init<Request>, options?: CallOptions) => Promise<Response>;
        "server-streaming": (
          request: Init<Request>,
          options?: CallOptions,
        ) => AsyncGenerator<Response, void, undefined>;
        // No service has one.
        "client-streaming": never;
        bidirectional: (options?: CallOptions) => Conversation<Request, Response>;
      }[Kind]
    : never;

/** A service: its methods by their names in lower camel case. */
export type ServiceClient<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]: ClientMethod<Service["methods"][Name]>;
};

/** The functions that call a service over a connection. */
export function serviceClient<Service extends ServiceDefinition>(
  connection: Connection,
  definition: Service,
  scope: CallScope,
): ServiceClient<Service> {
  const methods: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(definition.methods)) {
    const path = `/${definition.name}/${method.name}`;
    methods[name] = {
      unary: (request: unknown, options?: CallOptions) =>
        connection.unary(path, method, request as Init<unknown>, scope, options),
      "server-streaming": (request: unknown, options?: CallOptions) =>
        connection.serverStream(path, method, request as Init<unknown>, scope, options),
      bidirectional: (options?: CallOptions) => connection.conversation(path, method, scope, options),
      "client-streaming": undefined,
    }[method.kind];
  }
  return methods as ServiceClient<Service>;
}
