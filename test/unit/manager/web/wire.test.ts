import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeOutput, encodeOutput, parsePageMessage } from "../../../../manager/web/wire.ts";

test("a frame of output comes out as it went in, whatever stands around it in memory", () => {
  const frame = { offset: 2n ** 63n + 5n, isError: true, bytes: Uint8Array.of(0, 255, 13) };
  const around = new Uint8Array(30);
  around.set(encodeOutput(frame), 7);
  assert.deepEqual(decodeOutput(around.subarray(7, 19)), frame);
  assert.equal(decodeOutput(encodeOutput({ ...frame, isError: false })).isError, false);
  assert.throws(() => decodeOutput(new Uint8Array(8)), RangeError);
});

const cases: readonly [text: string, isTaken: boolean][] = [
  ['{"type":"resize","columns":80,"rows":24}', true],
  ['{"type":"resize","columns":65535,"rows":1}', true],
  ['{"type":"resize","columns":0,"rows":0}', false],
  ['{"type":"resize","columns":65536,"rows":24}', false],
  ['{"type":"resize","columns":1.5,"rows":24}', false],
  ['{"type":"resize","columns":"80","rows":24}', false],
  ['{"type":"shown","offset":"18446744073709551615"}', true],
  ['{"type":"shown","offset":5}', false],
  ['{"type":"shown","offset":"-5"}', false],
  ['{"type":"kill"}', false],
  ["null", false],
  ["[]", false],
  ["{", false],
  ["", false],
];
for (const [text, isTaken] of cases) {
  test(`parsePageMessage(${text}) ${isTaken ? "is a message" : "is nothing"}`, () => {
    assert.equal(parsePageMessage(text) !== undefined, isTaken);
  });
}
