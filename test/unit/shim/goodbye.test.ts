import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Task } from "../../../proto/gen/task.ts";
import { sayGoodbye } from "../../../shim/goodbye.ts";
import { Server } from "../../../ttrpc/index.ts";
import { useSuite } from "../../support/suite.ts";

const suite = useSuite();
const soon = () => AbortSignal.timeout(10_000);

test("sayGoodbye() has nothing to say, and does not complain, when the server has just ended", async () => {
  assert.equal(await sayGoodbye(join(suite.dir, "none"), "c1", soon()), undefined);
});

test("sayGoodbye() takes the server's word for the exit and asks it to end", async () => {
  const path = join(suite.dir, "socket");
  const asked: string[] = [];
  await using server = new Server();
  server.register(Task, {
    delete: ({ id }) => {
      asked.push(`delete ${id}`);
      return { pid: 7, exitStatus: 3, exitedAt: { seconds: 1n, nanos: 0 } };
    },
    shutdown: () => {
      asked.push("shutdown");
      return {};
    },
  });
  await server.listen(path);
  const answer = await sayGoodbye(path, "c1", soon());
  assert.ok(answer !== undefined);
  assert.deepEqual(asked, ["delete c1", "shutdown"]);
  rmSync(path, { force: true });
});
