// What users may expect of a container's streams without a terminal: part of the contract in ctr-contract.ts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Scene } from "./ctr-scene.ts";
import { imageName } from "./image-archive.ts";

/** Registers the tests; inside a `describe`. */
export function outputTests(scene: Scene): void {
  scene.test("run passes on both streams and the status", async (id) => {
    // Not at once: `ctr` 1.6 gives up on a stream that it has not come to open when the container ends.
    const script = "read -r line; echo out; echo err >&2; exit 7";
    const { stdout, stderr } = await scene.run(id, script, { status: 7, input: "go\n" });
    assert.equal(stdout, "out\n");
    assert.match(stderr, /^err$/m);
  });

  scene.test("run passes on standard input and its end", async (id) => {
    const input = Buffer.alloc(1 << 20, "0123456789abcdefghijklmnopqrstuvwxyz\n");
    const { stdout } = await scene.run(id, "sha256sum", { input });
    assert.equal(stdout.split(" ")[0], createHash("sha256").update(input).digest("hex"));
  });

  scene.test("a burst of 8 MiB before the exit arrives whole", async (id) => {
    const script = "read -r line; head -c 8388608 /dev/zero | tr '\\0' x";
    const { bytes } = await scene.run(id, script, { input: "go\n" });
    // containerd's own shim of 1.6 at times loses the end on a busy machine.
    assert.ok(bytes.length === 8 << 20 || !scene.variant.isOurs, `${bytes.length} bytes`);
    assert.ok(bytes.every((byte) => byte === 0x78));
  });

  scene.test(
    "a program that is not there is named by the error, and the id can be used again",
    async (id) => {
      const args = ["run", "--rm", ...scene.runtime, imageName, id, "no-such-program"];
      const { status, stderr } = await scene.ctr(args, { status: "any" });
      assert.notEqual(status, 0);
      assert.match(stderr, /no-such-program.*(not found|no such file)/is);
      assert.equal((await scene.run(id, "echo again")).stdout, "again\n");
    },
  );
}
