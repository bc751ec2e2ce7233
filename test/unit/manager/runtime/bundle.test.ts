import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { defaultSpec } from "../../../../manager/oci/default-spec.ts";
import { Bundle } from "../../../../manager/runtime/bundle.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();
const spec = defaultSpec({ args: ["true"] });

test("a bundle is a private directory with config.json, an empty rootfs and a fifo for the log", async () => {
  const bundle = await Bundle.create(suite.dir, "ns", suite.newId(), spec);
  assert.equal(statSync(bundle.dir).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(bundle.dir).sort(), ["config.json", "log", "rootfs"]);
  assert.ok(lstatSync(join(bundle.dir, "log")).isFIFO());
  assert.deepEqual(readdirSync(bundle.rootfsDir), []);
});

test("ids that could leave the directory are refused, and a bundle is never taken over", async () => {
  const id = suite.newId();
  await assert.rejects(Bundle.create(suite.dir, "ns", "../x", spec), isInvalidArgument);
  await assert.rejects(Bundle.create(suite.dir, "..", id, spec), isInvalidArgument);
  await Bundle.create(suite.dir, "ns", id, spec);
  await assert.rejects(Bundle.create(suite.dir, "ns", id, spec), { code: "EEXIST" });
});

test("remove() works again and again, also when an earlier one of the same id was cut short", async () => {
  const id = suite.newId();
  const bundle = await Bundle.create(suite.dir, "ns", id, spec);
  mkdirSync(join(bundle.dir, "..", `.${id}`, "left"), { recursive: true });
  await bundle.remove();
  assert.ok(!existsSync(bundle.dir));
  await bundle.remove();
  await Bundle.create(suite.dir, "ns", id, spec);
});

test("remove() does not delete what is in the rootfs", async () => {
  const bundle = await Bundle.create(suite.dir, "ns", suite.newId(), spec);
  const file = join(bundle.rootfsDir, "file");
  writeFileSync(file, "");
  await assert.rejects(bundle.remove(), { code: "ENOTEMPTY" });
  assert.ok(existsSync(file));
});
