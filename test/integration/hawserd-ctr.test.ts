// A day of Debian's `ctr` on hawserd: images in and out, what a container is made of, and the contract that containerd is
// held to as well, on our shim with both OCI runtimes and on containerd's own shim.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { begin } from "../support/begin.ts";
import { command } from "../support/command.ts";
import { ctrContract } from "../support/ctr-contract.ts";
import { Scene } from "../support/ctr-scene.ts";
import { unreadEndTest } from "../support/ctr-unread-end.ts";
import { debianCtr, Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { shimVariants } from "../support/shim-variant.ts";
import { useSuite } from "../support/suite.ts";

const suite = useSuite();
let archive = "";
before(async () => {
  archive = await begin(suite);
});

for (const [index, variant] of shimVariants(debianCtr).entries()) {
  describe(`hawserd with ${variant.label}`, { timeout: 300_000 }, () => {
    const scene = new Scene(variant);
    before(async () => {
      const dir = join(suite.dir, String(index));
      await mkdir(dir);
      scene.begin(await Hawserd.start({ dir, namespace: suite.newId() }));
      scene.runtime = await variant.prepare(scene.daemon);
      await scene.daemon.importImage(archive);
    });
    after(async () => await scene.end());

    ctrContract(scene);
    unreadEndTest(scene);
    test("nothing is left of the containers", async () => {
      await scene.daemon.assertEmpty();
      const { stdout } = await (scene.daemon as Hawserd).hawser(["doctor", "--format", "json"]);
      assert.deepEqual(JSON.parse(stdout), { findings: [] });
    });
    test("hawserd has nothing to complain of", () => {
      // What shims complain of is theirs, and passed on.
      const complaints = scene.daemon.log
        .split("\n")
        .filter((line) => / level=(warning|error) msg="(?!shim: )/.test(line));
      assert.deepEqual(complaints, []);
    });
  });
}

describe("hawserd with images", { timeout: 300_000 }, () => {
  let hawserd: Hawserd;
  before(async () => {
    const dir = join(suite.dir, "i");
    await mkdir(dir);
    hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  });
  after(async () => await hawserd?.[Symbol.asyncDispose]());

  const lines = async (...args: string[]) => {
    const { stdout } = await hawserd.ctr(args);
    return stdout.split("\n").filter((line) => line !== "");
  };
  const count = async (...args: string[]) => (await lines(...args)).length - 1;

  test("an archive comes in, is listed, is whole, and every part of it is there", async () => {
    await hawserd.importImage(archive);
    assert.match(
      (await lines("images", "ls"))[1] ?? "",
      new RegExp(`^${imageName} .*application/vnd.oci.image.manifest`),
    );
    assert.match((await lines("images", "check"))[1] ?? "", /complete \(\d+\/\d+\).*true/);
    assert.ok((await count("content", "ls")) >= 3);
    assert.ok((await count("snapshots", "ls")) >= 1);
    assert.deepEqual(await lines("leases", "ls", "-q"), []);
    assert.ok((await lines("namespaces", "ls", "-q")).includes(hawserd.namespace));
  });

  test("content is given back byte for byte", async () => {
    for (const digest of await lines("content", "ls", "-q")) {
      const { bytes } = await hawserd.ctr(["content", "get", digest]);
      const { stdout } = await command("sha256sum", ["-"], { input: bytes });
      assert.equal(`sha256:${stdout.split(" ")[0]}`, digest);
    }
  });

  test("a container is made, looked at, and removed with its snapshot", async () => {
    const id = suite.newId();
    const snapshots = await count("snapshots", "ls");
    await hawserd.ctr([
      "containers",
      "create",
      "--runtime",
      "io.containerd.hawser.v2",
      "--label",
      "a=b",
      imageName,
      id,
      "true",
    ]);
    assert.match(
      (await lines("containers", "ls"))[1] ?? "",
      new RegExp(`^${id} +${imageName} +io.containerd.hawser.v2`),
    );
    const info = JSON.parse((await hawserd.ctr(["containers", "info", id])).stdout);
    assert.deepEqual([info.ID, info.Labels.a, info.Spec.process.args], [id, "b", ["true"]]);
    assert.equal(await count("snapshots", "ls"), snapshots + 1);
    const again = await hawserd.ctr(["containers", "create", imageName, id, "true"], { status: "any" });
    assert.match(again.stderr, /already exists/);
    await hawserd.ctr(["containers", "rm", id]);
    assert.deepEqual(await lines("containers", "ls", "-q"), []);
    assert.equal(await count("snapshots", "ls"), snapshots);
  });

  test("an image goes out as an archive that others read, and comes back the same", async () => {
    const out = join(hawserd.dir, "out.tar");
    await hawserd.ctr(["images", "export", out, imageName]);
    const { stdout } = await command("skopeo", ["--insecure-policy", "inspect", `oci-archive:${out}`]);
    assert.equal(JSON.parse(stdout).Architecture, process.arch === "x64" ? "amd64" : "arm64");
    const before = await lines("images", "ls");
    await hawserd.ctr(["images", "rm", "--sync", imageName]);
    await hawserd.importImage(out);
    assert.deepEqual(await lines("images", "ls"), before);
  });

  test("an image gets another name and labels, and its content goes with the last name", async () => {
    const other = "localhost/other:latest";
    await hawserd.ctr(["images", "tag", imageName, other]);
    await hawserd.ctr(["images", "label", other, "one=1"]);
    assert.match((await lines("images", "ls", `name==${other}`))[1] ?? "", /one=1/);
    await hawserd.ctr(["images", "rm", "--sync", imageName]);
    assert.ok((await lines("content", "ls", "-q")).length > 0);
    await hawserd.ctr(["images", "rm", "--sync", other]);
    assert.deepEqual(await lines("images", "ls", "-q"), []);
    assert.deepEqual(await lines("content", "ls", "-q"), []);
    assert.equal(await count("snapshots", "ls"), 0);
  });

  test("namespaces are made, labelled, refused while they are in use, and removed", async () => {
    await hawserd.ctr(["namespaces", "create", "other-one", "a=b"]);
    assert.match((await lines("namespaces", "ls")).join("\n"), /other-one +a=b/);
    await hawserd.ctr(["namespaces", "label", "other-one", "a="]);
    await hawserd.ctr(["--namespace", "other-one", "leases", "create", "--id", "one"]);
    const refused = await hawserd.ctr(["namespaces", "rm", "other-one"], { status: "any" });
    assert.match(refused.stderr, /not empty|lease/);
    await hawserd.ctr(["--namespace", "other-one", "leases", "rm", "one"]);
    await hawserd.ctr(["namespaces", "rm", "other-one"]);
    assert.ok(!(await lines("namespaces", "ls", "-q")).includes("other-one"));
  });

  test("what it is made of is listed", async () => {
    const plugins = (await lines("plugins", "ls")).join("\n");
    for (const kind of [
      "snapshotter.v1 +overlayfs",
      "runtime.v2 +task",
      "content.v1 +content",
      "grpc.v1 +tasks",
    ]) {
      assert.match(plugins, new RegExp(`^io.containerd.${kind} .* ok`, "m"));
    }
  });
});
