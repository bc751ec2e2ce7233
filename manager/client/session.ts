// A client's state with the scope of its calls: what every object of the library is made with. Immutable; narrowing (another
// namespace, a lease, more patience) makes another one over the same state.
import type { ServiceDefinition } from "../../proto/codec.ts";
import type { ClientState } from "./client-state.ts";
import type { CallScope } from "./connection.ts";
import { type ServiceClient, serviceClient } from "./service-client.ts";

/** State and scope. Borrows the state. */
export class Session {
  readonly state: ClientState;
  readonly namespace: string;
  readonly lease: string | undefined;
  readonly #isPatient: boolean;
  readonly #services = new Map<ServiceDefinition, unknown>();

  constructor(state: ClientState, scope: CallScope & { readonly namespace: string }) {
    this.state = state;
    this.namespace = scope.namespace;
    this.lease = scope.lease;
    this.#isPatient = scope.isPatient ?? false;
  }

  /** The same with another scope; what is not named stays. */
  narrow(scope: CallScope): Session {
    const { namespace = this.namespace, lease = this.lease, isPatient = this.#isPatient } = scope;
    return new Session(this.state, { namespace, lease, isPatient });
  }

  /** The methods of a service, in this scope. */
  service<Service extends ServiceDefinition>(definition: Service): ServiceClient<Service> {
    let service = this.#services.get(definition) as ServiceClient<Service> | undefined;
    if (service === undefined) {
      const { namespace, lease } = this;
      const scope = { namespace, lease, isPatient: this.#isPatient };
      service = serviceClient(this.state.connection, definition, scope);
      this.#services.set(definition, service);
    }
    return service;
  }
}
