// What containers use, asked for again and again: each answer is the difference to the one before. Containers that come and go in
// between are in it and out of it.
import { totalmem } from "node:os";
import { Containers } from "../../../proto/gen/containers.ts";
import { Tasks } from "../../../proto/gen/tasks.ts";
import type { Client } from "../../client/client.ts";
import { NAME_LABEL } from "../../labels.ts";
import { type ContainerCounters, countersOf, cpuPercent } from "./container-counters.ts";
import { type NetworkCounters, networkCountersOf } from "./network-counters.ts";

/** One container at a moment. */
export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  /** Percent of one processor; undefined before there is a second look. */
  readonly cpuPercent: number | undefined;
  readonly counters: ContainerCounters;
  readonly network: NetworkCounters | undefined;
}

/** Asks one daemon. Borrows the client. */
export class StatsSampler {
  readonly #client: Client;
  readonly #ids: readonly string[];
  readonly #machineBytes = BigInt(totalmem());
  readonly #before = new Map<string, { readonly counters: ContainerCounters; readonly at: bigint }>();

  /** `ids`: which containers; none is all that run. */
  constructor(client: Client, ids: readonly string[]) {
    this.#client = client;
    this.#ids = ids;
  }

  /** The next look; sorted by name. */
  async sample(signal: AbortSignal): Promise<ContainerStats[]> {
    const tasks = this.#client.service(Tasks);
    const filters = this.#ids.map((id) => `id==${id}`);
    const [{ metrics }, { tasks: running }, names] = await Promise.all([
      tasks.metrics({ filters }, { signal }),
      tasks.list({}, { signal }),
      this.#names(signal),
    ]);
    const pids = new Map(running.map(({ id, pid }) => [id, pid]));
    const at = process.hrtime.bigint();
    const stats = metrics.flatMap(({ id, data }) => {
      const counters = data && countersOf(data, this.#machineBytes);
      if (counters === undefined) return [];
      const before = this.#before.get(id);
      this.#before.set(id, { counters, at });
      const percent = before && cpuPercent(before.counters, counters, at - before.at);
      const network = networkCountersOf(pids.get(id) ?? 0);
      return [{ id, name: names.get(id) ?? id, cpuPercent: percent, counters, network }];
    });
    const seen = new Set(stats.map(({ id }) => id));
    for (const id of this.#before.keys()) if (!seen.has(id)) this.#before.delete(id);
    return stats.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #names(signal: AbortSignal): Promise<Map<string, string>> {
    const { containers } = await this.#client.service(Containers).list({}, { signal });
    return new Map(containers.map(({ id, labels }) => [id, labels[NAME_LABEL] ?? id]));
  }
}
