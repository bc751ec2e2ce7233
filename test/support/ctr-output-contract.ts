// What users may expect of a container's streams without a terminal: part of the contract in ctr-contract.ts.
// `ctr run` drops what it has not read when it hears of the exit (ctr-unread-end.ts), so its containers stay until it has
// printed all; what comes just before an exit is read by a reader that goes on to the end of the stream.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FdReader } from "../../sys/fd-io.ts";
import { openFifoForReading } from "../../sys/fifo.ts";
import type { Scene } from "./ctr-scene.ts";
import { imageName } from "./image-archive.ts";

const BURST_BYTES = 8 << 20;
const burst = `head -c ${BURST_BYTES} /dev/zero | tr '\\0' x`;

/** Registers the tests; inside a `describe`. */
export function outputTests(scene: Scene): void {
  scene.test("run passes on both streams and the status", async (id) => {
    const script = "echo out; echo err >&2; read -r line; exit 7";
    const { stdout, stderr } = await scene.run(id, script, {
      status: 7,
      input: "go\n",
      inputWhen: (printed) => printed.stdoutBytes === 4 && /^err$/m.test(printed.stderr),
    });
    assert.equal(stdout, "out\n");
    assert.match(stderr, /^err$/m);
  });

  scene.test("run passes on standard input and its end", async (id) => {
    const input = Buffer.alloc(1 << 20, "0123456789abcdefghijklmnopqrstuvwxyz\n");
    const { stdout } = await scene.run(id, "sha256sum", { input });
    assert.equal(stdout.split(" ")[0], createHash("sha256").update(input).digest("hex"));
  });

  scene.test("run passes on a burst of 8 MiB whole", async (id) => {
    const { bytes } = await scene.run(id, `${burst}; read -r line`, {
      input: "go\n",
      inputWhen: ({ stdoutBytes }) => stdoutBytes >= BURST_BYTES,
    });
    assert.equal(bytes.length, BURST_BYTES);
    assert.ok(bytes.every((byte) => byte === 0x78));
  });

  scene.test(
    "a burst of 8 MiB before the exit arrives whole, though its end is read after the exit",
    async (id) => {
      await scene.start(id, `until [ -e /go ]; do sleep 0.1; done; ${burst}`);
      // What a client does that waits for the end of the stream and not for the exit.
      using reader = new FdReader(openFifoForReading(scene.fifo(id, "stdout")));
      await scene.ctr(scene.execArgs(id, "go", "touch /go"));
      let count = 0;
      const take = (bytes: Buffer) => {
        assert.ok(bytes.every((byte) => byte === 0x78));
        count += bytes.length;
      };
      // The rest has room in the pipes of every shim, so that the container can end without us.
      while (count < BURST_BYTES - 64 * 1024) take((await reader.read()) ?? assert.fail(`${count} bytes`));
      await scene.hasStatus(id, "STOPPED");
      for await (const bytes of reader) take(bytes);
      assert.equal(count, BURST_BYTES);
      await scene.remove(id);
    },
  );

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
