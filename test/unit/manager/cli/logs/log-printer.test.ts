import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Output } from "../../../../../manager/cli/cli.ts";
import { type LOG_FORMATS, logPrinter } from "../../../../../manager/cli/logs/log-printer.ts";
import type { LogGap, LogRecord } from "../../../../../manager/client/logs.ts";

type Part = LogRecord | LogGap;

/** An output that keeps what is written. */
class KeptOutput implements Output {
  readonly isTerminal = false;
  readonly columns = Number.POSITIVE_INFINITY;
  readonly hasColour = false;
  readonly writes: Buffer[] = [];

  async write(data: string | Uint8Array): Promise<void> {
    this.writes.push(Buffer.from(data as string));
  }

  async line(text: string): Promise<void> {
    await this.write(`${text}\n`);
  }

  get text(): string {
    return Buffer.concat(this.writes).toString();
  }
}

const SECOND = 1_000_000_000n;

/** Records, one after the other, a second apart; "2:text" is stderr. */
function records(...texts: (string | Buffer)[]): LogRecord[] {
  let offset = 0n;
  return texts.map((text, index) => {
    const isError = typeof text === "string" && text.startsWith("2:");
    const bytes = typeof text === "string" ? Buffer.from(text.replace(/^[12]:/, "")) : text;
    const timeNs = 1_136_073_845n * SECOND + BigInt(index) * SECOND + 7n;
    const record = {
      kind: "record",
      offset,
      stream: isError ? "stderr" : "stdout",
      time: new Date(0),
      timeNs,
      bytes,
    } as const;
    offset += BigInt(bytes.length);
    return record;
  });
}

const gap: LogGap = { kind: "gap", from: 10n, to: 30n, reason: "rotated" };

async function printed(format: (typeof LOG_FORMATS)[number], hasTimes: boolean, parts: readonly Part[]) {
  const [out, err] = [new KeptOutput(), new KeptOutput()];
  const printer = logPrinter(format, { hasTimes }, { out, err });
  for (const part of parts) await printer.print(part);
  await printer.end();
  return { out, err };
}

test("text is what was written, each stream to its own output, gaps to standard error", async () => {
  const { out, err } = await printed("text", false, [
    ...records("a\nb", "2:x\n", "c\n"),
    gap,
    ...records("end"),
  ]);
  assert.equal(out.text, "a\nbc\nend");
  assert.equal(err.text, "x\nhawser: 20 bytes are not kept any more (from offset 10 to 30)\n");
});

test("with times each line begins with the time of its first byte, whole however it came", async () => {
  const { out, err } = await printed("text", true, records("a\nb", "2:x\n", "c\n", "end"));
  assert.equal(
    out.text,
    "2006-01-01T00:04:05.000000007Z a\n2006-01-01T00:04:05.000000007Z bc\n2006-01-01T00:04:08.000000007Z end\n",
  );
  assert.equal(err.text, "2006-01-01T00:04:06.000000007Z x\n");
});

test("JSON has a line for each line, with its place; what is no text is base64, what is missing is a line, too", async () => {
  const { out, err } = await printed("json", false, [
    ...records("é\n", "2:x\n", Buffer.from([0xff, 0x0a]), "end"),
    gap,
  ]);
  assert.equal(err.text, "");
  const lines = out.text.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { time: "2006-01-01T00:04:05.000000007Z", stream: "stdout", offset: 0, log: "é\n" },
      { time: "2006-01-01T00:04:06.000000007Z", stream: "stderr", offset: 3, log: "x\n" },
      { time: "2006-01-01T00:04:07.000000007Z", stream: "stdout", offset: 5, base64: "/wo=" },
      { time: "2006-01-01T00:04:08.000000007Z", stream: "stdout", offset: 7, partial: true, log: "end" },
      { gap: { from: 10, to: 30, reason: "rotated" } },
    ],
  );
});

test("CRI has the tags F and P, and both streams in one output", async () => {
  const { out, err } = await printed("cri", false, [...records("a\n", "2:x\n", "end"), gap]);
  assert.equal(
    out.text,
    "2006-01-01T00:04:05.000000007Z stdout F a\n2006-01-01T00:04:06.000000007Z stderr F x\n" +
      "2006-01-01T00:04:07.000000007Z stdout P end\n",
  );
  assert.match(err.text, /20 bytes are not kept/);
});

test("a character that came in two records is written in one piece, also with stderr in between", async () => {
  const bytes = Buffer.from("a€b");
  const parts = records(bytes.subarray(0, 2), "2:x", bytes.subarray(2));
  const { out } = await printed("text", false, parts);
  assert.deepEqual(
    out.writes.map((write) => write.toString()),
    ["a", "€b"],
  );
});

test("any bytes in any pieces: nothing is lost, doubled or held for ever, in every format that keeps bytes", async () => {
  const piece = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
      const whole = Buffer.concat(pieces);
      const parts = records(...pieces);
      const { out } = await printed("text", false, parts);
      assert.deepEqual(Buffer.concat(out.writes), whole);
      const { out: json } = await printed("json", false, parts);
      const back = json.text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { log?: string; base64?: string })
        .map(({ log, base64 = "" }) =>
          log === undefined ? Buffer.from(base64, "base64") : Buffer.from(log),
        );
      assert.deepEqual(Buffer.concat(back), whole);
    }),
  );
});
