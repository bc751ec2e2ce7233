// hawser.v1.Logs: what containers have printed. Decodes, asks manager/logs, encodes.

import type { OutputEntry } from "../../output-log/page.ts";
import type { Init } from "../../proto/codec.ts";
import { Logs, type ReadLogRequest, type ReadLogResponse } from "../../proto/gen/logs.ts";
import { fromNanoseconds } from "../../proto/timestamp.ts";
import type { DirectoryWatch } from "../logs/directory-watch.ts";
import type { LogOwners } from "../logs/log-owners.ts";
import { logNameOf, logQueryOf } from "../logs/log-query.ts";
import { readLog } from "../logs/read-log.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** The service. */
export function logsApi(owners: LogOwners, watch: DirectoryWatch): ApiService {
  async function* read(
    request: ReadLogRequest,
    namespace: string,
    signal: AbortSignal,
  ): AsyncGenerator<Init<ReadLogResponse>, void, undefined> {
    const query = logQueryOf(request);
    const owner = owners.find(logNameOf(namespace, request));
    const { starts, pages } = await readLog(owner, query, { watch, signal });
    const [stdout, stderr] = [starts.get(1), starts.get(2)];
    if (stdout !== undefined && stderr !== undefined) yield { startOffsets: [stdout, stderr] };
    for await (const entries of pages) yield* responsesOf(entries);
  }
  return apiService(
    Logs,
    { read: (request, { namespace, signal }) => read(request, namespace, signal) },
    { openEnded: ["read"] },
  );
}

/** Entries as messages: a gap begins one, because it lies before its records. */
function responsesOf(entries: readonly OutputEntry[]): Init<ReadLogResponse>[] {
  const responses: (Init<ReadLogResponse> & { records: unknown[] })[] = [];
  for (const { gap, record } of entries) {
    if (gap !== undefined) {
      const { from: fromOffset, to: toOffset, reason } = gap;
      responses.push({ gap: { fromOffset, toOffset, reason }, records: [] });
      continue;
    }
    const { offset, stream, time, bytes: data } = record;
    if (responses.length === 0) responses.push({ records: [] });
    responses.at(-1)?.records.push({ offset, stream, time: fromNanoseconds(time), data });
  }
  return responses;
}
