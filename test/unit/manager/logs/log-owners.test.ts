import assert from "node:assert/strict";
import { test } from "node:test";
import { STDOUT_LABEL } from "../../../../manager/labels.ts";
import {
  LogOwners,
  type LogOwnersOptions,
  type PrintingProcess,
} from "../../../../manager/logs/log-owners.ts";
import { logNameOf, logQueryOf } from "../../../../manager/logs/log-query.ts";
import { pack } from "../../../../proto/any.ts";
import { Code, HawserError, hasCode, isInvalidArgument, isNotFound } from "../../../../proto/errors.ts";
import { Container } from "../../../../proto/gen/containers.ts";
import type { Envelope } from "../../../../proto/gen/envelope.ts";
import { TaskExit } from "../../../../proto/gen/events.ts";
import { ReadLogRequest } from "../../../../proto/gen/logs.ts";
import { fromNanoseconds } from "../../../../proto/timestamp.ts";

/** Records of one container and its processes, and the events about it. */
class FakeRecords implements LogOwnersOptions {
  container: Container | undefined = Container.create({
    id: "web",
    labels: { [STDOUT_LABEL]: "hawser:///var/lib/logs" },
    createdAt: fromNanoseconds(1n),
  });
  readonly living = new Map<string, PrintingProcess>();
  readonly remembered = new Map<string, PrintingProcess>();
  isRestarting = false;
  subscriptions = 0;
  #tell: ((envelope: Envelope | undefined) => void) | undefined;

  readonly containers = {
    get: (): Container => {
      if (this.container !== undefined) return this.container;
      throw new HawserError(Code.NotFound, 'container "web": not found');
    },
  };
  readonly events = { subscribe: (_: readonly string[], signal: AbortSignal) => this.#events(signal) };

  process({ execId }: { execId: string }): PrintingProcess | undefined {
    return this.living.get(execId);
  }

  ended({ execId }: { execId: string }): PrintingProcess | undefined {
    return this.remembered.get(execId);
  }

  isExpected(): boolean {
    return this.isRestarting;
  }

  /** Tells that a process of a container has ended; undefined: the subscription ends. */
  tell(containerId: string | undefined): void {
    const event = pack(TaskExit, { containerId: containerId ?? "" });
    this.#tell?.(
      containerId === undefined
        ? undefined
        : { timestamp: undefined, namespace: "ns", topic: "/tasks/exit", event },
    );
  }

  async *#events(signal: AbortSignal): AsyncGenerator<Envelope, void, undefined> {
    this.subscriptions++;
    signal.addEventListener("abort", () => this.#tell?.(undefined), { once: true });
    while (!signal.aborted) {
      const next = await new Promise<Envelope | undefined>((resolve) => {
        this.#tell = resolve;
      });
      if (next === undefined) return;
      yield next;
    }
  }
}

const web = { namespace: "ns", containerId: "web", execId: "" };
const probe = { ...web, execId: "probe" };
const running = { stdout: "", exit: undefined };
const ended = { stdout: "", exit: { exitStatus: 0 } };

const states: readonly (readonly [change: (records: FakeRecords) => void, state: string, why: string])[] = [
  [(records) => records.living.set("", running), "printing", "it runs"],
  [(records) => records.living.set("", ended), "exited", "its task is still there"],
  [(records) => records.remembered.set("", ended), "over", "its task is gone"],
  [() => undefined, "over", "it has no task and expects none"],
  [
    (records) => {
      records.remembered.set("", ended);
      records.isRestarting = true;
    },
    "expected",
    "it is to be started again",
  ],
  [
    (records) => {
      records.living.set("", ended);
      records.isRestarting = true;
    },
    "expected",
    "the same, before its task is gone",
  ],
  [
    (records) => {
      records.living.set("", running);
      records.container = undefined;
    },
    "over",
    "its record is gone",
  ],
  [
    (records) => {
      records.living.set("", running);
      records.container = Container.create({ ...records.container, createdAt: fromNanoseconds(2n) });
    },
    "over",
    "its id is another's now",
  ],
];

