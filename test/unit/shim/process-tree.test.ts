import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { findTree, killTree, markTree, TREE_VARIABLE } from "../../../shim/process-tree.ts";
import { type ProcessStat, processStat, startTimeOf } from "../../../sys/process-stat.ts";
import { until } from "../../support/until.ts";

interface Row {
  readonly pid: number;
  readonly ppid?: number;
  readonly session?: number;
  readonly group?: number;
  readonly start?: bigint;
  readonly state?: string;
}

function stats(rows: readonly Row[]): Map<number, ProcessStat> {
  return new Map(
    rows.map(({ pid, ppid = 1, session = 0, group = 0, start = BigInt(pid), state = "S" }) => [
      pid,
      { pid, comm: "x", state, ppid, processGroup: group, session, startTime: start, exitWord: 0 },
    ]),
  );
}

// The root is 10, and began at 10.
for (const [why, rows, marked, found] of [
  ["nobody else", [{ pid: 10 }, { pid: 11 }], [], []],
  [
    "a child, and its child, in whatever order",
    [{ pid: 9, ppid: 11 }, { pid: 10 }, { pid: 11, ppid: 10 }],
    [],
    [11, 9],
  ],
  ["an orphan in the session", [{ pid: 10 }, { pid: 12, session: 10 }], [], [12]],
  ["an orphan in the group", [{ pid: 10 }, { pid: 12, group: 10 }], [], [12]],
  ["an orphan in the session of one that is dead", [{ pid: 12, session: 10 }], [], [12]],
  ["an orphan in a session of its own, by the mark", [{ pid: 10 }, { pid: 12, session: 12 }], [12], [12]],
  [
    "its child, without the mark",
    [
      { pid: 12, session: 12 },
      { pid: 13, ppid: 12 },
    ],
    [12],
    [12, 13],
  ],
  [
    "no child of another that has the number now",
    [
      { pid: 10, start: 99n },
      { pid: 12, ppid: 10 },
    ],
    [],
    [],
  ],
  ["no session of another that has the number now", [{ pid: 10, start: 99n, session: 10 }], [], []],
  ["no zombie: it is dead", [{ pid: 10 }, { pid: 11, ppid: 10, state: "Z" }], [], []],
  ["nobody of session 0, which is the kernel's", [{ pid: 2, ppid: 0 }], [], []],
] as const satisfies readonly (readonly [string, readonly Row[], readonly number[], readonly number[]])[]) {
  test(`findTree(): ${why}`, () => {
    const isMarked = (pid: number) => (marked as readonly number[]).includes(pid);
    const tree = findTree(stats(rows), new Map([[10, 10n]]), isMarked);
    assert.deepEqual(new Set(tree.map(({ pid }) => pid)), new Set(found));
  });
}

test("markTree() adds to the environment, or makes one", () => {
  const spec = { env: ["A=b"] };
  const mark = markTree(spec);
  assert.deepEqual(spec.env, ["A=b", `${TREE_VARIABLE}=${mark}`]);
  const bare: Record<string, unknown> = {};
  assert.notEqual(markTree(bare), mark);
  assert.ok(Array.isArray(bare["env"]));
});

test("killTree() kills a daemon in a session of its own, and what is being started meanwhile", async () => {
  const spec: Record<string, unknown> = {};
  const mark = markTree(spec);
  const script = `
    setsid sh -c 'setsid sleep 1234 >/dev/null & echo $!' &
    while :; do sleep 1234 >/dev/null & sleep 0.01; done`;
  const child = spawn("/bin/sh", ["-c", script], {
    detached: true,
    env: { PATH: process.env["PATH"], [TREE_VARIABLE]: mark },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const daemon = Number(await until(() => /^(\d+)\n/.exec(text)?.[1], { what: "the daemon's pid" }));
  const pid = child.pid ?? 0;
  const { killed, isWhole } = await killTree({ pid, startTime: startTimeOf(pid), mark });
  assert.ok(killed >= 3 && isWhole);
  await until(() => !isRunning(daemon) && !isRunning(pid), { what: "the end of the daemon" });
});

test("killTree() touches nobody when its root is gone", async () => {
  assert.deepEqual(await killTree({ pid: 1, startTime: undefined, mark: "no" }), {
    killed: 0,
    isWhole: true,
  });
  const wrong = await killTree({ pid: process.ppid, startTime: 1n, mark: "no such mark" });
  assert.equal(wrong.killed, 0);
});

function isRunning(pid: number): boolean {
  const stat = processStat(pid);
  return stat !== undefined && stat.state !== "Z";
}
