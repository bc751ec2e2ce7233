import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { HawserError, isResourceExhausted } from "../../../../proto/errors.ts";
import type { StdioRequest } from "../../../../shim/stdio/spec.ts";
import { libcFunction } from "../../../../sys/libc.ts";
import { fixture, stdioTest } from "./support.ts";

const RLIMIT_NOFILE = 7;
const prlimit = libcFunction("prlimit", "int", ["int", "int", "void *", "void *"]);

/** Sets how many descriptors this process may have: soft and hard limit, 64 bits each. */
function limitDescriptors(limits: Buffer): void {
  assert.equal(prlimit(0, RLIMIT_NOFILE, limits, null), 0);
}

function readLimits(): Buffer {
  const limits = Buffer.alloc(16);
  assert.equal(prlimit(0, RLIMIT_NOFILE, null, limits), 0);
  return limits;
}

function highestFd(): number {
  return Math.max(
    ...readdirSync("/proc/self/fd")
      .map(Number)
      .filter((fd) => fd < 200),
  );
}

const kinds: [what: string, request: (fifo: (name: string) => string, dir: string) => StdioRequest][] = [
  ["fifos", (fifo) => ({ stdin: fifo("in"), stdout: fifo("out"), stderr: fifo("err") })],
  ["a terminal", (fifo) => ({ stdin: fifo("in"), stdout: fifo("out"), isTerminal: true })],
  ["a logger", (_, dir) => ({ stdout: `binary-v2://${fixture("logger-byte")}?out=${join(dir, "log")}` })],
];

for (const [what, requestOf] of kinds) {
  stdioTest(`with too few descriptors, ${what}: an error that says so, and nothing left`, async (context) => {
    const { dir, fifo, open } = context;
    const request = requestOf(fifo, dir);
    // With each limit the opening stops one step later, until it succeeds.
    let failures = 0;
    for (let more = 1; more < 40; more++) {
      const limits = readLimits();
      const wanted = Buffer.from(limits);
      wanted.writeBigUInt64LE(BigInt(highestFd() + more), 0);
      limitDescriptors(wanted);
      try {
        const stdio = await open(request);
        limitDescriptors(limits);
        await stdio[Symbol.asyncDispose]();
        break;
      } catch (error) {
        limitDescriptors(limits);
        failures++;
        assert.ok(error instanceof HawserError, String(error));
        assert.ok(isResourceExhausted(error), `${error.code} ${error.message}`);
      }
    }
    assert.ok(failures > 0 && failures < 39, `${failures} failures`);
  });
}
