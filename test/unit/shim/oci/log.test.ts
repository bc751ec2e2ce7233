import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Code, codeName } from "../../../../proto/errors.ts";
import type { Verb } from "../../../../shim/oci/argv.ts";
import {
  LOG_TAIL_BYTES,
  logSize,
  MAX_REASON_CHARS,
  readLogTail,
  reasonInLog,
  verdictOf,
} from "../../../../shim/oci/log.ts";

const dir = mkdtempSync(join(tmpdir(), "hawser-log-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const runcLine = (msg: string, level = "error") =>
  JSON.stringify({ level, msg, time: "2026-01-01T00:00:00Z" });
const crunLine = (msg: string) => JSON.stringify({ msg, level: "error", time: "2026-01-01T00:00:00.1Z" });

const logs: [name: string, text: string, reason: string | undefined][] = [
  ["an empty log", "", undefined],
  ["one error of runc", `${runcLine("container does not exist")}\n`, "container does not exist"],
  ["one error of crun", `${crunLine("the container `t1` is paused")}\n`, "the container `t1` is paused"],
  [
    "runc's helper's fatal lines before its error",
    `${runcLine("nsexec-1[9]: failed to open /proc/7/ns/ipc", "fatal")}\n${runcLine("exec failed: setns")}\n`,
    "exec failed: setns",
  ],
  ["two errors: the last counts", `${runcLine("first")}\n${runcLine("second")}\n`, "second"],
  ["an error before a warning", `${runcLine("the error")}\n${runcLine("odd", "warning")}\n`, "the error"],
  ["nothing but warnings", `${runcLine("odd", "warning")}\n${runcLine("fine", "info")}\n`, undefined],
  ["nothing but a fatal line", `${runcLine("nsexec-0: no", "fatal")}\n`, "nsexec-0: no"],
  ["crun's error, then the same on stderr", `${crunLine("no")}\nno\n`, "no"],
  ["a complaint on stderr alone", "unknown command checkpoint\n", "unknown command checkpoint"],
  [
    "logrus' text format",
    'time="2026-01-01T00:00:00Z" level=error msg="exec: \\"foo\\": not found"\n',
    'exec: "foo": not found',
  ],
  [
    "youki's JSON",
    '{"timestamp":"x","level":"ERROR","fields":{"message":"failed to load"},"target":"youki"}\n',
    "failed to load",
  ],
  ["a line cut at its end", `${runcLine("whole")}\n{"level":"error","msg":"cu`, "whole"],
  ["a line cut at its beginning", `r","msg":"cut"}\n${runcLine("whole")}\n`, "whole"],
  ["JSON that is no log line", `{"a":1}\nnull\n[]\n${runcLine("whole")}\n"x"\n`, "whole"],
  ["a message that is no text", '{"level":"error","msg":{"a":1}}\n', '{"level":"error","msg":{"a":1}}'],
  [
    "a message of several lines",
    crunLine("cannot parse the data: `x\n  y\n`\n"),
    "cannot parse the data: `x\n  y\n`",
  ],
  ["control characters", runcLine("\u001b[31mred\u0000"), "?[31mred?"],
];
for (const [name, text, reason] of logs) {
  test(`reasonInLog() of ${name}`, () => assert.equal(reasonInLog(text), reason));
}

test("reasonInLog() cuts a reason that is too long to travel", () => {
  assert.equal(reasonInLog(runcLine("x".repeat(MAX_REASON_CHARS * 2)))?.length, MAX_REASON_CHARS + 1);
});

// What runc 1.1.5 and crun 1.8.1 wrote here, and texts of others that are known from use.
const { NotFound, AlreadyExists, InvalidArgument, FailedPrecondition, Unimplemented, Unknown } = Code;
const verdicts: [verb: Verb, reason: string, code: Code, message?: string][] = [
  ["start", "container does not exist", NotFound, "no such container"],
  ["kill", "container does not exist", NotFound, "no such container"],
  ["delete", "container does not exist", NotFound, "no such container"],
  ["exec", "exec failed: container does not exist", NotFound, "no such container"],
  ["ps", 'container "web" does not exist', NotFound, "no such container"],
  ["kill", "error opening file `/r/nope/status`: No such file or directory", NotFound, "no such container"],
  ["state", "error opening file `/r/nope/status`: No such file or directory", NotFound, "no such container"],
  ["delete", "cannot open directory '/r/nope': No such file or directory", NotFound, "no such container"],
  ["kill", "kill container: No such process", NotFound, "process already finished"],
  ["kill", "container not running", NotFound, "process already finished"],
  ["kill", "the container `t1` is not running", NotFound, "process already finished"],
  ["kill", "os: process already finished", NotFound, "process already finished"],
  ["kill", "unable to signal init: no such process", NotFound, "process already finished"],
  ["kill", "Kill: ESRCH", NotFound, "process already finished"],
  ["kill", "unable to signal init: invalid argument", InvalidArgument],
  ["kill", "send signal to pidfd: Invalid argument", InvalidArgument],
  ["create", "runc create failed: container with given ID already exists", AlreadyExists],
  ["create", "container `t1` already exists", AlreadyExists],
  ["create", "mount: device does not exist", Unknown],
  ["create", "error opening file `/r/t/status`: No such file or directory", Unknown],
  [
    "create",
    'runc create failed: unable to start container process: exec: "nocmd": executable file not found in $PATH',
    Unknown,
  ],
  ["create", "executable file `nocmd` not found in $PATH: No such file or directory", Unknown],
  ["create", "cgroups in hybrid mode not supported, drop all controllers from cgroupv2", FailedPrecondition],
  ["create", "unknown version specified", Unknown],
  ["create", "error loading config.json", InvalidArgument],
  ["create", "runc create failed: invalid character 'g' looking for beginning of value", InvalidArgument],
  ["create", "runc create failed: invalid rootfs: stat /b/rootfs: no such file or directory", Unknown],
  ["start", "cannot start an already running container", FailedPrecondition],
  ["start", "cannot open `/r/t1/exec.fifo`: No such file or directory", FailedPrecondition],
  ["start", "container `t1` is not running", FailedPrecondition],
  [
    "exec",
    'exec failed: unable to start container process: exec: "foo": executable file not found in $PATH',
    Unknown,
  ],
  ["exec", "exec failed: args must not be empty", InvalidArgument],
  [
    "exec",
    "exec failed: cannot exec in a paused container (use --ignore-paused to override)",
    FailedPrecondition,
  ],
  ["exec", "the container `t1` is paused", FailedPrecondition],
  ["exec", "the container `t1` is not running", FailedPrecondition],
  ["exec", "chdir `/nodir`: No such file or directory", Unknown],
  ["pause", "container not running", FailedPrecondition],
  ["resume", "container not paused", FailedPrecondition],
  ["delete", "cannot delete container t1 that is not stopped: running", FailedPrecondition],
  ["delete", "the container `t1` is not in `created` or `stopped` state", FailedPrecondition],
  ["update", "invalid character 'g' looking for beginning of value", InvalidArgument],
  ["update", "cannot parse the data: `lexical error: invalid char in json text.", InvalidArgument],
  ["checkpoint", "unknown command checkpoint", Unimplemented],
  [
    "checkpoint",
    'CRIU version check failed: exec: "criu": executable file not found in $PATH',
    FailedPrecondition,
  ],
  ["restore", "No help topic for 'restore'", Unimplemented],
  ["start", "OCI permission denied", Unknown],
];
for (const [verb, reason, code, message] of verdicts) {
  test(`verdictOf(${verb}, "${reason}") is ${codeName(code)}`, () => {
    const verdict = verdictOf(verb, reason);
    assert.deepEqual([codeName(verdict.code), verdict.message], [codeName(code), message]);
  });
}

test("readLogTail() begins where the command began", () => {
  const path = join(dir, "stale.json");
  writeFileSync(path, `${runcLine("of an earlier command")}\n`);
  const start = logSize(path);
  assert.equal(reasonInLog(readLogTail(path, start)), undefined);
  writeFileSync(path, `${runcLine("mine")}\n`, { flag: "a" });
  assert.equal(reasonInLog(readLogTail(path, start)), "mine");
});

test("readLogTail() reads from the beginning when the file became shorter", () => {
  const path = join(dir, "short.json");
  writeFileSync(path, runcLine("new"));
  assert.equal(reasonInLog(readLogTail(path, 1_000_000)), "new");
});

test("readLogTail() of a giant log reads its end alone", () => {
  const path = join(dir, "giant.json");
  writeFileSync(path, `${"x".repeat(3 * LOG_TAIL_BYTES)}\n${runcLine("at the end")}\n`);
  const tail = readLogTail(path);
  assert.equal(tail.length, LOG_TAIL_BYTES);
  assert.equal(reasonInLog(tail), "at the end");
});

test("readLogTail() and logSize() of what is no file are empty", () => {
  assert.equal(readLogTail(join(dir, "missing")), "");
  assert.equal(readLogTail(dir), "");
  assert.equal(logSize(join(dir, "missing")), 0);
});
