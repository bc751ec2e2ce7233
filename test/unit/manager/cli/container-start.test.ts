// Two who start one container at the same time, against a daemon of the test's own that does as hawserd does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiService } from "../../../../manager/api/api-service.ts";
import { prepareStart } from "../../../../manager/cli/container-start.ts";
import { Client } from "../../../../manager/client/client.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Containers } from "../../../../proto/gen/containers.ts";
import { Status } from "../../../../proto/gen/process.ts";
import { Tasks } from "../../../../proto/gen/tasks.ts";
import { Version } from "../../../../proto/gen/version.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

/** A daemon with one container; `failure` is why it cannot be started. */
async function worldOf(stack: AsyncDisposableStack, failure?: HawserError) {
  const state: { status: Status | undefined; making: number } = { status: undefined, making: 0 };
  const refuse = (what: string): never => {
    throw new HawserError(Code.FailedPrecondition, what);
  };
  const version = apiService(Version, { version: () => ({}) }, { isNamespaced: false });
  const containers = apiService(Containers, { get: ({ id }) => ({ container: { id } }) });
  const tasks = apiService(Tasks, {
    create() {
      if (state.status !== undefined) throw new HawserError(Code.AlreadyExists, "it has a task");
      state.status = Status.CREATED;
      return { pid: 1 };
    },
    get() {
      // Not to be had while it is made.
      if (state.making-- > 0) throw new HawserError(Code.NotFound, "it has no task");
      if (state.status === undefined) throw new HawserError(Code.NotFound, "it has no task");
      return { process: { status: state.status } };
    },
    start() {
      if (state.status !== Status.CREATED) refuse("it is not created");
      if (failure !== undefined) throw failure;
      state.status = Status.RUNNING;
      return { pid: 1 };
    },
    kill() {
      if (state.status === Status.RUNNING) state.status = Status.STOPPED;
      return {};
    },
    delete() {
      if (state.status === Status.RUNNING) refuse("it runs");
      state.status = undefined;
      return {};
    },
    wait: async (_request, { signal }) =>
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const grpc = stack.use(await GrpcWorld.of(suite, [version, containers, tasks]));
  const client = stack.use(await Client.connect(grpc.socketPath));
  const container = await client.containers.get("web");
  const prepare = async () => (await prepareStart(container, {})).pending;
  return { state, prepare };
}

test("of two who start a container at the same time, the second finds it running and leaves it so", async () => {
  await using stack = new AsyncDisposableStack();
  const { state, prepare } = await worldOf(stack);
  {
    await using first = await prepare();
    await using second = await prepare();
    assert.ok(first && second);
    await second.start();
    await first.start();
  }
  assert.equal(state.status, Status.RUNNING);
});

test("a task that somebody else is making is waited for", async () => {
  await using stack = new AsyncDisposableStack();
  const { state, prepare } = await worldOf(stack);
  await using first = await prepare();
  state.making = 2;
  await using second = await prepare();
  await second?.start();
  await first?.start();
  assert.equal(state.status, Status.RUNNING);
});

test("one who gives up does not end what somebody else has started", async () => {
  await using stack = new AsyncDisposableStack();
  const { state, prepare } = await worldOf(stack);
  {
    await using first = await prepare();
    await using _givesUp = await prepare();
    await first?.start();
  }
  assert.equal(state.status, Status.RUNNING);
});

test("a task that cannot be started is not left", async () => {
  await using stack = new AsyncDisposableStack();
  const { state, prepare } = await worldOf(stack, new HawserError(Code.Internal, "no such thing"));
  const start = async () => {
    await using pending = await prepare();
    await pending?.start();
  };
  await assert.rejects(start(), { message: "no such thing" });
  assert.equal(state.status, undefined);
});
