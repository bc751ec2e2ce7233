import assert from "node:assert/strict";
import { test } from "node:test";
import { Exits, type ReapedExit } from "../../../shim/exits.ts";

const ended = (pid: number, code = 0) => ({ pid, code, dumpedCore: false });

/** A register for which every pid is a child that was not reaped, but those that have ended. */
function exitsWith(...gone: number[]): Exits {
  return new Exits((pid) => (gone.includes(pid) ? "gone" : "child"));
}

function collect(): { readonly seen: ReapedExit[]; readonly onExit: (exit: ReapedExit) => void } {
  const seen: ReapedExit[] = [];
  return { seen, onExit: (exit) => seen.push(exit) };
}

test("Exits delivers the exit of a process whose start is settled", () => {
  const exits = exitsWith();
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
  const exits = exitsWith(10);
  const { seen, onExit } = collect();
  using ticket = exits.expect();
  exits.deliver(ended(10, 3));
  assert.equal(seen.length, 0);
  ticket.started(10, onExit);
  assert.equal(seen.length, 1);
  assert.ok(seen[0]?.at instanceof Date);
});

test("Exits tells each of two starts of its own early exit, in whichever order they settle", () => {
  const exits = exitsWith(20, 21);
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
  const exits = exitsWith();
  const { seen, onExit } = collect();
  using ticket = exits.expect();
  ticket.started(10, onExit);
  exits.deliver(ended(10));
  exits.deliver(ended(10));
  assert.equal(seen.length, 1);
});

test("Exits forgets a stranger's exit when no ticket older than it is open: a pid comes again", () => {
  const exits = exitsWith();
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
  const exits = exitsWith();
  const { seen, onExit } = collect();
  exits.deliver(ended(10));
  using ticket = exits.expect();
  ticket.started(10, onExit);
  assert.equal(seen.length, 0);
});

test("Ticket.started() says at once that nobody knows, when a process is gone and its exit was not ours to see", () => {
  const exits = exitsWith(10);
  const { seen, onExit } = collect();
  using ticket = exits.expect();
  ticket.started(10, onExit);
  assert.deepEqual(
    seen.map(({ pid, code, signal }) => [pid, code, signal]),
    [[10, undefined, undefined]],
  );
  assert.equal(exits.isKnown(10), false);
});

test("Ticket.started() does not take a kept exit of a stranger for that of a live process that got its pid", () => {
  const live = new Set<number>();
  const exits = new Exits((pid) => (live.has(pid) ? "child" : "gone"));
  const seen: ReapedExit[] = [];
  using ticket = exits.expect();
  exits.deliver({ pid: 7, code: 1, dumpedCore: false });
  live.add(7);
  ticket.started(7, (exit) => seen.push(exit));
  assert.equal(seen.length, 0);
  exits.deliver({ pid: 7, code: 2, dumpedCore: false });
  assert.deepEqual(
    seen.map(({ code }) => code),
    [2],
  );
});

test("Ticket.started() takes the later of two kept exits with one pid", () => {
  const exits = exitsWith(7);
  const seen: ReapedExit[] = [];
  using ticket = exits.expect();
  exits.deliver({ pid: 7, code: 1, dumpedCore: false });
  exits.deliver({ pid: 7, code: 2, dumpedCore: false });
  ticket.started(7, (exit) => seen.push(exit));
  assert.equal(seen[0]?.code, 2);
});
