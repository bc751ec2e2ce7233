import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../../manager/doctor/judge.ts";
import { formatAge, formatReport, formatSize, leftOver } from "../../../../manager/doctor/report.ts";

const now = new Date("2026-01-02T00:00:00Z");
const blob: Finding = {
  kind: "blob",
  name: "/r/\u001b[31mx",
  why: "no namespace has this content",
  since: new Date(now.getTime() - 90_000),
  sizeBytes: 1536,
  fact: { path: "/r/x", inode: 1n, changedAt: now, digest: "sha256:x", sizeBytes: 1536 },
};
const mount: Finding = {
  kind: "mount",
  name: "/s/m (overlay)",
  why: "there is no task of this bundle",
  fact: { target: "/s/m", type: "overlay" },
};

test("formatReport() makes a table that steers no terminal", () => {
  const report = { now, findings: [mount, blob], removals: undefined };
  assert.equal(
    formatReport(report, "table"),
    [
      "KIND   AGE    SIZE     NAME            WHY",
      "mount  -      -        /s/m (overlay)  there is no task of this bundle",
      "blob   1m30s  1.5 KiB  /r/?[31mx       no namespace has this content",
      "2 things that nobody owns; hawser doctor --remove removes them",
      "",
    ].join("\n"),
  );
  assert.equal(leftOver(report), 2);
  assert.equal(formatReport({ now, findings: [], removals: undefined }, "table"), "nothing is left over\n");
});

test("formatReport() says what became of each, and only what is kept is left over", () => {
  const report = {
    now,
    findings: [mount, blob],
    removals: [
      { finding: mount, outcome: "kept" as const, reason: "EBUSY" },
      { finding: blob, outcome: "removed" as const },
    ],
  };
  const table = formatReport(report, "table");
  assert.match(table, /^mount .* kept .* there is no task of this bundle; EBUSY$/m);
  assert.match(table, /^2 things that nobody owns: 1 removed, 0 gone by themselves, 1 kept$/m);
  const { findings } = JSON.parse(formatReport(report, "json"));
  assert.deepEqual(findings[0], {
    kind: "mount",
    name: "/s/m (overlay)",
    why: "there is no task of this bundle",
    outcome: "kept",
    reason: "EBUSY",
  });
  assert.deepEqual(findings[1].ageSeconds, 90);
  assert.equal(leftOver(report), 1);
});

const ages: [seconds: number, text: string][] = [
  [0, "0s"],
  [59, "59s"],
  [60, "1m"],
  [3_601, "1h"],
  [90_061, "1d1h"],
  [864_000, "10d"],
];
for (const [age, text] of ages)
  test(`formatAge(${age}) is ${text}`, () => assert.equal(formatAge(age), text));

const sizes: [bytes: number, text: string][] = [
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [150 * 1024, "150 KiB"],
  [5 * 1024 ** 4, "5.0 TiB"],
];
for (const [size, text] of sizes)
  test(`formatSize(${size}) is ${text}`, () => assert.equal(formatSize(size), text));
