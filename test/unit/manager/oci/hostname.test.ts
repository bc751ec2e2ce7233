import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupPathOf } from "../../../../manager/oci/cgroup-path.ts";
import { hostnameOf } from "../../../../manager/oci/hostname.ts";
import { refuses } from "./support.ts";

const asked = (name: string) => ({ flag: "--hostname", value: name, name });

test("a container's name is the beginning of its id, as far as a machine may be called so", () => {
  assert.equal(hostnameOf("0123456789abcdef"), "0123456789ab");
  assert.equal(hostnameOf("my_app.1"), "my-app-1");
  assert.equal(hostnameOf("01234567890_b"), "01234567890");
});

test("a wish is checked", () => {
  assert.equal(hostnameOf("id", asked("web-1.example.org")), "web-1.example.org");
  for (const name of ["", "-a", "a-", "a..b", "a_b", "ä", "a b", "a/b"]) {
    refuses(() => hostnameOf("id", asked(name)), /no name for a machine; use letters/);
  }
  refuses(() => hostnameOf("id", asked("a".repeat(64))), /longer than 63 characters/);
});

test("a cgroup lies under hawser's own, or under the one that was named", () => {
  const parent = (path: string) => ({ flag: "--cgroup-parent", value: path, path });
  assert.equal(cgroupPathOf("a-b", "c"), "/hawser/a-b--c");
  assert.notEqual(cgroupPathOf("a-b", "c"), cgroupPathOf("a", "b-c"));
  assert.equal(cgroupPathOf("ns", "c", parent("mine/deep")), "/mine/deep/c");
  assert.equal(cgroupPathOf("ns", "c", parent("/")), "/c");
  refuses(() => cgroupPathOf("ns", "c", parent("/a/../../b")), /^--cgroup-parent .*no place for a cgroup/);
});
