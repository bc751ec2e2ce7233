import assert from "node:assert/strict";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mountAll, resolveInRoot, splitLayers, unmount, unmountAll } from "../../../sys/mount.ts";
import { isMounted, mountsUnder } from "../../../sys/mount-table.ts";
import { openFds, temporaryDir } from "./support.ts";

const TMPFS = 0x0102_1994;
const tmpfs = { type: "tmpfs", source: "tmpfs", options: ["size=1m", "nosuid"] };

/** A directory with a tmpfs on it, so that overlays and binds have ground to stand on; all gone at the end. */
async function ground() {
  const dir = temporaryDir();
  const base = join(dir.path, "base");
  mkdirSync(base);
  await mountAll([tmpfs], base);
  return {
    base,
    make: (...names: string[]) =>
      names.map((name) => {
        const path = join(base, name);
        mkdirSync(path, { recursive: true });
        return path;
      }),
    async [Symbol.asyncDispose]() {
      await unmountAll(dir.path);
      dir[Symbol.dispose]();
    },
  };
}

test("mountAll() mounts in order, each inside the one before", async () => {
  const fds = openFds();
  {
    await using at = await ground();
    const [lower, upper, work, root] = at.make("lower/proc", "upper", "work", "root");
    assert.ok(lower && upper && work && root);
    writeFileSync(join(at.base, "lower/file"), "below");
    await mountAll(
      [
        {
          type: "overlay",
          source: "overlay",
          options: [`lowerdir=${join(at.base, "lower")}`, `upperdir=${upper}`, `workdir=${work}`],
        },
        { ...tmpfs, target: "/proc" },
      ],
      root,
    );
    assert.equal(readFileSync(join(root, "file"), "utf8"), "below");
    writeFileSync(join(root, "file"), "above");
    assert.equal(readFileSync(join(upper, "file"), "utf8"), "above");
    assert.equal(statfsSync(join(root, "proc")).type, TMPFS);
    assert.deepEqual(await unmountAll(root), []);
    assert.deepEqual(mountsUnder(root), []);
    assert.deepEqual(await unmountAll(root), [], "again is no error");
  }
  assert.deepEqual(openFds(), fds);
});

test("a read-only bind is read-only, and its source is not", async () => {
  await using at = await ground();
  const [source, root] = at.make("source", "root");
  assert.ok(source && root);
  await mountAll([{ type: "bind", source, options: ["rbind", "ro", "nosuid", "rprivate"] }], root);
  assert.throws(() => writeFileSync(join(root, "x"), ""), { code: "EROFS" });
  writeFileSync(join(source, "x"), "");
  assert.ok(existsSync(join(root, "x")));
});

test("a file is bound on a file", async () => {
  await using at = await ground();
  const [root] = at.make("root");
  assert.ok(root);
  writeFileSync(join(at.base, "source"), "text");
  writeFileSync(join(root, "file"), "");
  await mountAll(
    [{ type: "bind", source: join(at.base, "source"), target: "file", options: ["bind"] }],
    root,
  );
  assert.equal(readFileSync(join(root, "file"), "utf8"), "text");
});

test("mountAll() leaves nothing when one fails, and says which", async () => {
  await using at = await ground();
  const [root, sub] = at.make("root", "root/sub");
  assert.ok(root && sub);
  const fds = openFds();
  const missing = { type: "bind", source: join(at.base, "missing"), options: ["bind"] };
  await assert.rejects(mountAll([tmpfs, tmpfs, missing], root), {
    code: "ENOENT",
    syscall: "mount",
    path: missing.source,
    dest: root,
  });
  assert.equal(isMounted(root), false);
  await assert.rejects(mountAll([tmpfs, { ...tmpfs, target: "sub" }], root), { code: "ENOENT" });
  assert.equal(isMounted(root), false);
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(mountAll([tmpfs], root, { signal }), /enough/);
  for (const options of [["loop"], ["uidmap=0:1:2"], ["X-containerd.mkdir.path=/x"]]) {
    await assert.rejects(mountAll([tmpfs, { ...tmpfs, options }], root), { code: "EINVAL" });
  }
  await assert.rejects(mountAll([{ ...tmpfs, options: ["x".repeat(5000)] }], root), /longer than a page/);
  await assert.rejects(mountAll([{ ...tmpfs, type: "nosuchfs" }], root), { code: "ENODEV" });
  assert.equal(isMounted(root), false);
  assert.deepEqual(openFds(), fds);
});

