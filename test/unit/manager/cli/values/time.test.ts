import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTime } from "../../../../../manager/cli/values/time.ts";
import { isInvalidArgument } from "../../../../../proto/errors.ts";

const now = new Date("2026-01-31T12:00:00.000Z");
const local = (text: string) => new Date(text).toISOString();

const rows: readonly (readonly [text: string, time: string])[] = [
  ["2013-01-02T13:23:37Z", "2013-01-02T13:23:37.000Z"],
  ["2013-01-02T13:23:37.123456789Z", "2013-01-02T13:23:37.123Z"],
  ["2013-01-02t13:23:37+02:00", "2013-01-02T11:23:37.000Z"],
  ["2013-01-02 13:23:37Z", "2013-01-02T13:23:37.000Z"],
  ["2013-01-02T13:23Z", "2013-01-02T13:23:00.000Z"],
  ["2013-01-02T13Z", "2013-01-02T13:00:00.000Z"],
  ["2013-01-02T13:23:37", local("2013-01-02T13:23:37")],
  ["2013-01-02", local("2013-01-02T00:00:00")],
  ["10m", "2026-01-31T11:50:00.000Z"],
  ["1h30m", "2026-01-31T10:30:00.000Z"],
  ["1.5s", "2026-01-31T11:59:58.500Z"],
  ["0s", "2026-01-31T12:00:00.000Z"],
  ["1136073845", "2006-01-01T00:04:05.000Z"],
  ["1136073845.000000001", "2006-01-01T00:04:05.000Z"],
  ["0", "1970-01-01T00:00:00.000Z"],
];

for (const [text, time] of rows) {
  test(`"${text}" is ${time}`, () => assert.equal(parseTime("--since", text, now).toISOString(), time));
}

for (const text of ["", "yesterday", "2013-13-02", "2013-01-02T25:00:00Z", "-5m", "10x", "1e3", "2013-1-2"]) {
  test(`"${text}" is no time`, () => {
    assert.throws(
      () => parseTime("--since", text, now),
      (error) =>
        isInvalidArgument(error) && /--since/.test(String(error)) && /how long ago/.test(String(error)),
    );
  });
}
