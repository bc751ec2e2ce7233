// The Namespaces service. Get never fails for a name that is not there: a namespace exists as soon as something is in it, and
// clients ask for its defaults before there is anything.
import { Namespaces } from "../../proto/gen/namespaces.ts";
import { validateId } from "../../proto/identifiers.ts";
import type { NamespaceStore } from "../metadata/namespaces.ts";
import { type ApiService, apiService } from "./api-service.ts";
import { present } from "./present.ts";

/** The Namespaces service on a store. */
export function namespacesApi(store: NamespaceStore): ApiService {
  return apiService(
    Namespaces,
    {
      get: ({ name }) => ({ namespace: { name: validateId("namespace", name), labels: store.labels(name) } }),
      list: ({ filter }) => ({ namespaces: store.list(filter === "" ? [] : [filter]) }),
      create: ({ namespace }) => ({
        namespace: store.create(present(namespace, "create namespace", "namespace")),
      }),
      update: ({ namespace, updateMask }) => ({
        namespace: store.update(present(namespace, "update namespace", "namespace"), updateMask?.paths ?? []),
      }),
      delete({ name }) {
        store.delete(name);
        return {};
      },
    },
    { isNamespaced: false },
  );
}
