// What a terminal has been sent, and what puts it at rest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ScreenModes } from "../../../../../manager/cli/terminal/screen-modes.ts";

const cases: readonly [why: string, sent: string, restored: string][] = [
  ["plain text", "hello\r\n", ""],
  ["colours alone", "\x1b[31mred\x1b[0m", ""],
  ["another screen", "\x1b[?1049h~", "\x1b[?1049l\x1b[0m"],
  ["another screen that was left", "\x1b[?1049h~\x1b[?1049l", ""],
  ["a hidden cursor", "\x1b[?25l", "\x1b[?25h\x1b[0m"],
  ["a cursor that is shown again", "\x1b[?25l\x1b[?25h", ""],
  ["several at once", "\x1b[?1000;1006;2004h", "\x1b[?1000l\x1b[?1006l\x1b[?2004l\x1b[0m"],
  ["the keypad", "\x1b=", "\x1b>\x1b[0m"],
  ["the keypad, back", "\x1b=\x1b>", ""],
  ["modes that are nobody's business", "\x1b[?7l\x1b[?12h\x1b[4h", ""],
  ["escape upon escape", "\x1b\x1b\x1b[?1049h", "\x1b[?1049l\x1b[0m"],
  ["a sequence without an end", `\x1b[?${"1".repeat(1000)}h\x1b[?25l`, "\x1b[?25h\x1b[0m"],
];

for (const [why, sent, restored] of cases) {
  test(`ScreenModes: ${why}, whole and a byte at a time`, () => {
    const whole = new ScreenModes();
    whole.push(Buffer.from(sent, "latin1"));
    assert.equal(whole.restore(), restored);
    const pieces = new ScreenModes();
    for (const byte of Buffer.from(sent, "latin1")) pieces.push(Uint8Array.of(byte));
    assert.equal(pieces.restore(), restored);
  });
}
