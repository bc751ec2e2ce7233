// What a lagging session is given where the log has a hole that the window fills in part. The window is real; the log's pages and
// the room in the socket are the test's.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { OutputLog } from "../../../../output-log/writer.ts";
import { AttachFrame, AttachFrameReader, readGap, readOutput } from "../../../../proto/attach-frame.ts";
import { WhenSlow } from "../../../../proto/gen/attach.ts";
import type { Broker } from "../../../../shim/attach/broker.ts";
import { OutputWindow } from "../../../../shim/attach/output-window.ts";
import { SessionOutput } from "../../../../shim/attach/session-output.ts";
import { until } from "../../../support/until.ts";

const PIECE = 50_000;

/** Piece `n` of the output: its number, again and again. */
const pieceOf = (n: number): Buffer => Buffer.alloc(PIECE, String(n));

test("no byte has another one's place when the window moves on while a gap of the log is told", async () => {
  const dir = mkdtempSync(join(tmpdir(), "hawser-session-output-"));
  try {
    // The log has pieces 0 and 4; what is between them was dropped.
    {
      await using log = OutputLog.open({ dir });
      const record = (n: number) =>
        ({ offset: BigInt(n * PIECE), stream: 1, time: 1n, bytes: pieceOf(n) }) as const;
      assert.equal(await log.append([record(0), record(4)]), 2);
    }
    // The window begins at piece 2.
    const window = new OutputWindow(2 * PIECE);
    for (const n of [2, 3, 4, 5]) window.append(1, pieceOf(n), PIECE, n * 1000);
    const frames = new AttachFrameReader();
    const given: string[] = [];
    let writableLength = 0;
    const socket = {
      get writableLength() {
        return writableLength;
      },
      cork: () => undefined,
      uncork: () => undefined,
      write(bytes: Buffer) {
        for (const { type, payload } of frames.push(bytes)) {
          if (type === AttachFrame.gap) {
            const { from, to } = readGap(payload);
            given.push(`gap ${Number(from) / PIECE}–${Number(to) / PIECE}`);
            // The client takes nothing more for now.
            writableLength = 1_000_000;
          } else {
            const { offset, bytes: output } = readOutput(payload);
            given.push(`${Number(offset) / PIECE}: ${String.fromCharCode(output[0] ?? 0)}`);
          }
        }
        return true;
      },
    };
    const broker = {
      window,
      end: undefined,
      logs: { main: {} },
      options: { wanted: { logDir: dir } },
      advanced: () => undefined,
    };
    const output = new SessionOutput(
      socket as unknown as Socket,
      broker as unknown as Broker,
      0,
      WhenSlow.WHEN_SLOW_SKIP,
      { onEnd: () => undefined, onCut: (_, message) => assert.fail(message) },
    );
    output.pump();
    await until(() => given.at(-1) === "gap 1–2", { what: `the gap, after ${given}` });
    // Meanwhile the window forgets piece 2.
    window.forget(3 * PIECE + 1_000, Number.MAX_SAFE_INTEGER);
    assert.equal(window.start, 3 * PIECE);
    writableLength = 0;
    output.pump();
    await until(() => output.offset === 6 * PIECE || writableLength > 0, { what: `more, after ${given}` });
    writableLength = 0;
    output.pump();
    await until(() => output.offset === 6 * PIECE, { what: `all, after ${given}` });
    assert.deepEqual(given, ["0: 0", "gap 1–2", "gap 2–3", "3: 3", "4: 4", "5: 5"]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
