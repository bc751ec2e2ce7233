// Every call in every state of a container: allowed, or refused with which code.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { defaultProcess } from "../../../manager/oci/default-spec.ts";
import { packJson } from "../../../proto/any.ts";
import { Code, codeName } from "../../../proto/errors.ts";
import type { ShimHarness } from "../../support/shim-harness.ts";
import type { TestContainer } from "../../support/test-container.ts";
import { answerOf, refuses } from "./answers.ts";
import { test } from "./bounded-test.ts";
import type { Expectations } from "./expectations.ts";

const states = ["none", "created", "running", "paused", "stopped"] as const;
type State = (typeof states)[number];

const calls: Record<string, (container: TestContainer) => Promise<unknown>> = {
  Create: (container) => container.create(),
  Start: ({ task, id }) => task.start({ id }),
  Kill: ({ task, id }) => task.kill({ id, signal: 9 }),
  Pause: ({ task, id }) => task.pause({ id }),
  Resume: ({ task, id }) => task.resume({ id }),
  Exec: ({ task, id }) =>
    task.exec({ id, execId: "one", spec: packJson("Process", defaultProcess({ args: ["true"] })) }),
  Delete: ({ task, id }) => task.delete({ id }),
  Update: ({ task, id }) =>
    task.update({ id, resources: packJson("LinuxResources", { memory: { limit: 1 << 28 } }) }),
  State: ({ task, id }) => task.state({ id }),
  Connect: ({ task, id }) => task.connect({ id }),
  Pids: ({ task, id }) => task.pids({ id }),
  Stats: ({ task, id }) => task.stats({ id }),
  ResizePty: ({ task, id }) => task.resizePty({ id, width: 80, height: 24 }),
  CloseIO: ({ task, id }) => task.closeIO({ id, stdin: true }),
  Shutdown: ({ task, id }) => task.shutdown({ id }),
};

/** The answer of each call in the states none, created, running, paused, stopped. */
function table({ wrongState, duplicateCreate }: Expectations): Record<string, readonly string[]> {
  const no = codeName(wrongState);
  const taken = codeName(duplicateCreate);
  return {
    Create: ["OK", taken, taken, taken, taken],
    Start: ["NotFound", "OK", no, no, no],
    Kill: ["NotFound", "OK", "OK", "OK", "NotFound"],
    Pause: ["NotFound", no, "OK", no, no],
    Resume: ["NotFound", no, no, "OK", no],
    Exec: ["NotFound", "OK", "OK", no, no],
    Delete: ["NotFound", "OK", no, no, "OK"],
    Update: ["NotFound", "OK", "OK", "OK", no],
    State: ["NotFound", "OK", "OK", "OK", "OK"],
    Connect: ["OK", "OK", "OK", "OK", "OK"],
    Pids: ["NotFound", "OK", "OK", "OK", "OK"],
    Stats: ["NotFound", "OK", "OK", "OK", "OK"],
    ResizePty: ["NotFound", "OK", "OK", "OK", "OK"],
    CloseIO: ["NotFound", "OK", "OK", "OK", "OK"],
    // Ignored while there is a container; without one it is the end, and its answer may be lost.
    Shutdown: ["any", "OK", "OK", "OK", "OK"],
  };
}

async function reach(harness: ShimHarness, state: State): Promise<TestContainer> {
  const container = await harness.start();
  if (state === "none") return container;
  await container.create();
  if (state === "created") return container;
  await container.task.start({ id: container.id });
  if (state === "paused") await container.task.pause({ id: container.id });
  if (state === "stopped") await container.kill();
  return container;
}

export function statesContract(harness: ShimHarness, expected: Expectations): void {
  describe("each call in each state", () => {
    const rows = table(expected);
    for (const [column, state] of states.entries()) {
      test(`${state}: every call is allowed or refused as the table says`, async () => {
        const wanted: Record<string, string> = {};
        const seen: Record<string, string> = {};
        for (const [name, call] of Object.entries(calls)) {
          await using container = await reach(harness, state);
          const answer = await answerOf(call(container));
          wanted[name] = rows[name]?.[column] ?? "";
          seen[name] = wanted[name] === "any" ? "any" : answer;
        }
        assert.deepEqual(seen, wanted);
      });
    }

    test("an unknown exec is NotFound for every call that takes one", async () => {
      await using container = await harness.run();
      const { task } = container;
      const nobody = { id: container.id, execId: "nobody" };
      await refuses(task.start(nobody), Code.NotFound);
      await refuses(task.state(nobody), Code.NotFound);
      await refuses(task.wait(nobody), Code.NotFound);
      await refuses(task.kill({ ...nobody, signal: 9 }), Code.NotFound);
      await refuses(task.resizePty({ ...nobody, width: 1, height: 1 }), Code.NotFound);
      await refuses(task.closeIO({ ...nobody, stdin: true }), expected.unknownExecCloseIo);
      await refuses(task.delete(nobody), Code.NotFound);
    });

    test("a refused call leaves the container as it was", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      await refuses(task.delete({ id }), expected.wrongState);
      await refuses(task.start({ id }), expected.wrongState);
      await refuses(task.resume({ id }), expected.wrongState);
      await refuses(container.create(), expected.duplicateCreate);
      assert.equal((await container.execToEnd("alive", "echo yes")).text, "yes\n");
      await container.kill();
      await task.delete({ id });
      await refuses(task.delete({ id }), Code.NotFound);
      await container.events.hearsExactly(id, [
        "create",
        "start",
        "exec-added alive",
        "exec-started alive",
        "exit alive 0",
        "exit 137",
        "delete",
      ]);
    });
  });
}
