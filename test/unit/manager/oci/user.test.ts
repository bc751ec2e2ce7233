import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseGroup, parsePasswd } from "../../../../manager/oci/passwd.ts";
import { readUserTables, resolveUser, type UserWish } from "../../../../manager/oci/user.ts";
import { isFailedPrecondition } from "../../../../proto/errors.ts";
import { useSuite } from "../../../support/suite.ts";
import { refuses } from "./support.ts";

const suite = useSuite();

const tables = {
  passwd: [
    "root:x:0:0:root:/root:/bin/sh",
    "web:x:33:33:www:/srv/web:/bin/false",
    "1000:x:42:42::/odd:/bin/sh",
    "app:x:1001:1002::/home/app:/bin/sh",
    "nohome:x:7:7",
  ].join("\n"),
  group: ["root:x:0:", "wheel:x:10:root,app", "web:x:33:", "app:x:1002:", "log:x:4:app,web", "55:x:66:"].join(
    "\n",
  ),
};

const rows: [wish: Partial<UserWish>, user: [number, number, ...number[]], homeDir: string, why: string][] = [
  [{ user: "" }, [0, 0, 10], "/root", "nobody said: root, with his groups"],
  [{ user: "root" }, [0, 0, 10], "/root", "by name"],
  [{ user: "app" }, [1001, 1002, 10, 4], "/home/app", "with supplementary groups"],
  [{ user: "1001" }, [1001, 1002, 10, 4], "/home/app", "a number that is known"],
  [{ user: "5000" }, [5000, 0], "/", "a number that is not: group 0"],
  [{ user: "1000" }, [42, 42], "/odd", "a name of digits is a name first"],
  [{ user: "app", group: "web" }, [1001, 33], "/home/app", "with a group, that one alone"],
  [{ user: "app", group: "77" }, [1001, 77], "/home/app", "a group's number need not be known"],
  [{ user: "app", group: "55" }, [1001, 66], "/home/app", "a group of digits is a name first"],
  [{ user: "7" }, [7, 7], "/", "a short line"],
  [{ user: "5000", groupAdd: ["log", "99"] }, [5000, 0, 4, 99], "/", "groups that were added"],
  [{ user: "4294967294" }, [4294967294, 0], "/", "the highest there is"],
];
for (const [wish, [uid, gid, ...more], homeDir, why] of rows) {
  test(`resolveUser(${JSON.stringify(wish)}): ${why}`, () => {
    const resolved = resolveUser({ flag: "--user", user: "", ...wish }, tables);
    assert.deepEqual(resolved, {
      user: { uid, gid, ...(more.length === 0 ? {} : { additionalGids: more }) },
      homeDir,
    });
  });
}

const refused: [wish: Partial<UserWish>, message: RegExp][] = [
  [
    { user: "bob", value: "bob" },
    /^--user "bob": there is no user "bob" in the image's \/etc\/passwd; write/,
  ],
  [{ user: "app", group: "no", value: "app:no" }, /^--user "app:no": there is no group "no" in the image's/],
  [{ user: "4294967295" }, /higher than any user's number/],
  [{ user: "app", groupAdd: ["no"] }, /^--group-add "no": there is no group "no"/],
];
for (const [wish, message] of refused) {
  test(`resolveUser(${JSON.stringify(wish)}) is refused`, () => {
    refuses(() => resolveUser({ flag: "--user", user: "", ...wish }, tables), message);
  });
}

test("an image without tables has root and numbers, and no names", () => {
  const none = { passwd: undefined, group: undefined };
  assert.deepEqual(resolveUser({ flag: "--user", user: "" }, none), {
    user: { uid: 0, gid: 0 },
    homeDir: "/",
  });
  refuses(() => resolveUser({ flag: "--user", user: "app" }, none), /the image has no \/etc\/passwd/);
  refuses(
    () => resolveUser({ flag: "--user", user: "1", group: "g" }, none),
    /the image has no \/etc\/group/,
  );
});

test("lines that are none are passed over", () => {
  const passwd =
    "# a comment\n\n:x:1:1::/:\nshort:x:5\nbad:x:-1:0::/:\nbad:x:4294967295:0::/:\n ok:x:1:2::/h:/s \r\n";
  assert.deepEqual([...parsePasswd(passwd)], [{ name: "ok", uid: 1, gid: 2, homeDir: "/h" }]);
  assert.deepEqual(
    [...parseGroup("g:x\nh:x:z:a\nok:x:3:a,,b")],
    [{ name: "ok", gid: 3, members: ["a", "b"] }],
  );
});

/** A root file system with an /etc of its own. */
function makeRoot(): string {
  const root = join(suite.dir, suite.newId());
  mkdirSync(join(root, "etc"), { recursive: true });
  return root;
}

test("links in the image lead around inside it and never out", () => {
  const root = makeRoot();
  const secret = join(suite.dir, "secret");
  writeFileSync(secret, "host:x:0:0::/:\n");
  mkdirSync(join(root, "usr"));
  writeFileSync(join(root, "usr/passwd"), "inside:x:1:1::/:\n");
  symlinkSync("/usr/passwd", join(root, "etc/passwd"));
  symlinkSync(secret, join(root, "etc/group"));
  assert.deepEqual(readUserTables(root), { passwd: "inside:x:1:1::/:\n", group: undefined });
});

const hostile: [what: string, make: (path: string) => void, message: RegExp][] = [
  ["a fifo", (path) => execFileSync("mkfifo", [path]), /no regular file/],
  ["a directory", (path) => mkdirSync(path), /no regular file/],
  ["a link to itself", (path) => symlinkSync("passwd", path), /in a circle/],
  [
    "a file without an end",
    (path) => {
      writeFileSync(path, "");
      truncateSync(path, 2 ** 40);
    },
    /longer than 16 MiB/,
  ],
];
for (const [what, make, message] of hostile) {
  test(`${what} for a passwd is refused, and does not stop us`, () => {
    const root = makeRoot();
    make(join(root, "etc/passwd"));
    assert.throws(
      () => readUserTables(root),
      (error: Error) => isFailedPrecondition(error) && message.test(error.message),
    );
  });
}
