// The services of containerd's socket that this manager does not have. They are named one by one so that a client reads which
// one it is that is missing, and not that its whole server is strange.
import { Empty } from "../../proto/gen/empty.ts";
import type { ApiService } from "./api-service.ts";

const UNSERVED: Readonly<Record<string, readonly string[]>> = {
  "containerd.services.sandbox.v1.Store": ["Create", "Update", "List", "Get", "Delete"],
  "containerd.services.sandbox.v1.Controller": [
    "Create",
    "Start",
    "Platform",
    "Stop",
    "Wait",
    "Status",
    "Shutdown",
    "Metrics",
    "Update",
  ],
  "containerd.services.mounts.v1.Mounts": ["Activate", "Deactivate", "Info", "Update", "List"],
};

/** One service for each that is missing; none of their methods has a handler. */
export function unimplementedApis(): ApiService[] {
  return Object.entries(UNSERVED).map(([name, methods]) => ({
    definition: {
      name,
      // Their messages do not matter: nothing is read and nothing is sent.
      methods: Object.fromEntries(
        methods.map((method) => [method, { name: method, kind: "unary", request: Empty, response: Empty }]),
      ),
    },
    handlers: {},
    isNamespaced: false,
    openEnded: new Set(),
  }));
}
