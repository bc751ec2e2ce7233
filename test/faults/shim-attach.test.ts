// Attach sessions with bad clients, bad disks and bad luck. At the level of the protocol, on the real shim and crun.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttachFrame, attachHeader, MAX_ATTACH_PAYLOAD_BYTES } from "../../proto/attach-frame.ts";
import { AttachOpen, ReplayFrom, Sessions, WhenSlow } from "../../proto/gen/attach.ts";
import { Client } from "../../ttrpc/index.ts";
import { test } from "../integration/contract/bounded-test.ts";
import { AttachClient, type Got } from "../support/attach-client.ts";
import { ALL, brokered, runBrokered, wholeLog } from "../support/brokered.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import { smallDisk } from "../support/small-disk.ts";
import type { TestContainer } from "../support/test-container.ts";
import { until } from "../support/until.ts";

const harness = new ShimHarness({ binary: buildHawserShim(), runtime: "crun" });

/** Prints `count` lines when it is told to go. */
const counting = (count: number): string => `read go; seq 1 ${count}`;

function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index + 1}\n`).join("");
}

/** One client that echoes back: whoever is there is served as if nothing had happened. */
async function echoes(session: AttachClient, word: string): Promise<void> {
  session.type(`${word}\n`);
  await session.shows(`${word}\n`);
}

async function sinksOf(container: TestContainer) {
  await using client = await Client.connect(container.endpoint.address);
  return await client.service(Sessions).list({ containerId: container.id });
}

test("600 connections: the first 512 are served, the others told, and nobody else feels it", async () => {
  await using container = await runBrokered(harness, "cat");
  using session = await container.attach(ALL);
  const path = await container.attachAddress();
  const before = container.shimDescriptors().length;
  const crowd: AttachClient[] = [];
  try {
    // In groups: the kernel refuses those that come while 511 wait to be let in.
    for (let group = 0; group < 6; group++) {
      for (let count = 0; count < 100; count++) crowd.push(new AttachClient(path));
      await until(() => crowd.every(({ socket }) => !socket.connecting), { what: "they are connected" });
    }
    await until(() => crowd.filter(({ cut }) => cut !== undefined).length === 600 - 511, {
      what: "the others are told",
    });
    assert.equal(crowd.find(({ cut }) => cut !== undefined)?.cut?.reason, "limit");
    await echoes(session, "still here");
  } finally {
    for (const one of crowd) one[Symbol.dispose]();
  }
  await until(() => container.shimDescriptors().length <= before, { what: "their descriptors given back" });
  using late = await container.attach(ALL);
  await until(() => late.text !== "", { what: "the replay" });
  assert.equal(late.text, "still here\n");
});

test("garbage, 100 MiB frames and a wrong first word end their own connection, and say why", async () => {
  await using container = await runBrokered(harness, "cat");
  using session = await container.attach(ALL);
  const path = await container.attachAddress();
  const seed = 20261125;
  const noise = Buffer.alloc(64 * 1024);
  for (let at = 0, state = seed; at < noise.length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    noise[at] = state >>> 16;
  }
  const open = (init: Parameters<typeof AttachOpen.encode>[0]) => AttachOpen.encode(init);
  const mine = open({ containerId: container.id });
  const frame = (type: number, payload: Uint8Array) =>
    Buffer.concat([attachHeader(type, payload.length), payload]);
  const table: [why: string, bytes: Buffer, reason: string][] = [
    ["noise", noise, "invalid"],
    ["text", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "invalid"],
    ["a frame of 100 MiB", attachHeader(AttachFrame.open, 100 * 2 ** 20), "invalid"],
    ["a first frame that is none", frame(AttachFrame.input, Buffer.from("x")), "invalid"],
    ["an open frame that is no message", frame(AttachFrame.open, Buffer.alloc(100, 0xff)), "invalid"],
    ["another container", frame(AttachFrame.open, open({ containerId: "other" })), "not-found"],
    ["another exec", frame(AttachFrame.open, open({ containerId: container.id, execId: "x" })), "not-found"],
    ["open twice", Buffer.concat([frame(AttachFrame.open, mine), frame(AttachFrame.open, mine)]), "invalid"],
    [
      "a frame of the shim's own",
      Buffer.concat([frame(AttachFrame.open, mine), frame(AttachFrame.exit, Buffer.alloc(0))]),
      "invalid",
    ],
    [
      "an input frame of 100 MiB",
      Buffer.concat([frame(AttachFrame.open, mine), attachHeader(AttachFrame.input, 100 * 2 ** 20)]),
      "invalid",
    ],
    [
      "half a resize",
      Buffer.concat([frame(AttachFrame.open, mine), frame(AttachFrame.resize, Buffer.alloc(3))]),
      "invalid",
    ],
    [
      "no signal",
      Buffer.concat([frame(AttachFrame.open, mine), frame(AttachFrame.signal, Buffer.of(99))]),
      "invalid",
    ],
  ];
  for (const [why, bytes, reason] of table) {
    using client = new AttachClient(path);
    client.socket.write(bytes);
    assert.equal((await client.wasCut()).reason, reason, why);
    await until(() => client.isClosed, { what: `the end of the connection: ${why}` });
  }
  using future = await container.attach();
  future.socket.write(frame(200, Buffer.from("of a later version")));
  await echoes(future, "ignored");
  await echoes(session, "still here");
});

test("a client that types more than it may have under way is cut, and the process gets what was before", async () => {
  await using container = await harness.start({ script: "cat" });
  await container.create(brokered());
  using session = await container.attach();
  const chunk = Buffer.alloc(MAX_ATTACH_PAYLOAD_BYTES, "x");
  for (let count = 0; count < 16; count++) session.type(chunk);
  const { reason } = await session.wasCut();
  assert.equal(reason, "input");
  using other = await container.attach({ whenSlow: WhenSlow.WHEN_SLOW_HOLD }, () => undefined);
  await container.task.start({ id: container.id });
  // The pipe took one of them, the shim four.
  await until(() => other.receivedBytes === 5 * chunk.length, { what: "what was taken", deadline: 20_000 });
});

test("who comes back with its number goes on typing where it was: nothing twice, nothing left out", async () => {
  await using container = await harness.start({ script: "sleep 0.5; cat" });
  await container.create(brokered());
  using first = await container.attach();
  const session = first.opened?.session ?? 0n;
  // More than the pipe takes: a part of it waits in the shim when the connection is lost.
  const typed = Buffer.from(numbers(70_000));
  const [head, tail] = [typed.subarray(0, 300_000), typed.subarray(300_000)];
  for (let at = 0; at < head.length; at += 100_000) first.type(head.subarray(at, at + 100_000));
  await until(
    async () => (await sinksOf(container)).sessions.length === 1 && first.socket.writableLength === 0,
    {
      what: "everything sent",
    },
  );
  first[Symbol.dispose]();
  await until(async () => (await sinksOf(container)).sessions.length === 0, { what: "the loss" });
  using again = await container.attach({ ...ALL, resumedSession: session });
  assert.equal(again.opened?.session, session);
  assert.equal(again.opened?.isResumed, true);
  assert.equal(again.opened?.inputTaken, 300_000n);
  await container.task.start({ id: container.id });
  again.type(tail);
  again.send(AttachFrame.inputEnd);
  await again.ended();
  assert.ok(Buffer.from(again.text).equals(typed));
  assert.equal(again.inputTaken, BigInt(typed.length));
  using stranger = await container.attach({ ...ALL, resumedSession: session + 1000n });
  assert.deepEqual([stranger.opened?.isResumed, stranger.opened?.inputTaken], [false, 0n]);
});

test("a number that is in use goes to who asks for it last, and input goes on where it was", async () => {
  await using container = await runBrokered(harness, "cat");
  using first = await container.attach(ALL);
  await echoes(first, "one");
  using again = await container.attach({ ...ALL, resumedSession: first.opened?.session ?? 0n });
  assert.equal((await first.wasCut()).reason, "resumed");
  await until(() => first.isClosed, { what: "the end of the first connection" });
  assert.equal(again.opened?.inputTaken, 4n);
  await echoes(again, "two");
  await until(() => again.inputTaken === 8n, { what: "word of the input" });
  assert.equal((await sinksOf(container)).sessions.length, 1);
});

test("an offset of the future is refused; one that has rotated away begins with a gap", async () => {
  await using container = await harness.start({ script: counting(300_000) });
  const logDir = join(container.dir, "log");
  await container.create(brokered({ logDir, maxFileBytes: 256 * 1024, maxFiles: 2 }));
  await container.task.start({ id: container.id });
  using session = await container.attach({ replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset: 1n });
  assert.deepEqual([session.cut?.reason, session.cut?.code], ["future", 11]);
  using typing = await container.attach();
  typing.type("go\n");
  await container.task.wait({ id: container.id });
  using late = await container.attach({ replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset: 10n });
  await late.ended();
  const all = numbers(300_000);
  assert.equal(late.opened?.offset, 10n);
  const [gap, ...others] = late.gaps;
  assert.equal(others.length, 0);
  assert.equal(gap?.from, 10n);
  assert.ok(gap.to > 500_000n);
  assert.equal(late.text, all.slice(Number(gap.to)));
});

for (const [name, whenSlow] of [
  ["cut", WhenSlow.WHEN_SLOW_CUT],
  ["skip", WhenSlow.WHEN_SLOW_SKIP],
  ["hold", WhenSlow.WHEN_SLOW_HOLD],
] as const) {
  test(`a client that does not read, without a log: ${name}`, async () => {
    await using container = await harness.start({ script: counting(500_000) });
    await container.create(brokered());
    await container.task.start({ id: container.id });
    using slow = await container.attach({ whenSlow });
    slow.socket.pause();
    using typing = await container.attach();
    typing.type("go\n");
    const all = numbers(500_000);
    const exited = container.task.wait({ id: container.id });
    if (name === "hold") {
      await until(async () => (await sinksOf(container)).sessions.some(({ offset }) => offset > 0n), {
        what: "the first output",
      });
      assert.equal((await container.task.state({ id: container.id })).exitStatus, 0);
    } else {
      // It does not wait for who does not read.
      await exited;
    }
    slow.socket.resume();
    if (name === "cut") {
      const { reason, message } = await slow.wasCut();
      assert.equal(reason, "lagged");
      assert.match(message, /too slow: \d+ bytes from \d+ on are not kept/);
      assert.ok(all.startsWith(slow.text));
      return;
    }
    await slow.ended();
    if (name === "hold") {
      assert.deepEqual(slow.gaps, []);
      assert.equal(slow.text, all);
      assert.equal((await exited).exitStatus, 0);
    } else {
      assert.ok(slow.gaps.length > 0);
      assert.equal(withGaps(slow.got, all), all);
    }
  });
}

test("ten sessions, two stopped: the others get everything, and so do those when they go on", async () => {
  await using container = await harness.start({ script: counting(200_000) });
  const logDir = join(container.dir, "log");
  await container.create(brokered({ logDir }));
  await container.task.start({ id: container.id });
  const path = await container.attachAddress();
  const stopped = [spawnClient(path, container.id), spawnClient(path, container.id)];
  try {
    await until(async () => (await sinksOf(container)).sessions.length === 2, { what: "the two are there" });
    for (const { child } of stopped) child.kill("SIGSTOP");
    const others = await Promise.all(Array.from({ length: 8 }, () => container.attach(ALL)));
    others[0]?.type("go\n");
    const all = numbers(200_000);
    for (const session of others) {
      await session.ended();
      assert.deepEqual(session.gaps, []);
      assert.equal(session.text, all);
    }
    assert.equal((await sinksOf(container)).sessions.length, 2, "those that are stopped are still there");
    for (const { child } of stopped) child.kill("SIGCONT");
    for (const { result } of stopped) assert.equal(await result, `${all.length} bytes, 0 gaps, exit 0`);
    assert.equal((await wholeLog(logDir)).bytes.toString("latin1"), all);
  } finally {
    for (const { child } of stopped) child.kill("SIGKILL");
  }
});

test("clients killed at any moment leave nothing behind, and the others see everything", async () => {
  await using container = await harness.start({ script: "read go; seq 1 100000; cat" });
  const logDir = join(container.dir, "log");
  await container.create(brokered({ logDir }));
  await container.task.start({ id: container.id });
  using session = await container.attach(ALL);
  const before = container.shimDescriptors().length;
  const path = await container.attachAddress();
  session.type("go\n");
  for (let round = 0; round < 8; round++) {
    const { child } = spawnClient(path, container.id);
    await until(async () => (await sinksOf(container)).sessions.length > 1 || child.exitCode !== null, {
      what: "a client",
    });
    child.kill("SIGKILL");
  }
  session.send(AttachFrame.inputEnd);
  await session.ended();
  assert.equal(session.text, numbers(100_000));
  await until(() => container.shimDescriptors().length < before, { what: "their descriptors given back" });
});

test("1 to 1,000,000 while sessions come and go and the log rotates: every view is the log, at its places", async () => {
  await using container = await harness.start({ script: counting(1_000_000) });
  const logDir = join(container.dir, "log");
  await container.create(brokered({ logDir, maxFileBytes: 512 * 1024, maxFiles: 40 }));
  await container.task.start({ id: container.id });
  const all = numbers(1_000_000);
  using watching = await container.attach(ALL);
  // One that comes, sees a little, goes, and comes back at its place.
  const wanderer = async (patience: number): Promise<string> => {
    let view = "";
    for (;;) {
      using session = await container.attach({
        replayFrom: ReplayFrom.REPLAY_FROM_OFFSET,
        offset: BigInt(view.length),
        clientName: `wanderer ${patience}`,
      });
      assert.equal(session.cut, undefined);
      await until(() => session.exit !== undefined || session.receivedBytes > patience, {
        what: "some output",
        deadline: 20_000,
      });
      assert.deepEqual(session.gaps, []);
      if (session.exit === undefined) session.socket.destroy();
      view += session.text;
      if (session.exit !== undefined) return view;
    }
  };
  const wanderers = [1, 100_000, 700_000, 3_000_000].map((patience) => wanderer(patience));
  watching.type("go\n");
  for (const view of await Promise.all(wanderers)) assert.ok(view === all, "a wanderer's view");
  await watching.ended();
  assert.ok(watching.text === all, "the view of one that stayed");
  const log = await wholeLog(logDir);
  assert.deepEqual(log.gaps, []);
  assert.ok(log.bytes.toString("latin1") === all, "the log");
});

for (const onFullDisk of ["block", "drop"] as const) {
  const outcome =
    onFullDisk === "block" ? "the process waits, and nothing is lost" : "it goes on, and the loss is told";
  test(`a full disk, ${onFullDisk}: ${outcome}`, async () => {
    await using disk = await smallDisk(join(harness.dir, harness.suite.newId()), 3 * 2 ** 20);
    writeFileSync(disk.ballast, Buffer.alloc(2 * 2 ** 20));
    await using container = await harness.start({ script: counting(300_000) });
    await container.create(brokered({ logDir: disk.dir, onFullDisk }));
    await container.task.start({ id: container.id });
    using session = await container.attach({ ...ALL, whenSlow: WhenSlow.WHEN_SLOW_HOLD });
    session.type("go\n");
    const sink = async () => (await sinksOf(container)).sinks.find(({ name }) => name === "log");
    await until(async () => (await sink())?.lastError !== "", { what: "the disk is full", deadline: 20_000 });
    const all = numbers(300_000);
    if (onFullDisk === "block") {
      assert.equal(session.exit, undefined);
      rmSync(disk.ballast);
    }
    await session.ended();
    assert.ok(session.text === all, "who keeps up sees everything");
    using late = await container.attach(ALL);
    await late.ended();
    if (onFullDisk === "block") {
      await until(async () => (await sink())?.writtenBytes === BigInt(all.length), {
        what: "it is in the log",
      });
      assert.deepEqual([(await sink())?.droppedBytes, late.gaps], [0n, []]);
      assert.ok((await wholeLog(disk.dir)).bytes.toString("latin1") === all);
      return;
    }
    assert.ok(((await sink())?.droppedBytes ?? 0n) > 0n);
    assert.match(container.log, /dropping output of the log.*continuing/);
    assert.ok(late.gaps.length > 0);
    assert.ok(withGaps(late.got, all) === all);
  });
}

/** What came, with gaps filled from what should have been there. */
function withGaps(got: readonly Got[], all: string): string {
  return got
    .map((one) =>
      "gap" in one
        ? all.slice(Number(one.gap.from), Number(one.gap.to))
        : Buffer.from(one.bytes).toString("latin1"),
    )
    .join("");
}

/** A client in a process of its own, that says at its end what it has seen. */
function spawnClient(path: string, containerId: string): { child: ChildProcess; result: Promise<string> } {
  const program = join(import.meta.dirname, "../fixtures/attach-client.ts");
  const child = spawn(process.execPath, [program, path, containerId], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const result = (async () => {
    let text = "";
    for await (const part of child.stdout) text += String(part);
    return text.trim();
  })();
  return { child, result };
}
