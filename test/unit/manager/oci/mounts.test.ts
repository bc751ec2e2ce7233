import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultMounts } from "../../../../manager/oci/default-spec.ts";
import {
  type BindWish,
  decideMounts,
  type MountWish,
  mountTarget,
  type TmpfsWish,
} from "../../../../manager/oci/mounts.ts";
import { refuses } from "./support.ts";

const plain = { hasSelinux: false };
const bind = (target: string, more: Partial<BindWish> = {}): BindWish => ({
  flag: "--volume",
  value: `/etc:${target}`,
  kind: "bind",
  source: "/etc",
  target,
  isReadOnly: false,
  ...more,
});
const tmpfs = (target: string, options: string[] = []): TmpfsWish => ({
  flag: "--tmpfs",
  value: target,
  kind: "tmpfs",
  target,
  options,
});
const optionsOf = (wish: MountWish) => decideMounts([], [wish], plain).mounts[0]?.options?.join();

const options: [wish: MountWish, expected: string, why: string][] = [
  [bind("/a"), "rbind,rw,rprivate", "the usual"],
  [bind("/a", { isReadOnly: true }), "rbind,ro,rprivate", "read-only"],
  [bind("/a", { propagation: "rshared" }), "rbind,rw,rshared", "shared"],
  [bind("/a", { isRecursive: false, options: ["noexec"] }), "bind,rw,rprivate,noexec", "by itself, noexec"],
  [bind("/a", { relabel: "Z" }), "rbind,rw,rprivate", "without SELinux a label is nothing"],
  [tmpfs("/a"), "noexec,nosuid,nodev", "a tmpfs can do little"],
  [tmpfs("/a", ["exec", "size=1m"]), "nosuid,nodev,exec,size=1m", "unless it is asked to"],
  [tmpfs("/a", ["nodev"]), "noexec,nosuid,nodev", "nothing twice"],
];
for (const [wish, expected, why] of options) {
  test(`options of ${wish.kind} are ${expected}: ${why}`, () => {
    assert.equal(optionsOf(wish), expected);
  });
}

test("a wish takes the place of a default, and outer mounts come before inner ones", () => {
  const { mounts } = decideMounts(
    defaultMounts(),
    [bind("/data/in/deep"), tmpfs("/dev/shm"), bind("/data")],
    plain,
  );
  const places = mounts.map(({ destination }) => destination);
  assert.deepEqual(places, [
    "/proc",
    "/dev",
    "/sys",
    "/data",
    "/dev/pts",
    "/dev/mqueue",
    "/dev/shm",
    "/data/in/deep",
  ]);
  assert.equal(mounts.find(({ destination }) => destination === "/dev/shm")?.source, "tmpfs");
});

test("the root is shared as far as a mount has to be", () => {
  const of = (...wishes: MountWish[]) => decideMounts([], wishes, plain).rootfsPropagation;
  assert.equal(of(bind("/a")), undefined);
  assert.equal(of(bind("/a", { propagation: "slave" })), "rslave");
  assert.equal(of(bind("/a", { propagation: "slave" }), bind("/b", { propagation: "rshared" })), "shared");
});

test("two mounts at one place are refused, with the first one's name", () => {
  refuses(
    () => decideMounts([], [bind("/a"), tmpfs("/a")], plain),
    '--tmpfs "/a": /a is already taken by --volume "/etc:/a"; mount one thing at one place',
  );
});

test("a source that is missing is refused, by its name", () => {
  refuses(
    () => decideMounts([], [bind("/a", { source: "/no/such", value: "/no/such:/a" })], plain),
    '--volume "/no/such:/a": the source "/no/such" does not exist; make it first, or correct the path',
  );
  refuses(
    () => decideMounts([], [bind("/a", { source: "/etc/passwd/x" })], plain),
    /cannot be looked at \(ENOTDIR\)/,
  );
});

test("with SELinux a label is refused, because nobody writes it", () => {
  refuses(
    () => decideMounts([], [bind("/a", { relabel: "z" })], { hasSelinux: true }),
    /asks for a label of SELinux/,
  );
});

const targets: [path: string, expected: string | RegExp][] = [
  ["/a", "/a"],
  ["/a/", "/a"],
  ["//a/./b/../c", "/a/c"],
  ["a", /no place in the container/],
  ["", /no place in the container/],
  ["/", /the root itself/],
  ["/a/..", /the root itself/],
];
for (const [path, expected] of targets) {
  test(`mountTarget(${JSON.stringify(path)})`, () => {
    const written = { flag: "--tmpfs", value: path };
    if (typeof expected === "string") assert.equal(mountTarget(written, path), expected);
    else refuses(() => mountTarget(written, path), expected);
  });
}
