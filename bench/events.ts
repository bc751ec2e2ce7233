import { Client } from "../manager/client/index.ts";
import type { Bench } from "./bench.ts";
import { DaemonPlace } from "./daemon-place.ts";
import { publish } from "./event-publisher.ts";
import { containerd, type Daemon, hawserd, NAMESPACE } from "./manager-daemon.ts";
import { spread } from "./sample.ts";
import { table } from "./table.ts";

/** Of one measurement. */
const EVENTS = 10_000;
const ROUNDS = 3;
const FOLLOWERS = [0, 1, 10];
const SHIMS = [1, 50];

type Follow = (client: Client, signal: AbortSignal) => AsyncIterable<{ readonly topic: string | undefined }>;

interface Subject {
  readonly daemon: Daemon;
  readonly follow: Follow;
}

export const events: Bench = {
  name: "events",
  title: "events taken, kept and told",
  sources: ["manager", "sys", "ttrpc", "proto", "bench", "scripts/build.ts", "scripts/launcher.ts"],
  async measure(progress) {
    await using place = await DaemonPlace.make(progress, { isCompressed: false });
    const theirs: Subject = {
      daemon: await place.start(containerd),
      follow: (client, signal) => client.events({ signal }),
    };
    const ours: Subject = {
      daemon: await place.start(hawserd),
      follow: (client, signal) => client.followEvents({ signal }),
    };
    const rows: string[][] = [];
    for (const shims of SHIMS) {
      for (const followers of FOLLOWERS) {
        progress(`${shims} shims, ${followers} followers`);
        rows.push(await row([theirs, ours], shims, followers));
      }
    }
    progress("from the journal");
    rows.push(["from the journal, one reader", "–", await replay(ours.daemon)]);
    const text = [
      `Events a second, median of ${ROUNDS} (smallest–largest), ${EVENTS} \`/tasks/exit\` each round; shims and followers are one Node process. "Taken": the shim has its answer, which of hawserd means that it is in the journal; with followers, until the slowest of them has read the last one.`,
      table(["", "containerd", "hawserd"], rows),
    ];
    return { text: text.join("\n\n"), targets: [] };
  },
};

async function row(subjects: readonly Subject[], shims: number, followers: number): Promise<string[]> {
  const cells: string[] = [];
  const rates = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const subject of subjects) rates.get(subject)?.push(await measure(subject, shims, followers));
  }
  for (const subject of subjects) cells.push(spread(rates.get(subject) ?? [], 0));
  const told = followers === 0 ? "taken" : `told to ${followers}`;
  return [`${shims} ${shims === 1 ? "shim" : "shims"}, ${told}`, ...cells];
}

async function measure({ daemon, follow }: Subject, shims: number, followers: number): Promise<number> {
  const over = new AbortController();
  const clients = await Promise.all(
    Array.from({ length: followers }, () =>
      Client.connect({ address: daemon.address, namespace: NAMESPACE }),
    ),
  );
  try {
    const counters = clients.map((client) => new Counter(follow(client, over.signal)));
    const address = `${daemon.address}.ttrpc`;
    // A subscription has no word for its beginning: it has begun when it tells the first event.
    while (!counters.every(({ count }) => count > 0)) {
      await publish({ address, namespace: NAMESPACE, shims: 1, events: 1 });
    }
    await Promise.all(counters.map((counter) => counter.isQuiet()));
    const startedAt = performance.now();
    const told = Promise.all(counters.map((counter) => counter.reaches(counter.count + EVENTS)));
    await publish({ address, namespace: NAMESPACE, shims, events: EVENTS });
    await told;
    return (EVENTS * 1000) / (performance.now() - startedAt);
  } finally {
    over.abort();
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
}

async function replay(daemon: Daemon): Promise<string> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using client = await Client.connect({ address: daemon.address, namespace: NAMESPACE });
    const startedAt = performance.now();
    let count = 0;
    for await (const event of client.followEvents({ after: 0n, follow: false }))
      if (event.topic !== undefined) count++;
    rates.push((count * 1000) / (performance.now() - startedAt));
  }
  return spread(rates, 0);
}

/** Counts what a follower reads. */
class Counter {
  count = 0;
  #wake: (() => void) | undefined;

  constructor(followed: AsyncIterable<{ readonly topic: string | undefined }>) {
    this.#run(followed).catch(() => undefined);
  }

  async #run(followed: AsyncIterable<{ readonly topic: string | undefined }>): Promise<void> {
    for await (const { topic } of followed) {
      if (topic === undefined) continue;
      this.count++;
      this.#wake?.();
    }
  }

  async reaches(count: number): Promise<void> {
    while (this.count < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when nothing has come for a moment: what was published before is in. */
  async isQuiet(): Promise<void> {
    for (let seen = -1; seen !== this.count; ) {
      seen = this.count;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
