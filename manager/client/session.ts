// What all objects of one client share: the connection, the scope of its calls, and the signal that fires when the client is
// closed. Immutable; narrowing (another namespace, a lease) makes another one over the same connection.
import type { ServiceDefinition } from "../../proto/codec.ts";
import type { CallScope, Connection } from "./connection.ts";
import { type ServiceClient, serviceClient } from "./service-client.ts";

/** A connection with a scope. Borrows the connection. */
export class Session {
  readonly connection: Connection;
  readonly namespace: string;
  readonly lease: string | undefined;
  /** Fires when the client is closed: what waits without end hangs on it. */
  readonly closed: AbortSignal;
  readonly #isPatient: boolean;
  readonly #services = new Map<ServiceDefinition, unknown>();

  constructor(
    connection: Connection,
    closed: AbortSignal,
    scope: CallScope & { readonly namespace: string },
  ) {
    this.connection = connection;
    this.closed = closed;
    this.namespace = scope.namespace;
    this.lease = scope.lease;
    this.#isPatient = scope.isPatient ?? false;
  }

  /** The same with another scope; what is not named stays. */
  narrow(scope: CallScope): Session {
    const { namespace = this.namespace, lease = this.lease, isPatient = this.#isPatient } = scope;
    return new Session(this.connection, this.closed, { namespace, lease, isPatient });
  }

  /** The methods of a service, in this scope. */
  service<Service extends ServiceDefinition>(definition: Service): ServiceClient<Service> {
    let service = this.#services.get(definition) as ServiceClient<Service> | undefined;
    if (service === undefined) {
      const { namespace, lease } = this;
      service = serviceClient(this.connection, definition, { namespace, lease, isPatient: this.#isPatient });
      this.#services.set(definition, service);
    }
    return service;
  }
}
