import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { EXIT_HAWSER } from "../../../../manager/cli/exit-status.ts";
import { runProgram } from "../../../../manager/cli/program.ts";

test("what an error quotes reaches no terminal as a control sequence, and stays in one line", async () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const streams = { stdout, stderr } as unknown as Record<"stdout" | "stderr", NodeJS.WriteStream>;
  const status = await runProgram(["\x1b]0;title\x07\nmore"], { env: {}, binDir: "/nowhere", ...streams });
  stderr.end();
  const said = await text(stderr);
  assert.equal(status, EXIT_HAWSER);
  assert.match(said, /\\x1b\]0;title\\x07/);
  assert.doesNotMatch(said.slice(0, -1), /\p{Cc}/u);
});
