import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { isSubreaper, setSubreaper } from "../../../sys/prctl.ts";
import {
  type ChildExit,
  decodeWaitStatus,
  exitStatus,
  peekExit,
  peekExitOf,
  Reaper,
  reap,
} from "../../../sys/wait.ts";
import { processState, until } from "./support.ts";

before(() => setSubreaper());
after(() => setSubreaper(false));

/**
 * A shell that starts each script in the background and ends: the scripts become our orphans. They start only when
 * the shell is gone (end of file on 3), or it would reap some itself.
 */
async function orphans(scripts: string[]): Promise<number[]> {
  const lines = scripts.map((script) => `( read -r go <&3; ${script} ) <&- >&- 2>&- & echo $!`);
  const parent = spawn("/bin/sh", ["-c", `${lines.join("\n")}\nexit 7`], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  let text = "";
  parent.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(parent, "exit");
  assert.equal(code, 7, "the shell's own status must reach child_process");
  await until(() => text.trim().split("\n").length === scripts.length, "pids printed");
  parent.stdio[3]?.destroy();
  return text.trim().split("\n").map(Number);
}

function collecting(isOurs?: (pid: number) => boolean): { reaper: Reaper; exits: Map<number, ChildExit> } {
  const exits = new Map<number, ChildExit>();
  const reaper = new Reaper({
    onExit: (exit) => {
      assert.ok(!exits.has(exit.pid), `pid ${exit.pid} was reported twice`);
      exits.set(exit.pid, exit);
    },
    ...(isOurs ? { isOurs } : {}),
  });
  reaper.start();
  return { reaper, exits };
}

test("setSubreaper() is what isSubreaper() tells", () => {
  assert.equal(isSubreaper(), true);
});

test("Reaper reports the true status of an orphan: its code, its signal", async () => {
  const { reaper, exits } = collecting();
  using _ = reaper;
  const [coded, killed] = await orphans(["exit 42", "kill -9 $(exec sh -c 'echo $PPID')"]);
  assert.ok(coded && killed);
  await until(() => exits.size === 2, "both orphans reaped");
  assert.deepEqual(exits.get(coded), { pid: coded, code: 42, dumpedCore: false });
  assert.equal(exitStatus(exits.get(killed) as ChildExit), 137);
  assert.equal(processState(coded), undefined);
});

test("Reaper leaves the children of child_process alone, 500 orphans and 50 children at once", async () => {
  const { reaper, exits } = collecting();
  using _ = reaper;
  const children: { child: ChildProcess; code: number; end: Promise<unknown[]> }[] = [];
  for (let index = 0; index < 50; index++) {
    const child = spawn("/bin/sh", ["-c", `exit ${index}`], { stdio: "ignore" });
    children.push({ child, code: index, end: once(child, "exit") });
  }
  const pids = await orphans(Array.from({ length: 500 }, (_, index) => `exit ${index % 256}`));
  for (const { code, end } of children) assert.deepEqual(await end, [code, null]);
  await until(() => exits.size >= 500, "500 orphans reaped");
  pids.forEach((pid, index) => {
    assert.equal(exits.get(pid)?.code, index % 256);
  });
  assert.equal(exits.size, 500, "no child of child_process among them");
});

test("Reaper takes at first sight what is vouched for, and never one of libuv's, whoever vouches", async () => {
  const { reaper, exits } = collecting(() => true);
  using _ = reaper;
  const child = spawn("/bin/sh", ["-c", "exit 3"], { stdio: "ignore" });
  assert.ok(child.pid);
  // No turn of the loop: libuv cannot have reaped when we look.
  while (processState(child.pid) !== "Z");
  assert.equal(peekExitOf(child.pid)?.code, 3);
  reaper.look();
  assert.equal(exits.size, 0);
  assert.deepEqual(await once(child, "exit"), [3, null]);
  const [pid] = await orphans(["exit 4"]);
  assert.ok(pid);
  await until(() => exits.has(pid), "orphan reaped");
  assert.equal(peekExit(), undefined);
});

test("Reaper finds what ended before it was started", async () => {
  const [pid] = await orphans(["exit 9"]);
  assert.ok(pid);
  await until(() => peekExitOf(pid) !== undefined, "orphan ended");
  const { reaper, exits } = collecting();
  using _ = reaper;
  await until(() => exits.get(pid)?.code === 9, "orphan reaped");
});

test("Reaper that was disposed takes nothing any more", async () => {
  const { reaper, exits } = collecting();
  reaper[Symbol.dispose]();
  reaper[Symbol.dispose]();
  const [pid] = await orphans(["exit 5"]);
  assert.ok(pid);
  await until(() => peekExitOf(pid)?.code === 5, "orphan ended");
  assert.equal(exits.size, 0);
  assert.deepEqual(reap(pid), { pid, code: 5, dumpedCore: false });
  assert.equal(reap(pid), undefined);
});

test("peekExitOf() and reap() know nothing of a process that is not our child", () => {
  assert.equal(peekExitOf(process.pid), undefined);
  assert.equal(reap(1), undefined);
});

test("decodeWaitStatus() and exitStatus(): the table of wait(2)", () => {
  const table: [number, Partial<ChildExit>, number, string][] = [
    [0x0000, { code: 0 }, 0, "success"],
    [0x2a00, { code: 42 }, 42, "exit(42)"],
    [0xff00, { code: 255 }, 255, "exit(-1)"],
    [0x0009, { signal: 9 }, 137, "killed"],
    [0x008b, { signal: 11, dumpedCore: true }, 139, "segmentation fault with core"],
    [0x0022, { signal: 34 }, 162, "real-time signal"],
  ];
  for (const [status, expected, shell, reason] of table) {
    const exit = decodeWaitStatus(5, status);
    assert.deepEqual(exit, { pid: 5, dumpedCore: false, ...expected }, reason);
    assert.equal(exitStatus(exit), shell, reason);
  }
});
