import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { isInvalidArgument } from "../../../proto/errors.ts";
import { sha256Hex } from "../../../shim/sha256.ts";
import { groupIdOf, MAX_SOCKET_PATH_BYTES, socketDir, socketPathOf } from "../../../shim/socket-address.ts";

test("sha256Hex() agrees with Node's own around every block border", () => {
  for (let length = 0; length < 200; length++) {
    const text = `ü${"a".repeat(length)}`;
    assert.equal(sha256Hex(text), createHash("sha256").update(text).digest("hex"), `length ${length}`);
  }
});

test("socketPathOf() is containerd's: the hash of the joined address, namespace and group", () => {
  const path = socketPathOf("/run/containerd/s", "/run/containerd/containerd.sock", "default", "web");
  const hash = createHash("sha256").update("/run/containerd/containerd.sock/default/web").digest("hex");
  assert.equal(path, `/run/containerd/s/${hash}`);
});

test("socketPathOf() refuses what does not fit, and says how long a directory may be", () => {
  const longest = `/${"d".repeat(MAX_SOCKET_PATH_BYTES - 66)}`;
  assert.equal(socketPathOf(longest, "", "n", "c").length, MAX_SOCKET_PATH_BYTES);
  assert.throws(
    () => socketPathOf(`${longest}d`, "", "n", "c"),
    (error: Error) => isInvalidArgument(error) && /at most 41 bytes/.test(error.message),
  );
});

test("socketPathOf() refuses a group that climbs into another namespace", () => {
  for (const group of ["..", "../other/c", "a/../../other/c"])
    assert.throws(() => socketPathOf("/s", "/g", "n", group), isInvalidArgument, group);
  assert.match(socketPathOf("/s", "/g", "n", "pod/..a"), /^\/s\//);
});

const dirs: [why: string, given: Partial<Parameters<typeof socketDir>[0]>, expected: string][] = [
  ["root's default", {}, "/run/containerd/s"],
  ["the operator's override", { configuredDir: "/o/s/" }, "/o/s"],
  ["the manager's word over the operator's", { socketDir: "/p", configuredDir: "/o" }, "/p"],
  [
    "rootless with a runtime directory",
    { uid: 1000, xdgRuntimeDir: "/run/user/1000" },
    "/run/user/1000/containerd/s",
  ],
  ["rootless with a directory in /run", { uid: 1000, isWritable: () => true }, "/run/1000/containerd/s"],
  ["rootless with nothing", { uid: 1000 }, "/tmp/containerd-s-1000"],
  ["a relative runtime directory is none", { uid: 1000, xdgRuntimeDir: "x" }, "/tmp/containerd-s-1000"],
];

const nothing = {
  socketDir: undefined,
  configuredDir: undefined,
  uid: 0,
  xdgRuntimeDir: undefined,
  isWritable: () => false,
};

for (const [why, given, expected] of dirs) {
  test(`socketDir(): ${why}`, () => assert.equal(socketDir({ ...nothing, ...given }), expected));
}

test("socketDir() refuses a relative one", () => {
  assert.throws(() => socketDir({ ...nothing, socketDir: "s" }), isInvalidArgument);
});

const groups: [why: string, config: string, expected: string][] = [
  ["no annotations", "{}", "c1"],
  ["a sandbox's minimal config", "null", "c1"],
  ["an empty file", "", "c1"],
  ["a pod's", '{"annotations":{"io.kubernetes.cri.sandbox-id":"pod"}}', "pod"],
  [
    "runc's before the pod's",
    '{"annotations":{"io.kubernetes.cri.sandbox-id":"pod","io.containerd.runc.v2.group":"g"}}',
    "g",
  ],
  ["an empty one is none", '{"annotations":{"io.containerd.runc.v2.group":""}}', "c1"],
  ["annotations of another kind", '{"annotations":[1]}', "c1"],
  ["a name from the prototype", '{"annotations":"x"}', "c1"],
];

for (const [why, config, expected] of groups) {
  test(`groupIdOf(): ${why} → ${expected}`, () => assert.equal(groupIdOf(config, "c1"), expected));
}

test("groupIdOf() says that a config is no JSON", () => {
  assert.throws(
    () => groupIdOf("{", "c1"),
    (error: Error) => isInvalidArgument(error) && /read config\.json: /.test(error.message),
  );
});
