import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../../proto/errors.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { useSuite } from "../../../support/suite.ts";
import { assertRefused, assertSame, digestFor, World } from "./support.ts";

const suite = useSuite();
const digest = digestFor("x");

test("ContentRecords say which namespace has which blob", () => {
  using world = new World(suite);
  const { content } = world.metadata;
  const now = fromDate(world.now);
  const info = content.add("a", { digest, size: 2n ** 40n, labels: { k: "v", empty: "" } });
  assertSame(info, { digest, size: 2n ** 40n, labels: { k: "v" }, createdAt: now, updatedAt: now });
  assertSame(content.get("a", digest), info);
  assert.equal(content.find("b", digest), undefined);
  content.add("b", { digest, size: 2n ** 40n });
  content.delete("a", digest);
  assert.ok(content.isReferenced(digest), "the other namespace still has it");
  content.delete("b", digest);
  assert.ok(!content.isReferenced(digest));
  assertRefused(() => content.delete("b", digest), Code.NotFound, digest);
  assertRefused(() => content.get("b", digest), Code.NotFound, digest);
  assertRefused(() => content.add("a", { digest: "sha256:..", size: 1n }), Code.InvalidArgument);
  assert.deepEqual(world.events.take(), [
    `a /content/delete {"digest":"${digest}"}`,
    `b /content/delete {"digest":"${digest}"}`,
  ]);
});

test("ContentRecords.add() puts a blob under the lease, also one that is there already", () => {
  using world = new World(suite);
  const { content, leases } = world.metadata;
  for (const id of ["first", "second"]) leases.create("n", id, {});
  const kept = [{ type: "content", id: digest }];
  content.add("n", { digest, size: 1n, labels: { k: "v" } }, { lease: "first" });
  assertRefused(
    () => content.add("n", { digest, size: 1n, labels: { k: "w" } }, { lease: "second" }),
    Code.AlreadyExists,
    digest,
  );
  assertSame(leases.resources("n", "first"), kept);
  assertSame(leases.resources("n", "second"), kept);
  assertSame(content.get("n", digest).labels, { k: "v" });
  const other = { digest: digestFor("y"), size: 1n };
  assertRefused(() => content.add("n", other, { lease: "gone" }), Code.NotFound, '"gone"');
  assert.ok(!content.isReferenced(other.digest), "a blob whose lease is not there is not recorded");
});

test("ContentRecords.update() changes labels and nothing else", () => {
  using world = new World(suite);
  const { content } = world.metadata;
  const created = content.add("n", { digest, size: 1n, labels: { a: "1", b: "2" } });
  const now = fromDate(world.pass(1));
  const masked = content.update("n", { digest, size: 9n, labels: { a: "9", c: "3" } }, [
    "labels.a",
    "labels.b",
  ]);
  assertSame(masked, { ...created, labels: { a: "9" }, updatedAt: now });
  const whole = content.update("n", { digest, labels: { c: "3" } }, []);
  assertSame(whole, { ...created, labels: { c: "3" }, updatedAt: now });
  assertSame(content.get("n", digest), whole);
  assertRefused(() => content.update("n", { digest }, ["size"]), Code.InvalidArgument, '"size"');
  assertRefused(() => content.update("m", { digest }, []), Code.NotFound);
  const big = { digest, labels: { a: "v".repeat(4096) } };
  assertRefused(() => content.update("n", big, ["labels.a"]), Code.InvalidArgument, "4097 bytes");
});

test("ContentRecords.list() filters, and digests() has each of all namespaces once", () => {
  using world = new World(suite);
  const { content } = world.metadata;
  const words = Array.from({ length: 2500 }, (_, n) => digestFor(String(n)));
  const inOrder = words.toSorted((a, b) => (a < b ? -1 : 1));
  world.metadata.database.transaction(() => {
    for (const each of words)
      for (const namespace of ["a", "b"]) content.add(namespace, { digest: each, size: 1n });
  });
  content.update("a", { digest: words[7] ?? "", labels: { "containerd.io/uncompressed": "x" } }, []);
  assert.deepEqual([...content.digests()], inOrder);
  const found = (filter: string) => Array.from(content.list("a", [filter]), (info) => info.digest);
  assert.deepEqual(found(""), inOrder);
  assert.deepEqual(found('labels."containerd.io/uncompressed"==x'), [words[7]]);
  assert.deepEqual(found(`digest==${words[9]},size==1`), [words[9]]);
  assert.deepEqual(found("size!=1"), []);
});
