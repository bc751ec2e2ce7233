import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isFailedPrecondition, isInvalidArgument } from "../../../proto/errors.ts";
import { inheritedAmong, type OpenDescriptor } from "../../../shim/inherited-stdio.ts";
import { takeLauncher } from "../../../shim/launcher.ts";
import { adjustOomScore, joinCgroup } from "../../../shim/placement.ts";

const own: OpenDescriptor[] = [
  { fd: 0, target: "/dev/null" },
  { fd: 1, target: "pipe:[7]" },
  { fd: 2, target: "pipe:[7]" },
  { fd: 3, target: "anon_inode:[eventpoll]" },
  { fd: 4, target: "pipe:[8]" },
  { fd: 5, target: "pipe:[8]" },
  { fd: 6, target: "/dev/null" },
];

const tables: [why: string, more: OpenDescriptor[], inherited: number[]][] = [
  ["Node's own descriptors stay", [], []],
  ["another copy of the manager's pipe goes", [{ fd: 9, target: "pipe:[7]" }], [9]],
  ["the end of a pipe of someone's goes", [{ fd: 9, target: "pipe:[9]" }], [9]],
  [
    "files and sockets go",
    [
      { fd: 9, target: "/etc/passwd" },
      { fd: 10, target: "socket:[3]" },
    ],
    [9, 10],
  ],
];

for (const [why, more, inherited] of tables) {
  test(`inheritedAmong(): ${why}`, () => assert.deepEqual(inheritedAmong([...own, ...more]), inherited));
}

test("takeLauncher() takes the launcher's word and nothing else", () => {
  assert.deepEqual(takeLauncher(["launcher=12,3", "start"]), {
    launcher: { pid: 12, managerPid: 3 },
    argv: ["start"],
  });
  for (const word of ["launcher=12", "launcher=a,b", "-id", "start"]) {
    assert.deepEqual(takeLauncher([word]), { launcher: undefined, argv: [word] });
  }
  assert.deepEqual(takeLauncher([]), { launcher: undefined, argv: [] });
});

function inDirectory(body: (dir: string) => void): void {
  const dir = mkdtempSync(join(tmpdir(), "hawser-start-"));
  try {
    body(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

for (const [manager, ours] of [
  ["0\n", "1"],
  ["-999\n", "-998"],
  ["1000\n", "1000"],
]) {
  test(`adjustOomScore(): a manager at ${manager?.trim()} makes us ${ours}`, () =>
    inDirectory((dir) => {
      for (const name of ["12", "self"]) mkdirSync(join(dir, name));
      writeFileSync(join(dir, "12/oom_score_adj"), manager ?? "");
      adjustOomScore(12, dir);
      assert.equal(readFileSync(join(dir, "self/oom_score_adj"), "utf8"), ours);
    }));
}

test("adjustOomScore() lets a manager go that has gone", () => inDirectory((dir) => adjustOomScore(12, dir)));

test("joinCgroup() writes into the one hierarchy of v2, and into those of v1 that have the path", () =>
  inDirectory((dir) => {
    const files = [
      "v2/a/b/cgroup.procs",
      "v2/cgroup.controllers",
      "v1/cpu/a/b/cgroup.procs",
      "v1/pids/a/cgroup.procs",
    ];
    for (const file of files) {
      mkdirSync(join(dir, file, ".."), { recursive: true });
      writeFileSync(join(dir, file), "");
    }
    joinCgroup("/a/b", join(dir, "v2"));
    joinCgroup("a/b", join(dir, "v1"));
    const contents = files.map((file) => readFileSync(join(dir, file), "utf8"));
    assert.deepEqual(contents, [`${process.pid}`, "", `${process.pid}`, ""]);
    assert.throws(() => joinCgroup("/none", join(dir, "v1")), isFailedPrecondition);
    assert.throws(() => joinCgroup("/a/../..", join(dir, "v1")), isInvalidArgument);
  }));
