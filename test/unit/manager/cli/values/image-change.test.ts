import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageChange } from "../../../../../manager/cli/values/image-change.ts";

const rows: [string, object, object, string][] = [
  ['CMD ["sh", "-c", "date"]', {}, { Cmd: ["sh", "-c", "date"] }, "a list is taken as it is"],
  ["CMD date +%s", {}, { Cmd: ["/bin/sh", "-c", "date +%s"] }, "a line is the shell's"],
  ["entrypoint []", { Entrypoint: ["x"] }, { Entrypoint: [] }, "small letters do; an empty list takes away"],
  ["ENV A=1", { Env: ["A=0", "B=2"] }, { Env: ["B=2", "A=1"] }, "a variable is replaced"],
  ['ENV A="x y"', {}, { Env: ["A=x y"] }, "quotes are for the eye"],
  ["ENV A x y", {}, { Env: ["A=x y"] }, "the old form"],
  ["EXPOSE 80", {}, { ExposedPorts: { "80/tcp": {} } }, "tcp without a word"],
  [
    "EXPOSE 53/udp",
    { ExposedPorts: { "80/tcp": {} } },
    { ExposedPorts: { "80/tcp": {}, "53/udp": {} } },
    "added",
  ],
  ["LABEL a=b", {}, { Labels: { a: "b" } }, "a label"],
  ['VOLUME ["/a"]', {}, { Volumes: { "/a": {} } }, "a volume"],
  ["WORKDIR /srv", {}, { WorkingDir: "/srv" }, "a directory"],
  ["USER 1000:1000", {}, { User: "1000:1000" }, "a user"],
  ["STOPSIGNAL SIGINT", {}, { StopSignal: "SIGINT" }, "a signal"],
];

for (const [text, before, after, why] of rows) {
  test(`parseImageChange() reads ${text}: ${why}`, () => {
    const config = structuredClone(before) as Record<string, unknown>;
    parseImageChange(text)(config);
    assert.deepEqual(config, after);
  });
}

test("parseImageChange() says what it cannot read", () => {
  const refused = [
    ["RUN date", /--change "RUN date": expected one of CMD, ENTRYPOINT/],
    ["CMD", /expected one of/],
    ["CMD [sh]", /the list is no JSON/],
    ["CMD [1]", /a list of strings was expected/],
    ["ENV A", /NAME=value was expected/],
    ["EXPOSE 99999", /a port was expected/],
  ] as const;
  for (const [text, message] of refused) assert.throws(() => parseImageChange(text), { message });
});
