import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ProcessEnding } from "../../../../shim/attach/process-ending.ts";

const EXIT = { exitStatus: 3, isUnknown: false, exitedAt: new Date(0), oom: false, timedOut: false };

function scene(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const view = { end: 100, isHeld: false, told: 0 };
  const ending = new ProcessEnding({
    outputEnd: () => view.end,
    isHeld: () => view.isHeld,
    onEnd: () => {
      view.told++;
    },
  });
  return { view, ending, pass: (ms: number) => context.mock.timers.tick(ms) };
}

test("the exit waits for the end of the output, whichever comes first", (context) => {
  for (const order of ["output first", "exit first"]) {
    const { view, ending } = scene(context);
    if (order === "output first") ending.endOutput("complete");
    else ending.tellExit(EXIT);
    assert.ok(!isTold(ending));
    if (order === "output first") ending.tellExit(EXIT);
    else ending.endOutput("complete");
    assert.deepEqual(ending.end, { ...EXIT, output: "complete", endOffset: 100 });
    ending.endOutput("cut");
    ending.tellExit({ ...EXIT, exitStatus: 4 });
    assert.deepEqual([ending.end?.output, ending.end?.exitStatus, view.told], ["complete", 3, 1]);
    context.mock.timers.reset();
  }
});

test("output that rests for a second after the exit is held open by somebody else", (context) => {
  const { view, ending, pass } = scene(context);
  ending.tellExit(EXIT);
  view.end = 150;
  pass(1_000);
  assert.ok(!isTold(ending));
  pass(1_000);
  assert.deepEqual([ending.end?.output, ending.end?.endOffset], ["held", 150]);
  view.end = 200;
  ending.endOutput("complete");
  assert.deepEqual([ending.end?.output, ending.end?.endOffset, view.told], ["held", 150, 1]);
});

test("output that never rests is held after ten seconds; time in which we hold the process does not count", (context) => {
  const { view, ending, pass } = scene(context);
  view.isHeld = true;
  ending.tellExit(EXIT);
  for (let second = 0; second < 60; second++) pass(1_000);
  assert.ok(!isTold(ending));
  view.isHeld = false;
  for (let second = 0; second < 9; second++) {
    view.end++;
    pass(1_000);
  }
  assert.ok(!isTold(ending));
  view.end++;
  pass(1_000);
  assert.equal(ending.end?.output, "held");
});

// A question, so that the compiler does not take the answer for the last word.
function isTold(ending: ProcessEnding): boolean {
  return ending.end !== undefined;
}
