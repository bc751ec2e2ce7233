import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Log } from "../../../../manager/log.ts";
import { ShimLog } from "../../../../manager/runtime/shim-log.ts";
import { makeFifo, openFifoForBoth } from "../../../../sys/fifo.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

/** Copies what is written to a bundle's fifo, and answers the lines that reached the log. */
function copy(text: string): string[] {
  using dir = temporaryDir();
  makeFifo(join(dir.path, "log"));
  const lines: string[] = [];
  const take = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const levels = { debug: take("debug"), info: take("info"), warn: take("warn"), error: take("error") };
  const log: Log = { ...levels, with: () => log };
  {
    using shimLog = new ShimLog(dir.path, log);
    using writer = openFifoForBoth(join(dir.path, "log"));
    writeSync(writer.fd, text);
    assert.ok(shimLog);
  }
  return lines;
}

test("a shim's lines keep their level, and the last one is there though it has no end", () => {
  const text = 'level=error msg="a"\nlevel=warning msg=b\nlevel=info msg=c\nno level';
  assert.deepEqual(copy(text), [
    'error shim: level=error msg="a"',
    "warn shim: level=warning msg=b",
    "debug shim: level=info msg=c",
    "debug shim: no level",
  ]);
});

test("a shim that talks without end costs lines, not the manager", () => {
  const lines = copy("level=info msg=again\n".repeat(1_000));
  assert.ok(lines.length >= 200 && lines.length < 1_000, `${lines.length} lines`);
});

test("a line without an end is cut", () => {
  const [line = "", ...more] = copy("x".repeat(50_000));
  assert.equal(line.length, "debug shim: ".length + 4_096);
  assert.deepEqual(more, []);
});
