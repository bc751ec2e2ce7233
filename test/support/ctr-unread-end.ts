// What `ctr run` does with output that it has not read yet when it hears of the exit: it closes its end and drops it, 1.6
// and 2.x alike, whatever the shim (docs/peers.md). Here it is made to be late, by an output of its own that is full, so
// that what happens on busy machines happens always. Our shim then says how much was not read.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { OwnedFd } from "../../sys/fd.ts";
import { FdReader } from "../../sys/fd-io.ts";
import { makeFifo, openFifoForReading } from "../../sys/fifo.ts";
import type { Scene } from "./ctr-scene.ts";
import { until } from "./until.ts";

// More than the output of `ctr` and its buffer take (64 and 32 KiB), less than these and the pipes of any shim.
const PRINTED_BYTES = 160 * 1024;

/** Registers the test; inside a `describe`. Not for suites that take a warning of the shim for a failure. */
export function unreadEndTest(scene: Scene): void {
  scene.test(
    "ctr drops what it has not read at the exit, and our shim says how much that was",
    async (id) => {
      const { daemon } = scene;
      const path = join(daemon.dir, `${id}-output`);
      makeFifo(path);
      using output = new FdReader(openFifoForReading(path));
      const writer = OwnedFd.open(path, constants.O_WRONLY);
      const script = `head -c ${PRINTED_BYTES} /dev/zero`;
      const args = daemon.ctrArgs(scene.runArgs(["--rm"], id, script));
      const ctr = spawn(daemon.program.ctr, args, { stdio: ["ignore", writer.fd, "ignore"] });
      const ended = once(ctr, "exit");
      writer[Symbol.dispose]();

      await scene.hasStatus(id, "STOPPED");
      const holds = () => targetsOf(ctr.pid).some((target) => target.endsWith(`${id}-stdout`));
      await until(() => !holds(), { what: "ctr has closed the container's output" });
      let count = 0;
      for await (const bytes of output) count += bytes.length;
      assert.deepEqual(await ended, [0, null]);
      assert.ok(count < PRINTED_BYTES, "ctr has read all: docs/peers.md is out of date");
      if (scene.variant.isOurs) {
        assert.match(
          daemon.log,
          new RegExp(`\\b${PRINTED_BYTES - count} bytes in \\S*${id}-stdout\\S* were never read`),
        );
      }
    },
  );
}

/** What the descriptors of a process are open on. */
function targetsOf(pid: number | undefined): string[] {
  const dir = `/proc/${pid}/fd`;
  return readdirSync(dir).flatMap((fd) => {
    try {
      return [readlinkSync(join(dir, fd))];
    } catch {
      return []; // closed since
    }
  });
}
