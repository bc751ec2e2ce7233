import assert from "node:assert/strict";
import { test } from "node:test";
import { MountFlag as F, parseMountOptions } from "../../../sys/mount-options.ts";

test("parseMountOptions(): which word is whose", () => {
  const nothing = { flags: 0, propagation: [], data: [], loop: false, unconsumed: [] };
  const table: [string[], object, string][] = [
    [[], {}, "nothing"],
    [["defaults", "rw", "async", "suid", "dev", "exec"], {}, "what is so anyway"],
    [["ro", "nosuid", "nodev", "noexec"], { flags: 15 }, "the four"],
    [["ro", "rw"], {}, "the later wins"],
    [["rw", "ro"], { flags: F.readOnly }, "the later wins"],
    [["bind"], { flags: F.bind }, "bind"],
    [["rbind", "ro"], { flags: F.bind | F.recursive | F.readOnly }, "recursive bind"],
    [
      ["sync", "dirsync", "mand", "noatime", "nodiratime", "relatime", "strictatime", "remount"],
      {
        flags:
          F.synchronous |
          F.dirSync |
          F.mandatoryLock |
          F.noAtime |
          F.noDirAtime |
          F.relatime |
          F.strictAtime |
          F.remount,
      },
      "the rest of the flags",
    ],
    [
      ["noatime", "atime", "mand", "nomand", "strictatime", "nostrictatime", "relatime", "norelatime"],
      {},
      "and off",
    ],
    [["nodiratime", "diratime", "sync", "async"], {}, "and off"],
    [["rprivate", "shared"], { propagation: [F.private | F.recursive, F.shared] }, "propagation, in order"],
    [
      ["slave", "rslave", "unbindable"],
      { propagation: [F.slave, F.slave | F.recursive, F.unbindable] },
      "the others",
    ],
    [
      ["lowerdir=/a:/b", "ro", "size=1m"],
      { flags: 1, data: ["lowerdir=/a:/b", "size=1m"] },
      "data, in order",
    ],
    [["loop", "uidmap=0:1:2", "gidmap=3:4:5"], { loop: true, uidMap: "0:1:2", gidMap: "3:4:5" }, "special"],
    [["X-containerd.mkdir.path=/x"], { unconsumed: ["X-containerd.mkdir.path=/x"] }, "for a transformer"],
    [["", "RO", "noro"], { data: ["RO", "noro"] }, "case matters, and an unknown word is the filesystem's"],
  ];
  for (const [options, expected, reason] of table) {
    assert.deepEqual(parseMountOptions(options), { ...nothing, ...expected }, reason);
  }
});
