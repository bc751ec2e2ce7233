import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { CallContext } from "../../../../manager/api/api-service.ts";
import { eventLogApi } from "../../../../manager/api/event-log.ts";
import { Exchange } from "../../../../manager/events/exchange.ts";
import type { SnapshotSource } from "../../../../manager/events/snapshot.ts";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { Code, hasCode } from "../../../../proto/errors.ts";
import { Container } from "../../../../proto/gen/containers.ts";
import {
  EventLog,
  type FollowEventsRequest,
  type FollowEventsResponse,
} from "../../../../proto/gen/event-log.ts";
import { TaskOOM } from "../../../../proto/gen/events.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const records: SnapshotSource = {
  namespaces: () => ["one", "two"],
  findContainer: () => undefined,
  containers: (namespace) => [
    Container.create({ id: `c-${namespace}`, image: "busybox", labels: { a: "b" } }),
  ],
  processes: (namespace) => [
    { containerId: `c-${namespace}`, pid: 5 },
    { containerId: "gone", pid: 6 },
  ],
};

class World {
  readonly #dir = temporaryDir();
  readonly #database = Database.open(join(this.#dir.path, "runtime.db"), RUNTIME_SCHEMA);
  readonly exchange = Exchange.open(this.#database);
  readonly #service = eventLogApi(this.exchange, records);

  /** What Follow answers, to its end. */
  async ask(request: Partial<FollowEventsRequest>, namespace = ""): Promise<FollowEventsResponse[]> {
    const { follow } = this.#service.handlers as {
      follow: (request: FollowEventsRequest, context: CallContext) => AsyncIterable<FollowEventsResponse>;
    };
    const { signal } = new AbortController();
    const context = { namespace, lease: undefined, signal, deadline: undefined };
    const whole = EventLog.methods.follow.request.create({ noFollow: true, ...request });
    const answers: FollowEventsResponse[] = [];
    for await (const answer of follow(whole, context)) answers.push(answer);
    return answers;
  }

  [Symbol.dispose](): void {
    this.exchange[Symbol.dispose]();
    this.#database[Symbol.dispose]();
    this.#dir[Symbol.dispose]();
  }
}

test("a snapshot tells containers with their processes, of one namespace or of all, and then where it was taken", async () => {
  using world = new World();
  world.exchange.publish("one", TaskOOM, { containerId: "c-one" });
  const all = await world.ask({ withSnapshot: true });
  assert.deepEqual(
    all
      .slice(0, -2)
      .map(({ snapshot }) => [snapshot?.namespace, snapshot?.containerId, snapshot?.processes?.length]),
    [
      ["one", "c-one", 1],
      ["two", "c-two", 1],
    ],
  );
  assert.deepEqual(
    all.slice(-2).map(({ position }) => position?.isCaughtUp),
    [false, true],
  );
  assert.equal(all.at(-1)?.position?.cursor, world.exchange.journal.place());
  const own = await world.ask({ withSnapshot: true }, "two");
  assert.equal(own[0]?.snapshot?.labels?.["a"], "b");
  assert.equal(own.length, 3);
});

test("with a namespace, only its events are told", async () => {
  using world = new World();
  for (const namespace of ["one", "two", "one"])
    world.exchange.publish(namespace, TaskOOM, { containerId: "c" });
  const told = async (namespace: string) => (await world.ask({ hasAfterCursor: true }, namespace)).length - 1;
  assert.deepEqual([await told(""), await told("one"), await told("two"), await told("none")], [3, 2, 1, 0]);
});

const refusals: readonly [request: Partial<FollowEventsRequest>, code: Code, why: string][] = [
  [{ filters: ["topic=="] }, Code.InvalidArgument, "a filter that is none"],
  [{ withSnapshot: true, hasAfterCursor: true }, Code.InvalidArgument, "a snapshot and a cursor"],
  [{ withSnapshot: true, since: fromDate(new Date()) }, Code.InvalidArgument, "a snapshot and a time"],
  [{ hasAfterCursor: true, afterCursor: 2n ** 63n }, Code.FailedPrecondition, "a cursor of the future"],
  [{ hasAfterCursor: true, afterCursor: 5n }, Code.FailedPrecondition, "a cursor of another journal"],
];
for (const [request, code, why] of refusals) {
  test(`Follow refuses ${why}`, async () => {
    using world = new World();
    await assert.rejects(world.ask(request), (error) => hasCode(error, code));
  });
}
