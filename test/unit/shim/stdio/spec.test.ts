import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument } from "../../../../proto/errors.ts";
import { planStdio, type StdioPlan, type StdioRequest } from "../../../../shim/stdio/spec.ts";

const none = { kind: "none" } as const;

const accepted: [why: string, request: StdioRequest, plan: StdioPlan][] = [
  ["nothing asked", {}, { isTerminal: false, stdin: undefined, output: none }],
  [
    "empty strings are absent",
    { stdin: "", stdout: "", stderr: "", isTerminal: false },
    { isTerminal: false, stdin: undefined, output: none },
  ],
  ["a terminal nobody reads", { isTerminal: true }, { isTerminal: true, stdin: undefined, output: none }],
  [
    "plain paths",
    { stdin: "/i", stdout: "/o", stderr: "/e" },
    { isTerminal: false, stdin: "/i", output: { kind: "paths", stdout: "/o", stderr: "/e" } },
  ],
  ["stdin alone", { stdin: "fifo:///i" }, { isTerminal: false, stdin: "/i", output: none }],
  [
    "stdout alone (Go refuses it)",
    { stdout: "/o" },
    { isTerminal: false, stdin: undefined, output: { kind: "paths", stdout: "/o", stderr: undefined } },
  ],
  [
    "stderr alone (Go refuses it)",
    { stderr: "/e" },
    { isTerminal: false, stdin: undefined, output: { kind: "paths", stdout: undefined, stderr: "/e" } },
  ],
  [
    "fifo:// is a path, plain and URI mix",
    { stdout: "fifo:///o", stderr: "/e" },
    { isTerminal: false, stdin: undefined, output: { kind: "paths", stdout: "/o", stderr: "/e" } },
  ],
  [
    "a plain path is not decoded",
    { stdout: "/a%20b?c#d" },
    {
      isTerminal: false,
      stdin: undefined,
      output: { kind: "paths", stdout: "/a%20b?c#d", stderr: undefined },
    },
  ],
  [
    "a URI is",
    { stdout: "fifo:///a%20b" },
    { isTerminal: false, stdin: undefined, output: { kind: "paths", stdout: "/a b", stderr: undefined } },
  ],
  [
    "file: both streams to the path of stdout",
    { stdout: "file:///var/log/x.log", stderr: "file:///elsewhere" },
    {
      isTerminal: false,
      stdin: undefined,
      output: { kind: "file", path: "/var/log/x.log", stdout: true, stderr: true },
    },
  ],
  [
    "file: an absent stderr stays absent",
    { stdout: "file:///x" },
    {
      isTerminal: false,
      stdin: undefined,
      output: { kind: "file", path: "/x", stdout: true, stderr: false },
    },
  ],
  [
    "file: stderr alone",
    { stderr: "file:///x" },
    {
      isTerminal: false,
      stdin: undefined,
      output: { kind: "file", path: "/x", stdout: false, stderr: true },
    },
  ],
  [
    "a terminal ignores stderr, whatever it says",
    { stdout: "/o", stderr: "nonsense://", isTerminal: true },
    { isTerminal: true, stdin: undefined, output: { kind: "paths", stdout: "/o", stderr: undefined } },
  ],
  [
    "a logger with arguments in the order of the query",
    { stdin: "/i", stdout: "binary:///bin/log?z=1&a=2&flag", stderr: "binary:///bin/log" },
    {
      isTerminal: false,
      stdin: "/i",
      output: {
        kind: "logger",
        program: "/bin/log",
        args: ["z", "1", "a", "2", "flag"],
        readiness: "closed",
        stdout: true,
        stderr: true,
      },
    },
  ],
  [
    "binary-v2, escapes, plus as space, an equals sign in a value, empty values, a fragment",
    { stdout: "binary-v2:///bin/my%20log?--path=%2Fa%26b&x=c+d=e&empty=&#end" },
    {
      isTerminal: false,
      stdin: undefined,
      output: {
        kind: "logger",
        program: "/bin/my log",
        args: ["--path", "/a&b", "x", "c d=e", "empty"],
        readiness: "byte",
        stdout: true,
        stderr: false,
      },
    },
  ],
  [
    "schemes have no case",
    { stdout: "FILE:///x" },
    {
      isTerminal: false,
      stdin: undefined,
      output: { kind: "file", path: "/x", stdout: true, stderr: false },
    },
  ],
  [
    "brokered: stdout says how, the others whether",
    {
      stdin: "hawser:///",
      stdout: "hawser:///var/log/c%201?max-size=1048576&on-full-disk=drop",
      stderr: "HAWSER:///",
    },
    {
      isTerminal: false,
      stdin: "hawser:///",
      output: {
        kind: "brokered",
        wanted: { logDir: "/var/log/c 1", maxFileBytes: 1_048_576, onFullDisk: "drop" },
        stdout: true,
        stderr: true,
      },
    },
  ],
  [
    "brokered on a terminal: there is one output",
    { stdout: "hawser:///", stderr: "hawser:///", isTerminal: true },
    {
      isTerminal: true,
      stdin: undefined,
      output: { kind: "brokered", wanted: {}, stdout: true, stderr: false },
    },
  ],
];

for (const [why, request, plan] of accepted) {
  test(`planStdio() accepts: ${why}`, () => assert.deepEqual(planStdio(request), plan));
}

const refused: [why: string, request: StdioRequest, message: RegExp][] = [
  ["unknown scheme", { stdout: "npipe:///x" }, /^read stdout "npipe:\/\/\/x": scheme "npipe"/],
  ["the scheme is stderr's without stdout", { stderr: "tcp:///y" }, /^read stderr .*scheme "tcp"/],
  ["a relative path", { stdout: "out" }, /^read stdout "out": is neither/],
  ["a relative stdin", { stdin: "./in" }, /^read stdin/],
  ["a host instead of a path", { stdout: "file://x" }, /no absolute path/],
  ["a host before a path", { stdout: "binary://host/bin/log" }, /no absolute path/],
  ["no program", { stdout: "binary://" }, /no absolute path/],
  ["stdin from a file URI", { stdin: "file:///x" }, /^read stdin .*not file:/],
  ["stdin from a logger", { stdin: "binary:///x" }, /^read stdin .*not binary:/],
  [
    "stderr to a file when stdout is a fifo",
    { stdout: "/o", stderr: "file:///e" },
    /^read stderr .*not file:/,
  ],
  ["a null byte", { stdout: "/a\0b" }, /^read stdout "\/a\\0b": has a null byte/],
  ["an escaped null byte", { stdout: "file:///a%00b" }, /null byte/],
  ["a broken escape in the path", { stdout: "file:///%zz" }, /broken percent/],
  ["brokered stdin beside a fifo", { stdin: "hawser:///", stdout: "/o" }, /^read stdout "\/o": all streams/],
  [
    "a fifo beside brokered stdout",
    { stdout: "hawser:///", stderr: "/e" },
    /^read stderr "\/e": all streams/,
  ],
  ["brokered without stdout", { stdin: "hawser:///" }, /^read stdout "": all streams/],
  ["a parameter that nobody knows", { stdout: "hawser:///?ring=1&x=2" }, /"x" is none of max-size/],
  ["a broken escape in the query", { stdout: "binary:///x?a=%e" }, /broken percent/],
];

for (const [why, request, message] of refused) {
  test(`planStdio() refuses: ${why}`, () => {
    assert.throws(
      () => planStdio(request),
      (error: Error) => {
        assert.ok(isInvalidArgument(error));
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
