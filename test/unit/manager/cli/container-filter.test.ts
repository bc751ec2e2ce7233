import assert from "node:assert/strict";
import { test } from "node:test";
import { parseContainerFilter } from "../../../../manager/cli/container-filter.ts";
import type { ContainerRow, ContainerState } from "../../../../manager/cli/container-row.ts";
import type { OciSpec } from "../../../../manager/oci/spec.ts";
import { isInvalidArgument, isNotFound } from "../../../../proto/errors.ts";

function row(
  name: string,
  state: ContainerState,
  at: number,
  more: Partial<ContainerRow> = {},
): ContainerRow {
  return {
    id: `${name}0123456789`,
    name,
    labels: { "hawser/name": name },
    image: "docker.io/library/busybox:latest",
    runtime: "",
    snapshotter: "",
    snapshotKey: "",
    createdAt: new Date(at),
    state,
    process: undefined,
    spec: undefined,
    ...more,
  };
}

const ended = (exitStatus: number, isUnknown = false): ContainerRow["process"] => ({
  containerId: "",
  execId: undefined,
  state: "stopped",
  pid: 0,
  createdAt: undefined,
  startedAt: undefined,
  end: { exitStatus, signal: 0, isUnknown, oom: false, exitedAt: undefined, output: "" },
  isTerminal: false,
  args: [],
  stdin: "",
  stdout: "",
  stderr: "",
  restarts: 0,
});
const isolated = { linux: { namespaces: [{ type: "network" }] }, mounts: [] } as unknown as OciSpec;
const shared = {
  linux: { namespaces: [] },
  mounts: [{ destination: "/data", source: "/srv", type: "bind" }],
} as unknown as OciSpec;

const rows = [
  row("web", "running", 3, { labels: { "hawser/name": "web", tier: "front" }, spec: shared }),
  row("db", "exited", 2, { process: ended(137), spec: isolated }),
  row("lost", "exited", 1, { process: ended(255, true), image: "quay.io/x/y:1" }),
];

const cases: readonly (readonly [filters: readonly string[], names: readonly string[], why: string])[] = [
  [[], ["web", "db", "lost"], "nothing is asked"],
  [["name=b$"], ["web", "db"], "a regular expression"],
  [["name=/db"], ["db"], "docker's slash in front is no part of a name"],
  [["id=db0"], ["db"], "the beginning of an id"],
  [["status=exited"], ["db", "lost"], "a state"],
  [["status=exited", "status=running"], ["web", "db", "lost"], "values of one key are alternatives"],
  [["status=exited", "name=lost"], ["lost"], "different keys must all be true"],
  [["exited=137"], ["db"], "an exit status"],
  [["exited=255"], [], "an exit that nobody saw has no status"],
  [["label=tier"], ["web"], "a label that is there"],
  [["label=tier=front"], ["web"], "a label with a value"],
  [["label=tier=back"], [], "another value"],
  [["label=tier", "label=hawser/name=db"], [], "labels must all be there"],
  [["ancestor=busybox"], ["web", "db"], "an image by its short name"],
  [["ancestor=quay.io/x/y:1"], ["lost"], "and by its long one"],
  [["before=db"], ["lost"], "made before"],
  [["since=lost"], ["web", "db"], "made after"],
  [["volume=/srv"], ["web"], "where a mount comes from"],
  [["volume=/data"], ["web"], "where a mount goes"],
  [["network=none"], ["db"], "a network namespace of its own"],
  [["network=host"], ["web", "lost"], "none of its own, as far as is known"],
];

for (const [filters, names, why] of cases) {
  test(`${filters.join(" ") || "no filter"}: ${why}`, () => {
    const { apply } = parseContainerFilter(filters);
    assert.deepEqual(
      apply(rows).map(({ name }) => name),
      names,
    );
  });
}

test("what a filter means without --all, and what it has to know", () => {
  const facts = (...filters: string[]) => {
    const { includesEnded, needsSpec } = parseContainerFilter(filters);
    return [includesEnded, needsSpec];
  };
  assert.deepEqual(facts("name=x"), [false, false]);
  assert.deepEqual(facts("status=exited"), [true, false]);
  assert.deepEqual(facts("exited=1"), [true, false]);
  assert.deepEqual(facts("volume=/x"), [false, true]);
});

for (const filter of [
  "status=gone",
  "exited=x",
  "name=(",
  "labels=x",
  "name",
  "name=",
  "ancestor=UPPER CASE",
]) {
  test(`the filter ${JSON.stringify(filter)} is refused`, () => {
    assert.throws(() => parseContainerFilter([filter]), isInvalidArgument);
  });
}

test("a filter by a container that is not there is an error", () => {
  assert.throws(() => parseContainerFilter(["before=nobody"]).apply(rows), isNotFound);
});
