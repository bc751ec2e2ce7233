import assert from "node:assert/strict";
import { test } from "node:test";
import { Scope } from "../../../sys/scope.ts";

const unexpected = (what: string, error: unknown) => assert.fail(`${what}: ${error}`);

test("Scope undoes newest first, each in its turn, when it is left early", async () => {
  const order: string[] = [];
  await assert.rejects(async () => {
    await using scope = new Scope(unexpected);
    scope.defer("first", () => order.push("first"));
    scope.defer("second", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("second");
    });
    scope.defer("third", () => order.push("third"));
    throw new Error("early");
  }, /early/);
  assert.deepEqual(order, ["third", "second", "first"]);
});

test("Scope.keep() undoes nothing", async () => {
  await using scope = new Scope(unexpected);
  scope.defer("never", () => assert.fail());
  scope.keep();
  assert.throws(() => scope.defer("late", () => undefined), /defer "late": the scope has ended/);
});

test("a failing undo is reported, stops no other, and never replaces the first error", async () => {
  const reports: string[] = [];
  let undone = false;
  await assert.rejects(async () => {
    await using scope = new Scope((what, error) => {
      reports.push(`${what}: ${(error as Error).message}`);
      throw new Error("a reporter that throws");
    });
    scope.defer("last", () => {
      undone = true;
    });
    scope.defer("rejects", () => Promise.reject(new Error("no")));
    scope.defer("throws", () => {
      throw new Error("never");
    });
    throw new Error("the real one");
  }, /the real one/);
  assert.deepEqual(reports, ["throws: never", "rejects: no"]);
  assert.equal(undone, true);
});

test("Scope disposed twice undoes once", async () => {
  let count = 0;
  const scope = new Scope(unexpected);
  scope.defer("count", () => count++);
  await scope[Symbol.asyncDispose]();
  await scope[Symbol.asyncDispose]();
  assert.equal(count, 1);
});

test("Scope.use() disposes what it was given, Scope.move() hands the undoing over", async () => {
  const order: string[] = [];
  const outer = new Scope(unexpected);
  outer.use("sync", { [Symbol.dispose]: () => order.push("sync") });
  outer.use("async", { [Symbol.asyncDispose]: async () => void order.push("async") });
  const moved = outer.move();
  await outer[Symbol.asyncDispose]();
  assert.deepEqual(order, []);
  await moved[Symbol.asyncDispose]();
  assert.deepEqual(order, ["async", "sync"]);
});
