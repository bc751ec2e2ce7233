// hawserd under the `ctr` of containerd 2.4, which does other things than Debian's: it asks for deprecations first, moves
// images through the transfer service, and lists containers as a stream.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ctrContract } from "../support/ctr-contract.ts";
import type { CtrProgram } from "../support/ctr-daemon.ts";
import { Scene } from "../support/ctr-scene.ts";
import { unreadEndTest } from "../support/ctr-unread-end.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { peer } from "../support/peer.ts";
import { shimVariants } from "../support/shim-variant.ts";
import { useSuite } from "../support/suite.ts";
import { begin } from "./support/begin.ts";

const program: CtrProgram = {
  label: "hawserd with ctr 2.4",
  ctr: peer("containerd", "ctr"),
  isTwo: true,
  keepsExits: true,
};
// containerd's own shim, as the control, is to be the one that belongs to this client.
const env = { PATH: `${dirname(program.ctr)}${delimiter}${process.env["PATH"]}` };
const RUNTIME = ["--runtime", "io.containerd.hawser.v2"];

const suite = useSuite({ onEnd: () => hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;
let archive: string;

before(async () => {
  archive = await begin(suite);
  const dir = join(suite.dir, "h");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.id, program });
});

const ctr: Hawserd["ctr"] = (args, options) => hawserd.ctr(args, options);

/** Registers a test whose failure shows what hawserd has logged. */
function scene(name: string, body: () => Promise<void>): void {
  test(name, { timeout: 60_000 }, async () => await hawserd.watch(body));
}

/** The words of a line that begins with `first`; undefined when there is none. */
function line(text: string, first: string): string[] | undefined {
  return text
    .split("\n")
    .map((row) => row.split(/\s+/).filter(Boolean))
    .find(([word]) => word === first);
}

const fifos = (): string[] => ["--fifo-dir", join(hawserd.dir, "fifo")];

scene("version, plugins and what a runtime says of itself", async () => {
  const { stdout: version } = await ctr(["version"]);
  assert.match(version, /Server:\n\s+Version: +\S+\n[\s\S]*UUID: +[0-9a-f-]{36}/);
  const { stdout: plugins } = await ctr(["plugins", "ls"]);
  for (const plugin of [
    "io.containerd.snapshotter.v1",
    "io.containerd.runtime.v2",
    "io.containerd.transfer.v1",
  ])
    assert.ok(line(plugins, plugin), plugins);
  assert.doesNotMatch(plugins, /error/);
  const { stdout: runtime } = await ctr(["plugins", "inspect-runtime", ...RUNTIME]);
  assert.equal(JSON.parse(runtime).Name, "io.containerd.hawser.v2");
});

scene("an image comes in through the transfer service, unpacked, and is listed", async () => {
  await ctr(["images", "import", archive]);
  const { stdout: images } = await ctr(["images", "ls"]);
  const [, mediaType, digest, , , platform] = line(images, imageName) ?? [];
  assert.match(mediaType ?? "", /^application\/vnd\.oci\.image\./);
  assert.match(digest ?? "", /^sha256:[0-9a-f]{64}$/);
  assert.match(platform ?? "", /linux\//);
  const { stdout: check } = await ctr(["images", "check"]);
  assert.match(check, new RegExp(`${imageName}.* complete .* true`));
  const { stdout: snapshots } = await ctr(["snapshots", "ls"]);
  assert.match(snapshots, /sha256:[0-9a-f]{64}\s.*Committed/);
  const { stdout: leases } = await ctr(["leases", "ls", "--quiet"]);
  assert.equal(leases, "");
});

scene("a container runs to its end, and its output and status arrive", async () => {
  const id = suite.newId();
  const args = [
    "run",
    "--rm",
    ...RUNTIME,
    ...fifos(),
    imageName,
    id,
    "sh",
    "-c",
    "echo out; echo err >&2; exit 3",
  ];
  const { stdout, stderr } = await ctr(args, { status: 3 });
  assert.deepEqual([stdout, stderr], ["out\n", "err\n"]);
  const { stdout: left } = await ctr(["containers", "ls", "--quiet"]);
  assert.equal(left, "");
});

scene("a container stays, is looked at, executed in, frozen and removed", async () => {
  const id = suite.newId();
  await ctr(["run", "--detach", ...RUNTIME, ...fifos(), imageName, id, "sleep", "1000"]);
  const { stdout: tasks } = await ctr(["tasks", "ls"]);
  assert.deepEqual(line(tasks, id)?.slice(2), ["RUNNING"]);
  const { stdout: containers } = await ctr(["containers", "ls"]);
  assert.deepEqual(line(containers, id)?.slice(1), [imageName, "io.containerd.hawser.v2"]);
  const exec = ["tasks", "exec", ...fifos(), "--exec-id", "e", id, "sh", "-c", "echo in; exit 5"];
  assert.equal((await ctr(exec, { status: 5 })).stdout, "in\n");
  await ctr(["tasks", "pause", id]);
  assert.deepEqual(line((await ctr(["tasks", "ls"])).stdout, id)?.slice(2), ["PAUSED"]);
  await ctr(["tasks", "resume", id]);
  const { stdout: processes } = await ctr(["tasks", "ps", id]);
  assert.equal(processes.trim().split("\n").length, 2);
  const { stdout: metrics } = await ctr(["tasks", "metrics", id]);
  assert.match(metrics, new RegExp(id));
  await ctr(["tasks", "delete", "--force", id], { status: "any" });
  await ctr(["containers", "rm", id]);
  const missing = await ctr(["containers", "info", id], { status: 1 });
  assert.match(missing.stderr, /not found/);
});

scene("an image goes out as an archive, and comes back as it was", async () => {
  const exported = join(suite.dir, "exported.tar");
  await ctr(["images", "export", exported, imageName]);
  const digestOf = async () => line((await ctr(["images", "ls"])).stdout, imageName)?.[2];
  const digest = await digestOf();
  await ctr(["images", "rm", "--sync", imageName]);
  assert.equal((await ctr(["images", "ls", "--quiet"])).stdout, "");
  assert.equal((await ctr(["content", "ls", "--quiet"])).stdout, "");
  assert.equal(line((await ctr(["snapshots", "ls"])).stdout, "sha256"), undefined);
  await ctr(["images", "import", exported]);
  assert.equal(await digestOf(), digest);
  const id = suite.newId();
  const again = await ctr(["run", "--rm", ...RUNTIME, ...fifos(), imageName, id, "echo", "again"]);
  assert.equal(again.stdout, "again\n");
});

scene("what is not served is said by name", async () => {
  const { stderr } = await ctr(["sandboxes", "ls"], { status: 1 });
  assert.match(stderr, /containerd\.services\.sandbox\.v1\.Store\/List: not served by this hawserd/);
});

scene("nothing is left of the containers", async () => await hawserd.assertEmpty());

for (const [index, variant] of shimVariants(program).entries()) {
  describe(`hawserd under ctr 2.4 with ${variant.label}`, { timeout: 300_000 }, () => {
    const contract = new Scene(variant);
    before(async () => {
      const dir = join(suite.dir, String(index));
      await mkdir(dir);
      contract.begin(await Hawserd.start({ dir, namespace: suite.newId(), program, env }));
      contract.runtime = await variant.prepare(contract.daemon);
      await contract.daemon.importImage(archive);
    });
    after(async () => await contract.end());

    ctrContract(contract);
    unreadEndTest(contract);
    test("nothing is left of the containers", async () => {
      await contract.daemon.assertEmpty({ ofOurs: variant.isOurs });
    });
  });
}
