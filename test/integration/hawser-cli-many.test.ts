// The command line among ten thousand containers: lists are whole, what runs is found among them, and so is one by its name or by
// the beginning of its id.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { Client, services } from "../../manager/client/index.ts";
import { defaultSpec } from "../../manager/oci/default-spec.ts";
import { packJson } from "../../proto/any.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";

const suite = useSuite({
  onEnd: async () => {
    await hawserd?.hawser(["rm", "-f", "alive"], { status: "any" });
    await hawserd?.[Symbol.asyncDispose]();
  },
});
let hawserd: Hawserd;

const COUNT = 10_000;
const AT_ONCE = 64;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  mkdirSync(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
  await hawserd.hawser(["run", "-d", "--name", "alive", imageName, "sleep", "1000"]);
  const { address, namespace } = hawserd;
  await using client = await Client.connect({ address, namespace, stdioDir: join(suite.dir, "io") });
  const spec = packJson("Spec", defaultSpec({ args: ["true"], rootDir: "/none", cgroupsPath: "/none" }));
  const containers = client.service(services.Containers);
  const numbers = Array.from({ length: COUNT }, (_, at) => at).values();
  const work = async () => {
    for (const at of numbers) {
      const labels = { "hawser/name": `name-${at}`, ...(at % 1_000 === 0 && { round: "yes" }) };
      await containers.create({
        container: { id: idOf(at), labels, runtime: { name: "io.containerd.hawser.v2" }, spec },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
});

function idOf(at: number): string {
  return `${at.toString(16).padStart(8, "0")}${"0".repeat(56)}`;
}

async function lines(...args: string[]): Promise<string[]> {
  const { stdout } = await hawserd.hawser(args, { deadlineMs: 120_000 });
  return stdout.split("\n").filter(Boolean);
}

test("all of them are listed, as ids, as a table and as JSON", async () => {
  assert.equal((await lines("ps", "-aq")).length, COUNT + 1);
  assert.equal((await lines("ps", "-a")).length, COUNT + 2);
  const names = (await lines("ps", "-a", "--format", "json")).map(
    (line) => (JSON.parse(line) as { Names: string }).Names,
  );
  assert.equal(new Set(names).size, COUNT + 1);
});

test("the one that runs is found, and filters find theirs", async () => {
  assert.deepEqual(await lines("ps", "--format", "{{.Names}}"), ["alive"]);
  assert.equal((await lines("ps", "-aq", "--filter", "label=round")).length, COUNT / 1_000);
  assert.deepEqual(await lines("ps", "-a", "--format", "{{.Names}}", "--filter", "name=^name-4711$"), [
    "name-4711",
  ]);
});

test("one is found by its name, and by the beginning of its id when no other begins so", async () => {
  assert.deepEqual(await lines("inspect", "-f", "{{.Id}}", "name-4711"), [idOf(4711)]);
  assert.deepEqual(await lines("inspect", "-f", "{{.Name}}", idOf(4711).slice(0, 9)), ["name-4711"]);
  const { status, stderr } = await hawserd.hawser(["container", "inspect", "0000"], { status: "any" });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^hawser: find container "0000": several ids begin so \(name-0, name-1, name-2, …\); write more of it\n$/,
  );
});

test("those that match are removed, and the others stay", async () => {
  const { stdout } = await hawserd.hawser(["container", "prune", "-f", "--filter", "label=round"]);
  assert.equal(stdout.match(/^[0-9a-f]{64}$/gm)?.length, COUNT / 1_000);
  assert.equal((await lines("ps", "-aq")).length, COUNT + 1 - COUNT / 1_000);
});