test("a target never leads out of the root", async () => {
  await using at = await ground();
  const [root, outside, inside] = at.make("root", "outside", "root/outside");
  assert.ok(root && outside && inside);
  symlinkSync(outside, join(root, "absolute"));
  symlinkSync("../../outside", join(root, "dots"));
  for (const [target, where] of [
    ["dots", inside],
    ["../outside", inside],
    ["/../outside", inside],
  ] as const) {
    await mountAll([{ ...tmpfs, target }], root);
    assert.equal(isMounted(where), true, target);
    assert.equal(isMounted(outside), false, target);
    await unmount(where);
  }
  assert.throws(() => resolveInRoot(root, "absolute"), { code: "ENOENT" });
});

test("an overlay of 100 layers with long names is mounted, and the working directory stays", async () => {
  await using at = await ground();
  const names = Array.from({ length: 100 }, (_, index) => `layers/${"long-name-".repeat(8)}${index}`);
  const layers = at.make(...names);
  const [upper, work, root] = at.make("upper", "work", "root");
  assert.ok(upper && work && root);
  layers.forEach((layer, index) => {
    writeFileSync(join(layer, `from-${index}`), "");
  });
  writeFileSync(join(layers[0] ?? "", "top"), "0");
  writeFileSync(join(layers[99] ?? "", "top"), "99");
  const options = [`lowerdir=${layers.join(":")}`, `upperdir=${upper}`, `workdir=${work}`];
  assert.ok(options.join(",").length > 8192);
  const cwd = process.cwd();
  const fds = openFds();
  await mountAll([{ type: "overlay", source: "overlay", options }], root);
  assert.deepEqual(openFds(), fds);
  assert.equal(process.cwd(), cwd);
  for (const index of [0, 50, 99]) assert.ok(existsSync(join(root, `from-${index}`)));
  assert.equal(readFileSync(join(root, "top"), "utf8"), "0", "the first layer is the uppermost");
});

test("an overlay of one layer and nothing above is a read-only view of it", async () => {
  await using at = await ground();
  const [lower, root] = at.make("lower", "root");
  assert.ok(lower && root);
  writeFileSync(join(lower, "file"), "text");
  await mountAll([{ type: "overlay", source: "overlay", options: [`lowerdir=${lower}`] }], root);
  assert.equal(readFileSync(join(root, "file"), "utf8"), "text");
  assert.throws(() => writeFileSync(join(root, "file"), ""), { code: "EROFS" });
});

test("unmount() detaches what is busy and says so; what is not mounted is no error", async () => {
  await using at = await ground();
  const [root, other] = at.make("root", "other");
  assert.ok(root && other);
  await mountAll([tmpfs], root);
  writeFileSync(join(root, "held"), "");
  const fd = openSync(join(root, "held"), "r");
  assert.deepEqual(await unmountAll(root), [root]);
  assert.equal(isMounted(root), false);
  closeSync(fd);
  assert.deepEqual(await unmount(other), {});
  assert.deepEqual(await unmount(join(other, "missing")), {});
});

test("unmountAll() takes several mounts on one target, and names with blanks", async () => {
  await using at = await ground();
  const [root] = at.make("a b\\c");
  assert.ok(root);
  await mountAll([tmpfs, tmpfs, tmpfs], root);
  mkdirSync(join(root, "é"));
  await mountAll([tmpfs], join(root, "é"));
  assert.equal(mountsUnder(root).length, 4);
  assert.deepEqual(await unmountAll(root), []);
  assert.deepEqual(mountsUnder(root), []);
});

test("unmountAll() finds what is mounted below a directory that goes by another name", async () => {
  await using at = await ground();
  const [root] = at.make("real/rootfs");
  assert.ok(root);
  symlinkSync(join(at.base, "real"), join(at.base, "link"));
  await mountAll([tmpfs], join(at.base, "link/rootfs"));
  assert.equal(isMounted(root), true);
  await unmountAll(join(at.base, "link/rootfs"));
  assert.equal(isMounted(root), false);
  assert.deepEqual(await unmountAll(join(at.base, "never/rootfs")), []);
});

test("splitLayers() parts at colons that no backslash keeps", () => {
  assert.deepEqual(splitLayers("/a:/b\\:c:/d\\\\e"), ["/a", "/b:c", "/d\\e"]);
  assert.deepEqual(splitLayers("/a"), ["/a"]);
});
