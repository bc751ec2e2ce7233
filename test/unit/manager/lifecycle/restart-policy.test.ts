import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decideRestart,
  parseRestartPolicy,
  type RestartSituation,
} from "../../../../manager/lifecycle/restart-policy.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";

const situation: RestartSituation = {
  ...{ isExplicitlyStopped: false, exitStatus: 1, isLost: false },
  ...{ ranMs: 5, count: 0, delayMs: 0 },
};

const rows: readonly [
  policy: string,
  given: Partial<RestartSituation>,
  delayMs: number | undefined,
  why: string,
][] = [
  ["no", {}, undefined, "nothing is asked"],
  ["always", {}, 100, "a failure"],
  ["always", { exitStatus: 0 }, 100, "a success, too"],
  ["always", { isLost: true, exitStatus: 255 }, 100, "the machine went down"],
  ["always", { isExplicitlyStopped: true }, undefined, "somebody has stopped it"],
  ["unless-stopped", { exitStatus: 0 }, 100, "a success, too"],
  ["unless-stopped", { isLost: true }, 100, "the machine went down"],
  ["unless-stopped", { isExplicitlyStopped: true }, undefined, "somebody has stopped it"],
  ["on-failure", {}, 100, "a failure"],
  ["on-failure", { exitStatus: 137 }, 100, "killed by somebody whom nobody knows"],
  ["on-failure", { exitStatus: 0 }, undefined, "a success"],
  ["on-failure", { isLost: true, exitStatus: 255 }, undefined, "the machine is not the container's failure"],
  ["on-failure", { isExplicitlyStopped: true }, undefined, "somebody has stopped it"],
  ["on-failure", { count: 1_000 }, 100, "without end"],
  ["on-failure:2", { count: 1, delayMs: 100 }, 200, "the second time"],
  ["on-failure:2", { count: 2 }, undefined, "it was tried twice"],
  ["on-failure:0", { count: 7 }, 100, "docker's 0 is without end"],
  ["always", { delayMs: 100 }, 200, "twice the last pause"],
  ["always", { delayMs: 51_200 }, 60_000, "a minute at most"],
  ["always", { delayMs: 60_000 }, 60_000, "a minute at most"],
  ["always", { delayMs: 51_200, ranMs: 10_000 }, 100, "it ran for ten seconds: all is forgiven"],
  ["always", { delayMs: 51_200, ranMs: 9_999 }, 60_000, "not quite"],
];

for (const [policy, given, delayMs, why] of rows) {
  test(`${policy}: ${delayMs === undefined ? "stays down" : `again after ${delayMs} ms`} (${why})`, () => {
    assert.equal(decideRestart(parseRestartPolicy(policy), { ...situation, ...given }), delayMs);
  });
}

test("parseRestartPolicy() says what is wrong with a word, and which there are", () => {
  const flaws: [text: string, flaw: RegExp][] = [
    ["", /"": there is no such policy; there are no, always, unless-stopped, on-failure and on-failure:5$/],
    ["Always", /no such policy/],
    ["always:3", /"always" takes no number of retries/],
    ["on-failure:", /no whole number/],
    ["on-failure:-1", /no whole number/],
    ["on-failure:1.5", /no whole number/],
    ["on-failure:1:2", /two colons/],
  ];
  for (const [text, flaw] of flaws) {
    assert.throws(
      () => parseRestartPolicy(text),
      (error) =>
        error instanceof HawserError && error.code === Code.InvalidArgument && flaw.test(error.message),
      text,
    );
  }
});
