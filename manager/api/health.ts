// gRPC's own health service. A server that can answer is healthy: this one says what it serves, and that it does.
import { Code, HawserError } from "../../proto/errors.ts";
import { Health, HealthCheckResponseServingStatus } from "../../proto/gen/health.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** The Health service for a server with these services beside it; the empty name is the server as a whole. */
export function healthApi(services: readonly ApiService[]): ApiService {
  const names = new Set(["", Health.name, ...services.map(({ definition }) => definition.name)]);
  const { SERVING, SERVICE_UNKNOWN } = HealthCheckResponseServingStatus;
  return apiService(
    Health,
    {
      check({ service }) {
        if (names.has(service)) return { status: SERVING };
        throw new HawserError(
          Code.NotFound,
          `check health: there is no service ${JSON.stringify(service.slice(0, 128))}`,
        );
      },
      // Says it once: it is true until the connection ends.
      async *watch({ service }, { signal }) {
        yield { status: names.has(service) ? SERVING : SERVICE_UNKNOWN };
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener("abort", () => resolve(), { once: true });
        });
      },
    },
    { isNamespaced: false, openEnded: ["watch"] },
  );
}
