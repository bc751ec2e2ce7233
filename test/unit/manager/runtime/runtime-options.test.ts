import assert from "node:assert/strict";
import { test } from "node:test";
import { checkpointDirOf, chooseOptions, restoreDirOf } from "../../../../manager/runtime/runtime-options.ts";
import { pack } from "../../../../proto/any.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";
import { TaskOOM } from "../../../../proto/gen/events.ts";
import { CheckpointOptions, Options } from "../../../../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../../../../proto/gen/runtime-options.ts";

const runc = pack(Options, { binaryName: "crun", criuImagePath: "/images" });
const generic = pack(GenericOptions, { configPath: "/etc/x" });
const empty = { typeUrl: "", value: new Uint8Array() };

test("chooseOptions(): those of the task before those of the container; none, and both known types, are fine", () => {
  assert.equal(chooseOptions(undefined, undefined), undefined);
  assert.equal(chooseOptions(empty, runc), runc);
  assert.equal(chooseOptions(generic, runc), generic);
  assert.equal(chooseOptions(undefined, generic), generic);
});

test("chooseOptions() refuses what a shim could not read", () => {
  assert.throws(() => chooseOptions(pack(TaskOOM, { containerId: "c" }), undefined), isInvalidArgument);
  assert.throws(
    () => chooseOptions({ ...runc, value: Buffer.from([0x0a, 0xff]) }, undefined),
    isInvalidArgument,
  );
});

test("the directories of images are found in the options, where there are any", () => {
  assert.equal(restoreDirOf(runc), "/images");
  assert.equal(restoreDirOf(generic), "");
  assert.equal(restoreDirOf(undefined), "");
  assert.equal(checkpointDirOf(pack(CheckpointOptions, { imagePath: "/to" })), "/to");
  assert.equal(checkpointDirOf(undefined), "");
  assert.throws(() => checkpointDirOf(runc), isInvalidArgument);
});
