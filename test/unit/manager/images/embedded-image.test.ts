import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { digestOf } from "../../../../manager/images/digest.ts";
import {
  EMBEDDED_IMAGE,
  embeddedImageArchive,
  isEmbeddedImage,
} from "../../../../manager/images/embedded-image.ts";
import { command } from "../../../support/command.ts";

test("the embedded image is the same bytes every time", async () => {
  const first = Buffer.concat(await Array.fromAsync(embeddedImageArchive()));
  const second = Buffer.concat(await Array.fromAsync(embeddedImageArchive()));
  assert.equal(digestOf(first), digestOf(second));
});

test("other tools read the embedded image and find a root file system in it", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "hawser-test-embedded-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const archive = join(dir, "image.tar");
  await pipeline(Readable.from(embeddedImageArchive()), createWriteStream(archive));
  const layout = join(dir, "layout");
  const policy = "--insecure-policy";
  await command("skopeo", [policy, "copy", `oci-archive:${archive}`, `oci:${layout}:latest`]);
  await command("umoci", ["unpack", "--image", `${layout}:latest`, join(dir, "bundle")]);
  const root = join(dir, "bundle", "rootfs");
  const { stdout } = await command("chroot", [
    root,
    "/bin/sh",
    "-c",
    "id -un; ls -ld /tmp; cat /etc/group | head -1",
  ]);
  assert.match(stdout, /^root\ndrwxrwxrwt .*\nroot:x:0:\n$/);
});

test("the embedded image is meant by any form of its name and by no other", () => {
  for (const name of ["busybox", "busybox:latest", "library/busybox", "docker.io/busybox", EMBEDDED_IMAGE]) {
    assert.equal(isEmbeddedImage(name), true, name);
  }
  for (const name of ["busybox:1.36", "localhost/busybox", "quay.io/library/busybox", "alpine"]) {
    assert.equal(isEmbeddedImage(name), false, name);
  }
});
