import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { CommittedPublisher } from "../../../../manager/events/committed-publisher.ts";
import type { Log } from "../../../../manager/log.ts";
import { Metadata } from "../../../../manager/metadata/metadata.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

test("CommittedPublisher: a committed create does not fail because its event cannot be journalled", () => {
  using dir = temporaryDir();
  const lines: string[] = [];
  const log = { error: (line: string) => lines.push(line) } as unknown as Log;
  const full = {
    publish: () => {
      throw new HawserError(Code.ResourceExhausted, "the disk is full");
    },
  };
  const events = new CommittedPublisher(full, log);
  using metadata = Metadata.open(join(dir.path, "metadata.db"), { events });
  metadata.namespaces.create({ name: "ns", labels: {} });
  assert.equal(metadata.namespaces.get("ns").name, "ns");
  assert.deepEqual(lines, ["publish the event of a committed change: it is lost, continuing"]);
});
