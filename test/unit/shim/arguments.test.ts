import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument } from "../../../proto/errors.ts";
import { parseArguments } from "../../../shim/arguments.ts";

const start = { kind: "start", namespace: "k8s.io", id: "c1", grpcAddress: "/run/c.sock", isDebug: false };
const remove = { ...start, kind: "delete", bundleDir: undefined };
const serve = { ...start, kind: "serve", socketPath: undefined };

const accepted: [why: string, argv: string, expected: object][] = [
  [
    "what containerd writes for start",
    "-namespace k8s.io -address /run/c.sock -publish-binary /usr/bin/containerd -id c1 start",
    start,
  ],
  [
    "what containerd writes for delete",
    "-namespace k8s.io -address /run/c.sock -publish-binary /b -id c1 -bundle /b/c1 -debug delete",
    { ...remove, bundleDir: "/b/c1", isDebug: true },
  ],
  ["two dashes and equals signs", "--namespace=k8s.io --address=/run/c.sock --id=c1 start", start],
  [
    "a boolean takes no word",
    "-debug -namespace k8s.io -id c1 -address /run/c.sock start",
    { ...start, isDebug: true },
  ],
  ["a boolean with a value", "-debug=false -namespace k8s.io -id c1 -address /run/c.sock start", start],
  ["the last of two wins", "-id x -id c1 -namespace k8s.io -address /run/c.sock start", start],
  [
    "an id that is a word of ours",
    "-id start -namespace k8s.io -address /run/c.sock delete",
    { ...remove, id: "start" },
  ],
  [
    "trailing words are for newer shims",
    "-namespace k8s.io -id c1 -address /run/c.sock start -new flag",
    start,
  ],
  ["two dashes end the flags", "-namespace k8s.io -id c1 -address /run/c.sock -- start", start],
  ["no action is the server", "-namespace k8s.io -id c1 -address /run/c.sock", serve],
  [
    "a server at a path",
    "-namespace k8s.io -id c1 -address /run/c.sock -socket /s/1 -debug-socket /s/2",
    { ...serve, socketPath: "/s/1" },
  ],
  ["an empty bundle is none", "-namespace k8s.io -id c1 -address /run/c.sock -bundle= delete", remove],
  ["no address", "-namespace k8s.io -id c1 start", { ...start, grpcAddress: "" }],
  ["-info needs nothing else", "-info", { kind: "info" }],
  ["-v", "-v", { kind: "version" }],
  ["--version before anything else", "--version -info", { kind: "version" }],
];

for (const [why, argv, expected] of accepted) {
  test(`parseArguments() takes ${why}`, () => assert.deepEqual(parseArguments(argv.split(" ")), expected));
}

const refused: [why: string, argv: string[], message: RegExp][] = [
  ["an unknown flag", ["-frob", "start"], /unknown flag "-frob"/],
  ["a flag without its value", ["-namespace"], /needs an argument: -namespace/],
  ["a boolean that is none", ["-debug=maybe"], /-debug: "maybe" is neither/],
  ["no namespace", ["-id", "c1", "start"], /-namespace is missing/],
  ["no id", ["-namespace", "n", "start"], /-id is missing/],
  ["an id that leaves the directory", ["-namespace", "n", "-id", "../c", "start"], /container id/],
  ["an id of 300 characters", ["-namespace", "n", "-id", "x".repeat(300), "start"], /300 characters/],
  ["a namespace with a newline", ["-namespace", "a\nb", "-id", "c", "start"], /namespace id/],
  ["an unknown action", ["-namespace", "n", "-id", "c", "st\nop"], /unknown action "st\\nop"/],
  ["three dashes", ["---id", "c"], /unknown flag/],
];

for (const [why, argv, message] of refused) {
  test(`parseArguments() refuses ${why} in one line`, () => {
    assert.throws(
      () => parseArguments(argv),
      (error: Error) =>
        isInvalidArgument(error) && message.test(error.message) && !error.message.includes("\n"),
    );
  });
}
