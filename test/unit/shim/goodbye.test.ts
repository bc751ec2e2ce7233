import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Code, HawserError } from "../../../proto/errors.ts";
import { DeleteResponse, Task } from "../../../proto/gen/task.ts";
import { fromDate } from "../../../proto/timestamp.ts";
import { sayGoodbye } from "../../../shim/goodbye.ts";
import { Server, type ServiceHandlers } from "../../../ttrpc/index.ts";
import { useSuite } from "../../support/suite.ts";

const suite = useSuite();
const exitedAt = fromDate(new Date("2026-01-02T03:04:05Z"));

/** A shim that answers this way, and the names of the calls that it got. */
async function shim(handlers: ServiceHandlers<typeof Task>) {
  const path = join(suite.dir, `${suite.newId()}.sock`);
  const calls: string[] = [];
  const told = Object.entries(handlers).map(([name, handler]) => [
    name,
    (...args: unknown[]) => {
      calls.push(name);
      return (handler as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  const listener = createServer({ pauseOnConnect: true });
  const server = new Server().register(Task, Object.fromEntries(told) as ServiceHandlers<typeof Task>);
  server.serve(listener);
  listener.listen(path);
  await once(listener, "listening");
  return {
    path,
    calls,
    [Symbol.asyncDispose]: () => server.shutdown({ signal: AbortSignal.timeout(5_000) }),
  };
}

const unknown = (): never => {
  throw new HawserError(Code.NotFound, "container not created: not found");
};
const signal = (): AbortSignal => AbortSignal.timeout(10_000);

test("sayGoodbye() waits for an exit that is not told yet, before it deletes and ends the shim", async () => {
  let hasEnded = false;
  await using server = await shim({
    wait: async () => {
      await new Promise((settle) => setImmediate(settle));
      hasEnded = true;
      return { exitStatus: 137, exitedAt };
    },
    delete: () => {
      if (!hasEnded) throw new HawserError(Code.FailedPrecondition, "cannot delete a running process");
      return { pid: 42, exitStatus: 137, exitedAt };
    },
    shutdown: () => ({}),
  });
  const answer = await sayGoodbye(server.path, "c", signal());
  assert.deepEqual(DeleteResponse.decode(answer ?? new Uint8Array(0)).pid, 42);
  assert.deepEqual(server.calls, ["wait", "delete", "shutdown"]);
});

test("sayGoodbye() leaves a shim alone that knows no such container and was started for another", async () => {
  await using server = await shim({
    wait: unknown,
    connect: () => ({ shimPid: process.pid }),
    shutdown: () => ({}),
  });
  assert.equal(await sayGoodbye(server.path, "c", signal()), undefined);
  assert.deepEqual(server.calls, ["wait", "connect"]);
});

test("sayGoodbye() ends a shim that was started for this container and never got it", async () => {
  const child = spawn("sh", ["-c", "read line", "sh", "-id", "c"], { stdio: ["pipe", "ignore", "ignore"] });
  const exit = once(child, "exit");
  await once(child, "spawn");
  try {
    await using server = await shim({
      wait: unknown,
      connect: () => ({ shimPid: child.pid ?? 0 }),
      shutdown: () => ({}),
    });
    assert.equal(await sayGoodbye(server.path, "c", signal()), undefined);
    assert.deepEqual(server.calls, ["wait", "connect", "shutdown"]);
  } finally {
    child.stdin?.end();
    await exit;
  }
});

test("sayGoodbye() has nothing to say, and does not complain, when the server has just ended", async () => {
  assert.equal(await sayGoodbye(join(suite.dir, "none.sock"), "c1", AbortSignal.timeout(10_000)), undefined);
});
