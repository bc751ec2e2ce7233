import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allDevices, resolveDevices } from "../../../../manager/oci/devices.ts";
import { deviceNumber, FileType, makeNode } from "../../../../sys/file-node.ts";
import { useSuite } from "../../../support/suite.ts";
import { refuses } from "./support.ts";

const suite = useSuite();
const device = (source: string, target = "/dev/x", access = "rwm") => ({
  flag: "--device",
  value: source,
  source,
  target,
  access,
});

const inOrder = (texts: string[]) => texts.sort((a, b) => a.localeCompare(b));

test("a device is what its inode says, under the name that was asked for", () => {
  const { nodes, rules } = resolveDevices([device("/dev/null", "/dev/nothing", "r")]);
  assert.deepEqual(nodes, [
    { path: "/dev/nothing", type: "c", major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 },
  ]);
  assert.deepEqual(rules, [{ allow: true, type: "c", major: 1, minor: 3, access: "r" }]);
});

test("a directory brings all its devices, and nothing else of it", () => {
  const dir = join(suite.dir, "dev");
  mkdirSync(join(dir, "deep"), { recursive: true });
  mkdirSync(join(dir, "pts"));
  writeFileSync(join(dir, "file"), "");
  makeNode(join(dir, "disk"), FileType.blockDevice | 0o600, deviceNumber(259, 300));
  makeNode(join(dir, "deep/char"), FileType.characterDevice | 0o600, deviceNumber(10, 1));
  makeNode(join(dir, "pts/0"), FileType.characterDevice | 0o600, deviceNumber(136, 0));
  const { nodes } = resolveDevices([device(dir, "/dev/in")]);
  const told = nodes.map(({ path, type, major, minor }) => `${path} ${type} ${major}:${minor}`);
  assert.deepEqual(inOrder(told), ["/dev/in/deep/char c 10:1", "/dev/in/disk b 259:300"]);
  assert.deepEqual(allDevices(dir).rules, [{ allow: true, access: "rwm" }]);
  assert.deepEqual(inOrder(allDevices(dir).nodes.map(({ path }) => path)), ["/dev/deep/char", "/dev/disk"]);
});

test("what is no device is refused by its name", () => {
  refuses(
    () => resolveDevices([device("/dev/no-such")]),
    '--device "/dev/no-such": there is no "/dev/no-such" on this host; check the name',
  );
  refuses(
    () => resolveDevices([device("/etc/passwd")]),
    /"\/etc\/passwd" is no device; use --volume for files/,
  );
  refuses(() => resolveDevices([device("/etc")]), /no device in the directory "\/etc"/);
});
