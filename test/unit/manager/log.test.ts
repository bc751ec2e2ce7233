import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatLine, LineLog, type LogFields } from "../../../manager/log.ts";
import { pipe } from "../../../sys/fd.ts";
import { useSuite } from "../../support/suite.ts";

const suite = useSuite();
const now = new Date("2026-01-02T03:04:05.678Z");
const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;

const lines: [why: string, message: string, fields: LogFields, text: string, json: string][] = [
  ["a plain message", "ready", {}, 'msg="ready"', '"msg":"ready"'],
  ["a plain value stands bare", "m", { id: "a-1" }, 'msg="m" id=a-1', '{"id":"a-1",'],
  ["numbers stay numbers", "m", { n: 7, on: true }, "n=7 on=true", '{"n":7,"on":true,'],
  [
    "a newline cannot forge a line",
    'a\nlevel=error "b"',
    {},
    String.raw`msg="a\nlevel=error \"b\""`,
    String.raw`"msg":"a\nlevel=error \"b\""`,
  ],
  ["undefined is left out", "m", { a: undefined, b: 1 }, 'msg="m" b=1', '{"b":1,'],
  [
    "an error tells its causes",
    "m",
    { error: new Error("a", { cause: new Error("b") }) },
    'error="a: b"',
    '"error":"a: b"',
  ],
  ["an object is JSON", "m", { o: { a: 1 } }, String.raw`o="{\"a\":1}"`, String.raw`"o":"{\"a\":1}"`],
  ["what has no JSON does not throw", "m", { o: cyclic }, 'o="[object]"', '"o":"[object]"'],
  ["a bigint is its digits", "m", { n: 7n }, "n=7", '"n":"7"'],
  [
    "a secret is not written",
    "m",
    { authToken: "x", Password: "y" },
    'authToken="[not shown]" Password="[not shown]"',
    '"authToken":"[not shown]"',
  ],
  ["the message wins over a field of its name", "m", { msg: "x" }, 'msg="m" msg=x', '"msg":"m"'],
];

for (const [why, message, fields, text, json] of lines) {
  test(`formatLine(): ${why}`, () => {
    const asText = formatLine("text", "info", message, fields, now).toString();
    assert.ok(asText.startsWith('time="2026-01-02T03:04:05.678Z" level=info msg='), asText);
    assert.ok(asText.includes(text), asText);
    const asJson = formatLine("json", "info", message, fields, now).toString();
    assert.ok(asJson.includes(json), asJson);
    assert.equal(JSON.parse(asJson).time, "2026-01-02T03:04:05.678Z");
    for (const line of [asText, asJson]) assert.equal(line.indexOf("\n"), line.length - 1);
  });
}

test("formatLine() keeps every line within PIPE_BUF, whole characters and, as JSON, whole objects", () => {
  const fields = { a: "ö".repeat(5000), b: "ö".repeat(5000), c: "\n".repeat(5000) };
  const text = formatLine("text", "error", "\u0001".repeat(9000), fields, now);
  assert.ok(text.length <= 4096 && !text.toString().includes("\ufffd") && text.at(-1) === 0x0a);
  const json = formatLine("json", "error", "\u0001".repeat(9000), fields, now);
  assert.ok(json.length <= 4096);
  assert.equal(JSON.parse(json.toString()).cut, 3);
});

test("a log leaves out what is below its level, and its children say what their parents say", () => {
  const path = join(suite.dir, "log");
  const fd = openSync(path, "w");
  const log = new LineLog({ fd, level: "warning" });
  log.debug("no");
  log.info("no");
  log.with({ a: 1 }).with({ b: 2 }).warn("yes", { c: 3 });
  log.error("yes");
  closeSync(fd);
  const written = readFileSync(path, "utf8").split("\n");
  assert.equal(written.length, 3);
  assert.match(written[0] ?? "", /level=warning msg="yes" a=1 b=2 c=3$/);
});

test("a log whose pipe is full goes on, and says how many lines are lost when there is room again", () => {
  const { read, write } = pipe({ nonBlocking: true });
  const log = new LineLog({ fd: write.fd });
  // More than any pipe holds.
  for (let count = 0; count < 1000; count++) log.info("x".repeat(2000));
  while (take(read.fd) !== "");
  log.info("again");
  assert.match(take(read.fd), /msg="again" lost=\d+\n$/);
  read.close();
  log.info("nobody reads");
  write.close();
  log.info("nowhere to write");
});

/** What there is to read; empty when there is nothing. */
function take(fd: number): string {
  const buffer = Buffer.alloc(65_536);
  try {
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, null));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
    return "";
  }
}
