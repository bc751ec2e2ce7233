import assert from "node:assert/strict";
import { test } from "node:test";
import {
  annotatedName,
  familiarName,
  normalizeName,
  refNameOf,
} from "../../../../manager/images/image-name.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

test("normalizeName() and familiarName() are Docker's", () => {
  const table: [string, string, string][] = [
    ["alpine", "docker.io/library/alpine:latest", "alpine:latest"],
    ["alpine:3", "docker.io/library/alpine:3", "alpine:3"],
    ["team/app", "docker.io/team/app:latest", "team/app:latest"],
    ["docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"],
    ["index.docker.io/team/app:1", "docker.io/team/app:1", "team/app:1"],
    ["localhost/app", "localhost/app:latest", "localhost/app:latest"],
    ["localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"],
    ["example.com/a/b/c", "example.com/a/b/c:latest", "example.com/a/b/c:latest"],
    [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`, `alpine@${DIGEST}`],
    [`alpine:3@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`, `alpine:3@${DIGEST}`],
    ["a__b--c.d_e", "docker.io/library/a__b--c.d_e:latest", "a__b--c.d_e:latest"],
  ];
  for (const [name, full, short] of table) {
    assert.equal(normalizeName(name), full);
    assert.equal(familiarName(name), short);
  }
});

test("what is no name is refused with the part that is wrong", () => {
  const table: [string, RegExp][] = [
    ["", /"" is not lower-case/],
    ["UPPER", /"UPPER" is not lower-case/],
    ["a/../b", /"\.\." is not lower-case/],
    ["a//b", /"" is not lower-case/],
    ["a:", /"" is no tag/],
    ["a:b c", /"b c" is no tag/],
    [`a:${"t".repeat(129)}`, /is no tag/],
    ["a@sha256:123", /check digest/],
    [`a@${DIGEST}@${DIGEST}`, /more than one "@"/],
    ["-x.com/a", /"-x.com" is no host/],
    ["a".repeat(64), /64 hexadecimal digits are an id/],
    [`example.com/${"n".repeat(300)}`, /longer than 255/],
  ];
  for (const [name, text] of table) {
    assert.throws(
      () => normalizeName(name),
      (error: HawserError) => {
        assert.match(error.message, text);
        return error.code === Code.InvalidArgument;
      },
    );
  }
});

test("refNameOf() is the tag, or the digest with its sign", () => {
  const table = [
    ["docker.io/library/alpine:3", "3"],
    [`example.com/app@${DIGEST}`, `@${DIGEST}`],
    ["localhost:5000/app", ""],
    ["import", "import"],
  ] as const;
  for (const [name, expected] of table) assert.equal(refNameOf(name), expected);
});

test("annotatedName() takes a full name as it is or not at all, and a tag under the prefix", () => {
  const full = {
    "io.containerd.image.name": "example.com/team/app:1",
    "org.opencontainers.image.ref.name": "1",
  };
  const tag = { "org.opencontainers.image.ref.name": "v2" };
  const rule = (prefix: string, allowsOthers = false) => ({ prefix, allowsOthers });
  const table: [Record<string, string>, ReturnType<typeof rule> | undefined, string | undefined][] = [
    [full, undefined, "example.com/team/app:1"],
    [tag, undefined, "v2"],
    [{}, undefined, undefined],
    [full, rule("example.com/team/app"), "example.com/team/app:1"],
    [full, rule("example.com/team"), "example.com/team/app:1"],
    [full, rule("app"), "example.com/team/app:1"],
    [full, rule("example.com/tea"), undefined],
    [full, rule("import", true), "example.com/team/app:1"],
    [full, rule(""), undefined],
    [tag, rule("app"), "app:v2"],
    [{ "org.opencontainers.image.ref.name": "other/name:1" }, rule("app"), undefined],
    [{ "org.opencontainers.image.ref.name": "other/name:1" }, rule("app", true), "other/name:1"],
  ];
  for (const [annotations, wanted, expected] of table)
    assert.equal(annotatedName(annotations, wanted), expected);
});
