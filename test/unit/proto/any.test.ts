import assert from "node:assert/strict";
import { test } from "node:test";
import * as any from "../../../proto/any.ts";
import { HawserError, isInvalidArgument } from "../../../proto/errors.ts";
import { TaskExit, TaskStart } from "../../../proto/gen/events.ts";

test("pack() writes the bare full name and unpack() gives the message back", () => {
  const packed = any.pack(TaskStart, { containerId: "web", pid: 7 });
  assert.equal(packed.typeUrl, "containerd.events.TaskStart");
  assert.deepEqual(any.unpack(packed, TaskStart), { containerId: "web", pid: 7 });
});

test("anything may stand before the last slash of a type URL", () => {
  const { value } = any.pack(TaskStart, { pid: 7 });
  for (const prefix of ["", "/", "type.googleapis.com/", "a/b/c/"]) {
    const packed = { typeUrl: `${prefix}containerd.events.TaskStart`, value };
    assert.ok(any.is(packed, TaskStart), prefix);
    assert.equal(any.unpack(packed, TaskStart).pid, 7);
  }
});

test("is() tells types apart and finds nothing in nothing", () => {
  const packed = any.pack(TaskStart, {});
  assert.equal(any.is(packed, TaskExit), false);
  assert.equal(any.is(undefined, TaskExit), false);
  assert.equal(any.is({ typeUrl: "Xcontainerd.events.TaskExit" }, TaskExit), false);
});

test("unpack() refuses another type and broken bytes as InvalidArgument that names both types", () => {
  assert.throws(
    () => any.unpack(any.pack(TaskStart, {}), TaskExit),
    (error: unknown) =>
      isInvalidArgument(error) && /events\.TaskExit.*events\.TaskStart/.test((error as HawserError).message),
  );
  const broken = { typeUrl: TaskExit.typeName, value: new Uint8Array([0x0a, 0x05]) };
  assert.throws(() => any.unpack(broken, TaskExit), isInvalidArgument);
});

test("OCI types travel as JSON under a URL of their own", () => {
  const packed = any.packJson("Process", { args: ["sh"], cwd: "/ü" });
  assert.equal(packed.typeUrl, "types.containerd.io/opencontainers/runtime-spec/1/Process");
  assert.deepEqual(any.unpackJson(packed), { args: ["sh"], cwd: "/ü" });
  assert.equal(
    any.packJson("features/Features", {}).typeUrl,
    "types.containerd.io/opencontainers/runtime-spec/1/features/Features",
  );
});

test("unpackJson() does not look at the type URL", () => {
  assert.deepEqual(any.unpackJson({ typeUrl: "whatever", value: Buffer.from("[1]") }), [1]);
});

test("unpackJson() refuses what is not JSON as InvalidArgument that names the type", () => {
  for (const value of ["", "{", "{a:1}", Buffer.from([0x22, 0xff, 0x22])]) {
    assert.throws(
      () => any.unpackJson({ typeUrl: "x/Process", value: Buffer.from(value) }),
      (error: unknown) =>
        isInvalidArgument(error) && error instanceof HawserError && error.message.includes("x/Process"),
    );
  }
});
