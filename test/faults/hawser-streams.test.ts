// Much through `hawser exec` and `hawser attach`: 1 GiB each way arrives as it was sent, in bounded memory; a client that is stopped
// disturbs nobody, and is told what became of it.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const HAWSER = resolve(import.meta.dirname, "../../bin/hawser");
const MIB = 1024 * 1024;
const PIECES = 1024;
/** What a client may grow to: Node, and what is under way. */
const MAX_CLIENT_BYTES = 250 * MIB;
/** A shim has its window of output and the input of its sessions. */
const MAX_SHIM_BYTES = 120 * MIB;

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
  await hawserd.hawser(["run", "-d", "--name", "host", imageName, "sleep", "100000"]);
});

function start(args: readonly string[]): ChildProcess {
  return spawn(HAWSER, args, { env: hawserd.hawserEnv, stdio: ["pipe", "pipe", "pipe"] });
}

/** The most memory that a process has had so far. */
function peakBytes(pid: number): number {
  const [, kib = "0"] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}

/** 1 GiB that does not repeat within a piece, with its digest. */
function much(): { stream: Readable; digest: () => string } {
  const hash = createHash("sha256");
  const piece = randomBytes(MIB);
  async function* pieces() {
    for (let count = 0; count < PIECES; count++) {
      const bytes = Buffer.from(piece);
      bytes.writeUInt32BE(count);
      hash.update(bytes);
      yield bytes;
    }
  }
  return { stream: Readable.from(pieces(), { objectMode: false }), digest: () => hash.digest("hex") };
}

test("1 GiB in and 1 GiB out, at the same time, as it was sent and in bounded memory", {
  timeout: 400_000,
}, async () => {
  const child = start(["exec", "-i", "host", "cat"]);
  const { stream, digest } = much();
  const hash = createHash("sha256");
  let peak = 0;
  const read = async () => {
    for await (const bytes of child.stdout as Readable) {
      hash.update(bytes as Buffer);
      peak = peakBytes(child.pid ?? 0) || peak;
    }
  };
  const closed = once(child, "close");
  await Promise.all([pipeline(stream, child.stdin as never), read()]);
  assert.deepEqual(await closed, [0, null]);
  assert.equal(hash.digest("hex"), digest());
  assert.ok(peak > 0 && peak < MAX_CLIENT_BYTES, `the client had ${Math.round(peak / MIB)} MiB`);
  for (const pid of hawserd.shimPids()) {
    const bytes = peakBytes(pid);
    assert.ok(bytes < MAX_SHIM_BYTES, `the shim had ${Math.round(bytes / MIB)} MiB`);
  }
});

test("a client that is stopped disturbs no other; it is cut, and says so and where", {
  timeout: 120_000,
}, async () => {
  const log = ["--log-opt", "max-size=1m", "--log-opt", "max-file=2"];
  const script = "while read word; do [ $word = end ] && exit 0; head -c $word /dev/zero | tr '\\0' x; done";
  await hawserd.hawser(["run", "-d", "-i", "--name", "much", ...log, imageName, "sh", "-c", script]);
  const stopped = start(["attach", "much"]);
  const other = start(["attach", "much"]);
  after(() => {
    for (const child of [stopped, other]) child.kill("SIGKILL");
  });
  let heardBytes = 0;
  other.stdout?.on("data", (bytes: Buffer) => {
    heardBytes += bytes.length;
  });
  let isThere = false;
  stopped.stdout?.once("data", () => {
    isThere = true;
  });
  const complaint = text(stopped.stderr as never);
  // What is printed before a client is there is not for it.
  await until(
    () => {
      if (!isThere || heardBytes === 0) other.stdin?.write("1\n");
      return isThere && heardBytes > 0;
    },
    { what: "both clients", deadline: 30_000 },
  );
  stopped.stdout?.pause();
  stopped.kill("SIGSTOP");

  // No faster than the other one reads: the log is small, and whoever falls behind it is cut.
  for (let count = 0; count < 32; count++) {
    const before = heardBytes;
    other.stdin?.write(`${MIB}\n`);
    await until(() => heardBytes >= before + MIB, { what: `MiB ${count + 1}`, deadline: 30_000 });
  }
  const otherEnded = once(other, "close");
  other.stdin?.end("end\n");
  assert.deepEqual(await otherEnded, [0, null]);

  const stoppedEnded = once(stopped, "close");
  stopped.stdout?.resume();
  stopped.kill("SIGCONT");
  assert.deepEqual(await stoppedEnded, [1, null]);
  assert.match(
    await complaint,
    /^hawser: the session was cut at offset \d+: .*; hawser logs .* --from-offset/m,
  );
  await hawserd.hawser(["rm", "-f", "much"]);
});

test("nothing is left of them", { timeout: 60_000 }, async () => {
  await hawserd.hawser(["rm", "-f", "host"]);
  await hawserd.assertEmpty();
});
