import assert from "node:assert/strict";
import { test } from "node:test";
import { environmentOf, mergeEnvironment, variableIn } from "../../../../manager/oci/environment.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

test("what is there unasked comes first, and the image's and the wish take its place", () => {
  assert.deepEqual(environmentOf({}), [PATH]);
  assert.deepEqual(environmentOf({ hostname: "box", homeDir: "/root", isTerminal: true }), [
    PATH,
    "HOSTNAME=box",
    "TERM=xterm",
    "HOME=/root",
  ]);
  assert.deepEqual(
    environmentOf({
      image: ["PATH=/bin", "A=1", "HOME=/image"],
      asked: ["A=2", "B=x=y", "HOME"],
      homeDir: "/root",
    }),
    ["PATH=/bin", "A=2", "B=x=y"],
  );
});

test("later lists win, and a value may be empty", () => {
  assert.deepEqual(mergeEnvironment(["A=1", "B=2"], ["A="], ["C=3", "B"]), ["A=", "C=3"]);
  assert.equal(variableIn(["A=1", "AB=2", "A=3"], "A"), "3");
  assert.equal(variableIn(["AB=2"], "A"), undefined);
});
