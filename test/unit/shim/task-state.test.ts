import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, HawserError } from "../../../proto/errors.ts";
import { requireAllowed, type TaskState, type TaskVerb } from "../../../shim/task-state.ts";

const STATES: readonly TaskState[] = ["created", "running", "pausing", "paused", "stopped"];

// The columns are STATES; y is allowed, F is FailedPrecondition, N is NotFound.
const TABLE: readonly (readonly [verb: TaskVerb, answers: string, reason: string])[] = [
  ["start", "yFFFF", "once only"],
  ["kill", "yyyyN", "what has ended is not found: the caller has nothing left to do"],
  ["pause", "FyFFF", "only what runs can freeze"],
  ["resume", "FFFyF", "only what is frozen can thaw; while freezing it is not yet known"],
  ["exec", "yyFFF", "a frozen container runs nothing new"],
  ["start an exec in", "yyFFF", "as for adding it"],
  ["delete", "yFFFy", "a created container is ended by it, a running one is not"],
  ["update", "yyyyF", "limits matter while there are processes"],
  ["checkpoint", "FyFyF", "there is something to write"],
];

for (const [verb, answers, reason] of TABLE) {
  test(`requireAllowed("${verb}") answers by state: ${reason}`, () => {
    for (const [index, state] of STATES.entries()) {
      const expected = answers[index];
      const outcome = (() => {
        try {
          requireAllowed(verb, state);
          return "y";
        } catch (error) {
          assert.ok(error instanceof HawserError);
          return error.code === Code.NotFound ? "N" : error.code === Code.FailedPrecondition ? "F" : "?";
        }
      })();
      assert.equal(outcome, expected, `${verb} in ${state}`);
    }
  });
}
