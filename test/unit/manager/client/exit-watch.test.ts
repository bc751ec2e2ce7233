// Waiting for an exit, against a Tasks service of the test's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiService } from "../../../../manager/api/api-service.ts";
import { Client } from "../../../../manager/client/client.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Containers } from "../../../../proto/gen/containers.ts";
import { Status } from "../../../../proto/gen/process.ts";
import { Tasks } from "../../../../proto/gen/tasks.ts";
import { Version } from "../../../../proto/gen/version.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { useSuite } from "../../../support/suite.ts";
import { until } from "../../../support/until.ts";

const suite = useSuite();

type Answer = (signal: AbortSignal) => Promise<{ exitStatus: number }>;

/** A daemon with one task, whose Wait answers as told, one answer a call. */
async function worldOf(answers: Answer[]): Promise<GrpcWorld> {
  const version = apiService(Version, { version: () => ({}) }, { isNamespaced: false });
  const containers = apiService(Containers, { get: ({ id }) => ({ container: { id } }) });
  const tasks = apiService(Tasks, {
    get: () => ({ process: { status: Status.STOPPED } }),
    wait: async (_request, { signal }) =>
      await (answers.shift() ?? (() => Promise.reject(new Error("asked once too often"))))(signal),
    delete: () => ({ exitStatus: 9 }),
  });
  return await GrpcWorld.of(suite, [version, containers, tasks]);
}

async function taskOf(client: Client) {
  return await (await client.containers.get("web")).task();
}

const unavailable: Answer = () => Promise.reject(new HawserError(Code.Unavailable, "the shim is away"));
const never: Answer = (signal) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason));
  });

test("Unavailable is no answer: it asks again", async () => {
  await using world = await worldOf([unavailable, unavailable, async () => ({ exitStatus: 3 })]);
  await using client = await Client.connect(world.socketPath);
  await using task = await taskOf(client);
  assert.equal((await task.wait()).exitStatus, 3);
});

test("however many wait, one call is made, and each may give up alone", async () => {
  const answer = Promise.withResolvers<{ exitStatus: number }>();
  await using world = await worldOf([() => answer.promise]);
  await using client = await Client.connect(world.socketPath);
  await using task = await taskOf(client);
  const waits = [task.wait(), task.wait()];
  await assert.rejects(task.wait({ signal: AbortSignal.timeout(20) }), { code: Code.DeadlineExceeded });
  await assert.rejects(task.wait({ signal: AbortSignal.abort() }), { code: Code.Canceled });
  answer.resolve({ exitStatus: 5 });
  for (const wait of waits) assert.equal((await wait).exitStatus, 5);
});

test("whoever waits while the process is deleted is told how it ended", async () => {
  await using world = await worldOf([never]);
  await using client = await Client.connect(world.socketPath);
  await using task = await taskOf(client);
  const exit = task.wait();
  assert.equal((await task.delete()).exitStatus, 9);
  assert.equal((await exit).exitStatus, 9);
  assert.equal((await task.wait()).exitStatus, 9);
});

test("closing the handle, or the client, tells those who wait: Canceled", async () => {
  await using world = await worldOf([never, never]);
  await using client = await Client.connect(world.socketPath);
  const one = await taskOf(client);
  const first = one.wait();
  first.catch(() => undefined);
  await until(() => world.server.callsInFlight === 1, { what: "the first call" });
  await one[Symbol.asyncDispose]();
  await until(() => world.server.callsInFlight === 0, { what: "the end of the first call" });
  await assert.rejects(first, { code: Code.Canceled });
  const second = (await taskOf(client)).wait();
  second.catch(() => undefined);
  await until(() => world.server.callsInFlight === 1, { what: "the second call" });
  await client[Symbol.asyncDispose]();
  await assert.rejects(second, { code: Code.Canceled });
  await until(() => world.server.callsInFlight === 0, { what: "no call is left" });
});
