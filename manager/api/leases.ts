// The Leases service. A delete with `sync` answers when what the lease kept has been collected.
import { Leases } from "../../proto/gen/leases.ts";
import type { LeaseStore } from "../metadata/leases.ts";
import { type ApiService, apiService } from "./api-service.ts";
import { present } from "./present.ts";

/** The Leases service on a store; `collect` resolves after a whole run of the garbage collector. */
export function leasesApi(store: LeaseStore, collect: () => Promise<void>): ApiService {
  return apiService(Leases, {
    create: ({ id, labels }, { namespace }) => ({ lease: store.create(namespace, id, labels) }),
    async delete({ id, sync }, { namespace }) {
      store.delete(namespace, id);
      if (sync) await collect();
      return {};
    },
    list: ({ filters }, { namespace }) => ({ leases: [...store.list(namespace, filters)] }),
    addResource({ id, resource }, { namespace }) {
      store.addResource(namespace, id, present(resource, `add to lease "${id}"`, "resource"));
      return {};
    },
    deleteResource({ id, resource }, { namespace }) {
      store.deleteResource(namespace, id, present(resource, `take from lease "${id}"`, "resource"));
      return {};
    },
    listResources: ({ id }, { namespace }) => ({ resources: store.resources(namespace, id) }),
  });
}
