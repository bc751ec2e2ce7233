import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageConfig } from "../../../../manager/oci/image-config.ts";
import { refuses } from "./support.ts";

const parse = (text: string) => parseImageConfig(Buffer.from(text), "image configuration");

test("parseImageConfig() takes what is there, and null for nothing", () => {
  const config = {
    User: "app:app",
    Env: ["A=1"],
    Entrypoint: ["/ep"],
    Cmd: null,
    WorkingDir: "/srv",
    StopSignal: "SIGINT",
    Labels: { a: "b" },
    Volumes: { "/data": {} },
  };
  assert.deepEqual(parse(JSON.stringify({ architecture: "amd64", config })), {
    user: "app:app",
    env: ["A=1"],
    entrypoint: ["/ep"],
    workingDir: "/srv",
    stopSignal: "SIGINT",
    labels: { a: "b" },
  });
  assert.deepEqual(parse("{}"), {});
  assert.deepEqual(parse('{"config":null}'), {});
});

const refused: [text: string, message: RegExp][] = [
  ["{", /^read image configuration: /],
  ["[]", /it is no object/],
  ['{"config":[]}', /"config" is no object/],
  ['{"config":{"Env":"A=1"}}', /"config.Env" has the wrong type/],
  ['{"config":{"Cmd":[1]}}', /"config.Cmd" has the wrong type/],
  ['{"config":{"Labels":{"a":1}}}', /"config.Labels" has the wrong type/],
  ['{"config":{"User":"a\\u0000b"}}', /"config.User" has the wrong type/],
];
for (const [text, message] of refused) {
  test(`parseImageConfig(${text}) is refused`, () => {
    refuses(() => parse(text), message);
  });
}
