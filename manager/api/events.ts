// containerd's Events service: subscribing to all events of all namespaces, and publishing. What is published here is
// checked like what shims send.
import { Code, HawserError } from "../../proto/errors.ts";
import { Events } from "../../proto/gen/events-service.ts";
import { validateTopic } from "../../proto/identifiers.ts";
import { fromDate } from "../../proto/timestamp.ts";
import type { Exchange } from "../events/exchange.ts";
import { checkEnvelope } from "../events/service.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** The service. */
export function eventsApi(exchange: Exchange): ApiService {
  return apiService(
    Events,
    {
      publish({ topic, event }, { namespace }) {
        if (namespace === "") throw new HawserError(Code.FailedPrecondition, "namespace is required");
        const timestamp = fromDate(new Date());
        exchange.publishEnvelope({ timestamp, namespace, topic: validateTopic(topic), event });
        return {};
      },
      async forward({ envelope }) {
        await exchange.forward(checkEnvelope(envelope));
        return {};
      },
      // Not limited to the caller's namespace: clients filter.
      subscribe({ filters }, { signal }) {
        return exchange.subscribe(filters, signal);
      },
    },
    { isNamespaced: false, openEnded: ["subscribe"] },
  );
}
