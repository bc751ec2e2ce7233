import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FifoLog, formatLine } from "../../../shim/log.ts";
import { temporaryDir } from "../sys/support.ts";

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

function fifo(dir: string): { readFd: number; writeFd: number } {
  const path = join(dir, "log");
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
  const readFd = openSync(path, O_RDONLY | O_NONBLOCK);
  return { readFd, writeFd: openSync(path, O_WRONLY | O_NONBLOCK) };
}

/** What is in the fifo now. */
function readAll(fd: number): string {
  const chunk = Buffer.alloc(1 << 20);
  return chunk.toString("utf8", 0, readSync(fd, chunk));
}

test("a line is logfmt: time, level, message, fields", () => {
  const now = new Date("2026-01-02T03:04:05.678Z");
  const cause = new Error("disk full");
  const table: [unknown, string][] = [
    ["plain", "plain"],
    ["/run/a-b_c.d", "/run/a-b_c.d"],
    ["two words", '"two words"'],
    ["", '""'],
    ['quote" and \\', '"quote\\" and \\\\"'],
    ["line\nbreak", '"line\\nbreak"'],
    [7, "7"],
    [7n, "7"],
    [false, "false"],
    [now, "2026-01-02T03:04:05.678Z"],
    [{ a: 1 }, '"{\\"a\\":1}"'],
    [{ a: 1n }, '"[object]"'],
    [new Error("write record", { cause }), '"write record: disk full"'],
    [new Error("write record: disk full", { cause }), '"write record: disk full"'],
  ];
  for (const [value, shown] of table) {
    const line = String(formatLine("info", "hello", { key: value, absent: undefined }, now));
    assert.equal(line, `time="2026-01-02T03:04:05.678Z" level=info msg="hello" key=${shown}\n`);
  }
});

test("a line never exceeds what a fifo takes whole, and ends in a newline", () => {
  const fields = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`k${index}`, "é".repeat(900)]));
  const line = formatLine("error", "x".repeat(5000), fields);
  assert.ok(line.length <= 4096);
  assert.equal(line.at(-1), 0x0a);
  assert.ok(!String(line).includes("\ufffd"), "no half characters");
});

test("levels below the log's own are not written", () => {
  using dir = temporaryDir();
  const { readFd, writeFd } = fifo(dir.path);
  const log = new FifoLog({ fd: writeFd, level: "warning", fields: { id: "c1" } });
  log.debug("one");
  log.info("two");
  log.warn("three");
  log.error("four");
  new FifoLog({ fd: writeFd, level: "debug", fields: { id: "c1" } }).debug("five", { more: 1 });
  const messages = [...readAll(readFd).matchAll(/level=(\w+) msg="(\w+)" (.*)/g)].map((match) =>
    match.slice(1),
  );
  assert.deepEqual(messages, [
    ["warning", "three", "id=c1"],
    ["error", "four", "id=c1"],
    ["debug", "five", "id=c1 more=1"],
  ]);
  closeSync(readFd);
  closeSync(writeFd);
});

test("a full fifo costs lines, not time, and the next line that gets through says how many", () => {
  using dir = temporaryDir();
  const { readFd, writeFd } = fifo(dir.path);
  const log = new FifoLog({ fd: writeFd });
  let written = 0;
  for (; log.dropped === 0; written++) log.info("filling", { padding: "x".repeat(500) });
  for (let more = 0; more < 9; more++) log.info("filling", { padding: "x".repeat(500) });
  assert.equal(log.dropped, 10);
  const lines = readAll(readFd).trimEnd().split("\n");
  assert.equal(lines.length, written - 1);
  assert.ok(lines.every((line) => line.startsWith("time=") && line.endsWith("x")));
  log.info("through");
  assert.match(readAll(readFd), /^time=\S+ level=info msg="through" lost=10\n$/);
  assert.equal(log.dropped, 0);
  closeSync(readFd);
  closeSync(writeFd);
});

test("a reader that is gone, or a descriptor that is none, throws nothing", () => {
  using dir = temporaryDir();
  const { readFd, writeFd } = fifo(dir.path);
  closeSync(readFd);
  const log = new FifoLog({ fd: writeFd });
  log.error("to nobody");
  log.error("to nobody");
  assert.equal(log.dropped, 2);
  const again = openSync(join(dir.path, "log"), O_RDONLY | O_NONBLOCK);
  log.error("to somebody");
  assert.match(readAll(again), /"to somebody" lost=2\n$/);
  closeSync(again);
  closeSync(writeFd);
  const closed = new FifoLog({ fd: 1_000_000 });
  closed.error("nowhere");
  assert.equal(closed.dropped, 1);
});
