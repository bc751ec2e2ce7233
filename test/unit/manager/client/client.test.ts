// The connection and what hangs on it, against services of the test's own on a real socket.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { apiService, type CallContext } from "../../../../manager/api/api-service.ts";
import { Client } from "../../../../manager/client/client.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Content } from "../../../../proto/gen/content.ts";
import { Events } from "../../../../proto/gen/events-service.ts";
import { Shims } from "../../../../proto/gen/shims.ts";
import { Tasks } from "../../../../proto/gen/tasks.ts";
import { Version } from "../../../../proto/gen/version.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { useSuite } from "../../../support/suite.ts";
import { until } from "../../../support/until.ts";

const suite = useSuite();

const version = apiService(
  Version,
  { version: () => ({ version: "1", revision: "r" }) },
  { isNamespaced: false },
);

function hasCode(code: Code, message?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof HawserError, String(error));
    assert.equal(error.code, code, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

test("Client.connect() says where nobody answers and what to do", async () => {
  const address = join(suite.dir, "nobody.sock");
  await assert.rejects(
    Client.connect(address),
    hasCode(Code.Unavailable, /nobody\.sock": nobody answers.*HAWSER_ADDRESS/),
  );
});

test("Client.connect() refuses what is no address of a unix socket, and no namespace", async () => {
  await assert.rejects(Client.connect("tcp://localhost:1"), hasCode(Code.InvalidArgument, /tcp/));
  await assert.rejects(
    Client.connect({ address: "/nowhere", namespace: "a/b" }),
    hasCode(Code.InvalidArgument, /namespace/),
  );
});

test("calls carry the namespace, and within() another one over the same connection", async () => {
  const seen: string[] = [];
  const tasks = apiService(Tasks, {
    get(_request: unknown, context: CallContext) {
      seen.push(context.namespace);
      return {};
    },
  });
  await using world = await GrpcWorld.of(suite, [version, tasks]);
  await using client = await Client.connect({ address: world.socketPath, namespace: "one" });
  await client.service(Tasks).get({});
  await using other = client.within("two");
  await other.service(Tasks).get({});
  assert.deepEqual(seen, ["one", "two"]);
});

test("an error keeps its code and its sentence", async () => {
  const tasks = apiService(Tasks, {
    get() {
      throw new HawserError(Code.NotFound, 'task "x" not found: ☃');
    },
  });
  await using world = await GrpcWorld.of(suite, [version, tasks]);
  await using client = await Client.connect(world.socketPath);
  await assert.rejects(client.service(Tasks).get({}), hasCode(Code.NotFound, /^task "x" not found: ☃$/));
  await assert.rejects(client.service(Tasks).list({}), hasCode(Code.Unimplemented));
});

test("a signal ends a call on both sides, and its reason says how", async () => {
  let ended = 0;
  const tasks = apiService(Tasks, {
    wait: (_request: unknown, { signal }: CallContext) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          ended += 1;
          reject(signal.reason);
        }),
      ),
  });
  await using world = await GrpcWorld.of(suite, [version, tasks]);
  await using client = await Client.connect(world.socketPath);
  const { wait } = client.service(Tasks);
  await assert.rejects(wait({}, { signal: AbortSignal.abort() }), hasCode(Code.Canceled));
  await assert.rejects(wait({}, { signal: AbortSignal.timeout(30) }), hasCode(Code.DeadlineExceeded));
  await assert.rejects(wait({}, { timeoutMs: 30 }), hasCode(Code.DeadlineExceeded));
  await until(() => ended === 2, { what: "the handlers hear of it" });
});

test("leaving a stream early ends it on the other side, too", async () => {
  let left = false;
  const events = apiService(
    Events,
    {
      async *subscribe() {
        try {
          for (let count = 0; ; count++) yield { topic: `/count/${count}` };
        } finally {
          left = true;
        }
      },
    },
    { isNamespaced: false },
  );
  await using world = await GrpcWorld.of(suite, [version, events]);
  await using client = await Client.connect(world.socketPath);
  let last = "";
  for await (const { topic } of client.service(Events).subscribe({})) {
    last = topic;
    if (topic === "/count/99") break;
  }
  assert.equal(last, "/count/99");
  await until(() => left, { what: "the handler hears of it" });
});

test("a conversation sends and receives in turn, ends well, and ends when it is disposed of", async () => {
  const content = apiService(Content, {
    async *write(requests) {
      for await (const { offset } of requests) yield { offset: offset + 1n };
    },
  });
  await using world = await GrpcWorld.of(suite, [version, content]);
  await using client = await Client.connect(world.socketPath);
  {
    await using talk = client.service(Content).write();
    for (let offset = 1n; offset < 50n; offset++) {
      assert.equal((await talk.ask({ offset })).offset, offset + 1n);
    }
    talk.end();
    assert.equal(await talk.receive(), undefined);
  }
  {
    await using talk = client.service(Content).write();
    await talk.ask({ offset: 1n });
  }
  await until(() => world.server.callsInFlight === 0, { what: "no call is left" });
});

test("shims() asks for all namespaces unless one is named", async () => {
  const seen: string[] = [];
  const shims = apiService(
    Shims,
    {
      list({ id }: { id: string }, { namespace }: CallContext) {
        seen.push(`${namespace}/${id}`);
        return { shims: [{ namespace: "x", id: "web" }] };
      },
    },
    { isNamespaced: false },
  );
  await using world = await GrpcWorld.of(suite, [version, shims]);
  await using client = await Client.connect(world.socketPath);
  assert.deepEqual(
    (await client.shims()).map(({ id }) => id),
    ["web"],
  );
  await client.shims({ namespace: "x", id: "web" });
  assert.deepEqual(seen, ["/", "x/web"]);
});
