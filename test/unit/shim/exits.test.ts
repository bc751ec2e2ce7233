import assert from "node:assert/strict";
import { test } from "node:test";
import { Exits, type ReapedExit } from "../../../shim/exits.ts";

const ended = (pid: number, code = 0) => ({ pid, code, dumpedCore: false });

function collect(): { readonly seen: ReapedExit[]; readonly onExit: (exit: ReapedExit) => void } {
  const seen: ReapedExit[] = [];
  return { seen, onExit: (exit) => seen.push(exit) };
}

test("Exits delivers the exit of a process whose start is settled", () => {
  const exits = new Exits();
  const { seen, onExit } = collect();
  {
    using ticket = exits.expect();
    ticket.started(10, onExit);
  }
  assert.equal(exits.isKnown(10), true);
  exits.deliver(ended(10, 7));
  assert.deepEqual(
    seen.map(({ pid, code }) => [pid, code]),
    [[10, 7]],
  );
  assert.equal(exits.isKnown(10), false);
});

test("Ticket.started() hands over an exit that came before the pid was known", () => {
  const exits = new Exits();
  const { seen, onExit } = collect();
  using ticket = exits.expect();
  exits.deliver(ended(10, 3));
  assert.equal(seen.length, 0);
  ticket.started(10, onExit);
  assert.equal(seen.length, 1);
  assert.ok(seen[0]?.at instanceof Date);
});

test("Exits tells each of two starts of its own early exit, in whichever order they settle", () => {
  const exits = new Exits();
  const first = collect();
  const second = collect();
  const a = exits.expect();
  const b = exits.expect();
  exits.deliver(ended(20));
  exits.deliver(ended(21));
  b.started(21, second.onExit);
  b[Symbol.dispose]();
  a.started(20, first.onExit);
  a[Symbol.dispose]();
  assert.deepEqual([first.seen[0]?.pid, second.seen[0]?.pid], [20, 21]);
});

test("Exits tells of an end once", () => {
  const exits = new Exits();
  const { seen, onExit } = collect();
  using ticket = exits.expect();
  ticket.started(10, onExit);
  exits.deliver(ended(10));
  exits.deliver(ended(10));
  assert.equal(seen.length, 1);
});

test("Exits forgets a stranger's exit when no ticket older than it is open: a pid comes again", () => {
  const exits = new Exits();
  const { seen, onExit } = collect();
  const old = exits.expect();
  exits.deliver(ended(10, 99));
  const young = exits.expect();
  old[Symbol.dispose]();
  young.started(10, onExit);
  assert.equal(seen.length, 0, "the parked exit is older than the start that asks");
  exits.deliver(ended(10, 1));
  assert.equal(seen[0]?.code, 1);
  young[Symbol.dispose]();
});

test("Exits does not keep what ends while nobody starts anything", () => {
  const exits = new Exits();
  const { seen, onExit } = collect();
  exits.deliver(ended(10));
  using ticket = exits.expect();
  ticket.started(10, onExit);
  assert.equal(seen.length, 0);
});
