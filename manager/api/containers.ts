// The Containers service: the records of containers, whether or not they run.
import { Containers } from "../../proto/gen/containers.ts";
import type { ContainerStore } from "../metadata/containers.ts";
import { type ApiService, apiService } from "./api-service.ts";
import { present } from "./present.ts";

/** The Containers service on a store. */
export function containersApi(store: ContainerStore): ApiService {
  return apiService(Containers, {
    get: ({ id }, { namespace }) => ({ container: store.get(namespace, id) }),
    list: ({ filters }, { namespace }) => ({ containers: [...store.list(namespace, filters)] }),
    async *listStream({ filters }, { namespace }) {
      for (const container of store.list(namespace, filters)) yield { container };
    },
    create: ({ container }, { namespace, lease }) => ({
      container: store.create(namespace, present(container, "create container", "container"), { lease }),
    }),
    update: ({ container, updateMask }, { namespace }) => ({
      container: store.update(
        namespace,
        present(container, "update container", "container"),
        updateMask?.paths ?? [],
      ),
    }),
    delete({ id }, { namespace }) {
      store.delete(namespace, id);
      return {};
    },
  });
}
