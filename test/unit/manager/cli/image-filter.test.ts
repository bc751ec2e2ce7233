import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageFilter } from "../../../../manager/cli/image-filter.ts";
import { type ImageRow, imageNameParts } from "../../../../manager/cli/image-row.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";

function row(name: string, at: number, labels: Record<string, string> = {}): ImageRow {
  return { name, ...imageNameParts(name), createdAt: new Date(at), labels } as ImageRow;
}

const rows = [
  row("docker.io/library/busybox:latest", 1, { from: "here" }),
  row("docker.io/library/busybox:1.36", 2),
  row("docker.io/user/tool:1", 3),
  row(`quay.io/a/b@sha256:${"0".repeat(64)}`, 4),
];

const names: readonly (readonly [name: string, repository: string, tag: string])[] = [
  ["docker.io/library/busybox:latest", "busybox", "latest"],
  ["docker.io/user/tool:1", "user/tool", "1"],
  ["localhost:5000/x:y", "localhost:5000/x", "y"],
  [`quay.io/a/b@sha256:${"0".repeat(64)}`, "quay.io/a/b", "<none>"],
  ["No Name", "No Name", "<none>"],
];

for (const [name, repository, tag] of names) {
  test(`"${name.slice(0, 40)}" is ${repository} and ${tag}`, () => {
    assert.deepEqual(imageNameParts(name), { repository, tag });
  });
}

const cases: readonly (readonly [
  filters: readonly string[],
  pattern: string | undefined,
  found: readonly number[],
])[] = [
  [[], undefined, [0, 1, 2, 3]],
  [[], "busybox", [0, 1]],
  [[], "busybox:1.36", [1]],
  [[], "busy*", [0, 1]],
  [[], "b?sybox", [0, 1]],
  [[], "[bt]usybox", [0, 1]],
  [[], "user/*", [2]],
  [[], "*", [0, 1]],
  [[], "busybox:1.3", []],
  [["reference=busybox:latest", "reference=user/tool"], undefined, [0, 2]],
  [["label=from=here"], undefined, [0]],
  [["before=user/tool:1"], undefined, [0, 1]],
  [["since=busybox"], undefined, [1, 2, 3]],
  [["dangling=false"], undefined, [0, 1, 2, 3]],
  [["dangling=true"], undefined, []],
  [["until=1970-01-01T00:00:00Z"], undefined, []],
];

for (const [filters, pattern, found] of cases) {
  test(`${filters.join(" ")} ${pattern ?? ""} finds ${found.length} images`, () => {
    const expected = found.map((at) => rows[at]?.name);
    assert.deepEqual(
      parseImageFilter(filters, pattern)(rows).map(({ name }) => name),
      expected,
    );
  });
}

for (const filter of [
  "dangling=perhaps",
  "before=nobody",
  "before=NO NAME",
  "until=soon",
  "reference=[z-a]",
]) {
  test(`the filter ${filter} is refused`, () => {
    assert.throws(() => parseImageFilter([filter])(rows), isInvalidArgument);
  });
}
