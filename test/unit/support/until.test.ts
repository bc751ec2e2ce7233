import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.ts";

test("until() returns the first answer that is one", async () => {
  const answers = [undefined, null, false, 0];
  assert.equal(await until(() => answers.shift(), { what: "a number" }), 0);
});

test("until() takes an error as 'not yet' and names it in the end", async () => {
  let count = 0;
  const answer = await until(
    () => {
      count += 1;
      if (count < 3) throw new Error("not there");
      return "there";
    },
    { what: "it" },
  );
  assert.equal(answer, "there");
  const refuse = () => {
    throw new Error("refused");
  };
  await assert.rejects(until(refuse, { what: "the socket", deadline: 20 }), (error: Error) => {
    assert.match(error.message, /^the socket: not within 20 ms/);
    assert.match(String(error.cause), /refused/);
    return true;
  });
});

test("until() shows the logs of a failure", async () => {
  const logs = {
    shim: "bad thing\n",
    manager: () => Promise.resolve("fine"),
    broken: () => Promise.reject(new Error("gone")),
  };
  await assert.rejects(
    until(() => false, { what: "it", deadline: 5, logs }),
    {
      message:
        "it: not within 5 ms\n--- shim\nbad thing\n--- manager\nfine\n--- broken\nnot readable: Error: gone",
    },
  );
});

test("until() does not wait for a condition that never answers", async () => {
  const never = new Promise<boolean>(() => undefined);
  await assert.rejects(
    until(() => never, { what: "it", deadline: 20 }),
    /it: not within 20 ms/,
  );
});

test("until() ends with its signal", async () => {
  await assert.rejects(
    until(() => false, { what: "it", signal: AbortSignal.abort() }),
    { name: "AbortError" },
  );
});