for (const [change, state, why] of states) {
  test(`a container's log is ${state}: ${why}`, () => {
    const records = new FakeRecords();
    const owner = new LogOwners(records).find(web);
    assert.equal(owner.dir, "/var/lib/logs");
    change(records);
    assert.equal(owner.state(), state);
  });
}

test("an exec's log is what it was asked for, also when it has been deleted; a restart of the container is not its own", () => {
  const records = new FakeRecords();
  const owners = new LogOwners(records);
  assert.throws(
    () => owners.find(probe),
    (error) => isNotFound(error) && /no such exec/.test(String(error)),
  );
  records.living.set("probe", { stdout: "hawser:///exec/log", exit: undefined });
  const owner = owners.find(probe);
  assert.deepEqual([owner.dir, owner.state()], ["/exec/log", "printing"]);
  records.living.clear();
  records.remembered.set("probe", { stdout: "hawser:///exec/log", exit: {} });
  records.isRestarting = true;
  assert.deepEqual([owners.find(probe).dir, owner.state()], ["/exec/log", "over"]);
});

test("output that goes elsewhere is told by where it goes", () => {
  const rows: readonly (readonly [stdout: string, complaint: RegExp])[] = [
    ["", /nobody has asked for a log/],
    ["file:///tmp/out", /its output goes to "file:\/\/\/tmp\/out"/],
    ["hawser:///?ring=4096", /in the memory of its shim only; attach to it/],
  ];
  for (const [stdout, complaint] of rows) {
    const records = new FakeRecords();
    records.container = Container.create({ id: "web", labels: { [STDOUT_LABEL]: stdout } });
    assert.throws(
      () => new LogOwners(records).find(web),
      (error) => hasCode(error, Code.FailedPrecondition) && complaint.test(String(error)),
    );
  }
});

test("an event wakes those who follow its container; the end of the events wakes all, who listen again", async () => {
  const records = new FakeRecords();
  await using owners = new LogOwners(records);
  const owner = owners.find(web);
  const woken: string[] = [];
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const stop = owner.onChange(() => woken.push("a"));
  owner.onChange(() => woken.push("b"));
  await turn();
  records.tell("other");
  await turn();
  assert.equal(woken.length, 0);
  records.tell("web");
  await turn();
  assert.deepEqual(woken.splice(0), ["a", "b"]);
  stop();
  records.tell(undefined);
  await turn();
  assert.deepEqual(woken.splice(0), ["b"]);
  owner.onChange(() => woken.push("c"));
  await turn();
  assert.equal(records.subscriptions, 2);
});

test("a request is checked before a log is touched", () => {
  const request = (init: Parameters<typeof ReadLogRequest.create>[0]) =>
    ReadLogRequest.create({ containerId: "web", ...init });
  const refused: readonly (readonly [init: Parameters<typeof request>[0], complaint: RegExp])[] = [
    [{ hasTail: true, tailLines: 1n, hasFromOffset: true }, /one of them says it/],
    [{ streams: ["stdin"] }, /"stdin" is no stream/],
    [{ since: fromNanoseconds(5n), until: fromNanoseconds(5n) }, /one that is not later/],
  ];
  for (const [init, complaint] of refused) {
    assert.throws(
      () => logQueryOf(request(init)),
      (error) => isInvalidArgument(error) && complaint.test(String(error)),
    );
  }
  for (const init of [{ containerId: "" }, { containerId: "../etc" }, { execId: "a/b" }]) {
    assert.throws(() => logNameOf("ns", request(init)), isInvalidArgument);
  }
  assert.deepEqual(
    logQueryOf(request({ follow: true, tailLines: 7n, fromOffset: 9n, streams: ["stderr", "stderr"] })),
    {
      isFollowing: true,
      tailLines: undefined,
      since: undefined,
      until: undefined,
      fromOffset: undefined,
      streams: new Set([2]),
    },
  );
});
