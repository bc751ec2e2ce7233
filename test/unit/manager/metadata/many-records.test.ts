import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Metadata } from "../../../../manager/metadata/metadata.ts";
import { Code } from "../../../../proto/errors.ts";
import { Container } from "../../../../proto/gen/containers.ts";
import { Image } from "../../../../proto/gen/images.ts";
import { useSuite } from "../../../support/suite.ts";
import { assertRefused, container, image, World } from "./support.ts";

const suite = useSuite();
const COUNT = 100_000;

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Goes through a list and says how many records it had, and how much the memory grew at most meanwhile. */
function walk<T>(
  list: Iterable<T>,
  check: (record: T, index: number) => void,
): { count: number; peakBytes: number } {
  const before = memoryBytes();
  let count = 0;
  let peakBytes = 0;
  for (const record of list) {
    check(record, count);
    count += 1;
    if (count % 1000 === 0) peakBytes = Math.max(peakBytes, memoryBytes() - before);
  }
  return { count, peakBytes };
}

test("a hundred thousand containers and images are listed in order without being in memory", (t) => {
  using world = new World(suite);
  const { database, namespaces, containers, images } = world.metadata;
  const spec = { typeUrl: "spec", value: Buffer.alloc(512, "x") };
  const id = (n: number) => `c-${String(n).padStart(6, "0")}`;
  database.transaction(() => {
    namespaces.ensure("n");
    const addContainer = database.statement(
      "INSERT INTO containers (namespace, id, record, snapshotter, snapshot_key) VALUES ('n', ?, ?, '', '')",
    );
    const addImage = database.statement(
      "INSERT INTO images (namespace, name, record, target) VALUES ('n', ?, ?, '')",
    );
    for (let n = 0; n < COUNT; n++) {
      addContainer.run(id(n), Container.encode(container(id(n), { spec })));
      addImage.run(id(n), Image.encode(image(id(n), "x")));
    }
  });
  const listed = walk(containers.list("n", []), (record, n) => assert.ok(record.id === id(n)));
  t.diagnostic(`memory grew by ${(listed.peakBytes / 2 ** 20).toFixed(1)} MiB`);
  assert.equal(listed.count, COUNT);
  // All of them are more than 100 MiB: records, and what is around them in JavaScript.
  assert.ok(listed.peakBytes < 50 * 2 ** 20, `memory grew by ${listed.peakBytes} bytes`);
  assert.equal(walk(images.list("n", []), (record, n) => assert.ok(record.name === id(n))).count, COUNT);
  const some = containers.list("n", ["id~=c-0*(7|77)$"]);
  assert.deepEqual(
    Array.from(some, (each) => each.id),
    [id(7), id(77)],
  );
});

test("a list goes on while others create and delete", () => {
  using world = new World(suite);
  const { containers } = world.metadata;
  world.metadata.database.transaction(() => {
    for (let n = 100; n < 500; n++) containers.create("n", container(`c${n}`));
  });
  const seen: string[] = [];
  for (const { id } of containers.list("n", [])) {
    seen.push(id);
    if (id === "c150") {
      containers.delete("n", "c150");
      containers.delete("n", "c400");
      containers.create("n", container("c000"));
      containers.create("n", container("c450-new"));
    }
  }
  assert.equal(new Set(seen).size, seen.length, "each once");
  assert.ok(!seen.includes("c400") && seen.includes("c450-new") && !seen.includes("c000"));
  assert.equal(seen.length, 400);
});

test("a record that the disk has changed is told from one that is not there", () => {
  using world = new World(suite);
  const { containers, database } = world.metadata;
  containers.create("n", container("whole"));
  containers.create("n", container("torn"));
  database.statement("UPDATE containers SET record = x'ffffff' WHERE id = 'torn'").run();
  assertRefused(
    () => containers.get("n", "torn"),
    Code.DataLoss,
    "read container",
    world.path,
    "restore it from a copy",
  );
  assert.equal(containers.get("n", "whole").id, "whole");
});

test("Metadata.open() finds a torn page among the records, and begins empty when the file is moved away", () => {
  const world = new World(suite);
  world.metadata.database.transaction(() => {
    for (let n = 0; n < 1000; n++) world.metadata.containers.create("n", container(`c${n}`));
  });
  world[Symbol.dispose]();
  const bytes = readFileSync(world.path);
  const middle = Math.floor(bytes.length / 8192) * 4096;
  bytes.fill(0, middle, middle + 2048);
  writeFileSync(world.path, bytes);
  const { events } = world;
  assertRefused(() => Metadata.open(world.path, { events }), Code.DataLoss, world.path, "move it away");
  using empty = Metadata.open(`${world.path}.new`, { events });
  assert.deepEqual(empty.namespaces.list(), []);
});
