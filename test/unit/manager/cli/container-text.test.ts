import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerRow, ContainerState } from "../../../../manager/cli/container-row.ts";
import {
  commandText,
  labelsText,
  shortId,
  shortImageName,
  statusText,
  timeText,
} from "../../../../manager/cli/container-text.ts";
import type { ListedEnd, ListedProcess } from "../../../../manager/client/processes.ts";

const NOW = Date.UTC(2026, 10, 25, 12);
const ago = (seconds: number) => new Date(NOW - seconds * 1_000);

function rowWith(state: ContainerState, process?: Partial<ListedProcess>): ContainerRow {
  return { state, process } as ContainerRow;
}

const end = (exitStatus: number, more: Partial<ListedEnd> = {}) =>
  ({ exitStatus, isUnknown: false, exitedAt: ago(300), ...more }) as ListedEnd;

const statuses: readonly (readonly [row: ContainerRow, text: string])[] = [
  [rowWith("created"), "Created"],
  [rowWith("running", { startedAt: ago(180) }), "Up 3 minutes"],
  [rowWith("running", {}), "Up"],
  [rowWith("paused", { startedAt: ago(5) }), "Up 5 seconds (Paused)"],
  [rowWith("exited", { end: end(0) }), "Exited (0) 5 minutes ago"],
  [rowWith("exited", { end: end(137) }), "Exited (137) 5 minutes ago"],
  [rowWith("exited", { end: end(255, { isUnknown: true, exitedAt: undefined }) }), "Exited (unknown)"],
  [rowWith("restarting", { end: end(1) }), "Restarting (1) 5 minutes ago"],
  [rowWith("unknown", {}), "Unknown (its shim does not answer)"],
];

for (const [row, text] of statuses) {
  test(`a container that is ${row.state} is told as "${text}"`, () =>
    assert.equal(statusText(row, NOW), text));
}

test("only ids that are 64 digits long are cut", () => {
  assert.equal(shortId("a".repeat(64)), "a".repeat(12));
  assert.equal(shortId("a-name-that-somebody-chose-for-it"), "a-name-that-somebody-chose-for-it");
});

test("a command is cut as docker cuts it, with what would move the cursor made harmless", () => {
  const row = { spec: { process: { args: ["sh", "-c", 'echo "hello"; sleep 1000'] } } } as ContainerRow;
  assert.equal(commandText(row, false), '"sh -c echo \\"hello\\"…"');
  assert.equal(commandText(row, true), '"sh -c echo \\"hello\\"; sleep 1000"');
  assert.equal(commandText({ spec: undefined } as ContainerRow, true), '""');
});

test("names, labels and times are what docker's users know", () => {
  assert.equal(shortImageName("docker.io/library/busybox:latest"), "busybox:latest");
  assert.equal(shortImageName("no name at all"), "no name at all");
  assert.equal(labelsText({ b: "2", a: "1" }), "a=1,b=2");
  assert.equal(timeText(new Date(NOW)), "2026-11-25 12:00:00 +0000 UTC");
});
