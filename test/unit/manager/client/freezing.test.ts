// Freezing and thawing, against a Tasks service of the test's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiService } from "../../../../manager/api/api-service.ts";
import { ClientState } from "../../../../manager/client/client-state.ts";
import { Connection } from "../../../../manager/client/connection.ts";
import { Freezing } from "../../../../manager/client/freezing.ts";
import { Session } from "../../../../manager/client/session.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { Status } from "../../../../proto/gen/process.ts";
import { Tasks } from "../../../../proto/gen/tasks.ts";
import { GrpcWorld } from "../../../support/grpc-world.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

/** A daemon with one task; `fail` may throw in the middle of a call that has been obeyed. */
async function worldOf(stack: AsyncDisposableStack, fail: (call: "pause" | "resume") => void) {
  const state: { status: Status } = { status: Status.RUNNING };
  const set = (call: "pause" | "resume", status: Status) => () => {
    state.status = status;
    fail(call);
    return {};
  };
  const tasks = apiService(Tasks, {
    get: () => ({ process: { status: state.status } }),
    pause: set("pause", Status.PAUSED),
    resume: set("resume", Status.RUNNING),
  });
  const grpc = stack.use(await GrpcWorld.of(suite, [tasks]));
  const client = stack.use(new ClientState(new Connection(grpc.socketPath), suite.dir));
  return { state, session: new Session(client, { namespace: "default" }) };
}

test("what is frozen is thawed at the end of the scope, and before it when told to", async () => {
  await using stack = new AsyncDisposableStack();
  const { state, session } = await worldOf(stack, () => undefined);
  {
    await using freezing = await Freezing.begin(session, "web", {});
    assert.ok(freezing);
    assert.equal(state.status, Status.PAUSED);
    assert.equal(await Freezing.begin(session, "web", {}), undefined);
  }
  assert.equal(state.status, Status.RUNNING);
});

test("a freezing whose answer was lost is taken back", async () => {
  await using stack = new AsyncDisposableStack();
  const { state, session } = await worldOf(stack, (call) => {
    if (call === "pause") throw new HawserError(Code.Unavailable, "the daemon was killed");
  });
  await assert.rejects(Freezing.begin(session, "web", {}), { code: Code.Unavailable });
  assert.equal(state.status, Status.RUNNING);
});

test("a thawing that fails is said, with what to do", async () => {
  await using stack = new AsyncDisposableStack();
  const { session } = await worldOf(stack, (call) => {
    if (call === "resume") throw new HawserError(Code.Internal, "no answer");
  });
  await using freezing = await Freezing.begin(session, "web", {});
  assert.ok(freezing);
  await assert.rejects(freezing.thaw(), { message: /thaw container "web".*hawser unpause.*no answer/ });
});
