import assert from "node:assert/strict";
import { test } from "node:test";
import { containerWish, execWish, type SpecOptions } from "../../../../manager/client/container-options.ts";
import { imageLabels, managedLabels } from "../../../../manager/client/managed-labels.ts";
import { refuses } from "../oci/support.ts";

const rows: [options: SpecOptions, wish: Record<string, unknown>, why: string][] = [
  [{}, {}, "nothing"],
  [{ args: ["a", "b"] }, { command: ["a", "b"] }, "words"],
  [{ env: { A: "1", B: undefined } }, { env: ["A=1", "B"] }, "a variable without a value goes"],
  [{ user: "web:log" }, { user: { flag: "user", value: "web:log", user: "web", group: "log" } }, "a user"],
  [{ cwd: "/x" }, { workingDir: { flag: "cwd", value: "/x", dir: "/x" } }, "a directory"],
  [
    { terminal: { columns: 3, rows: 4 } },
    { isTerminal: true, consoleSize: { width: 3, height: 4 } },
    "a terminal with a size",
  ],
  [{ terminal: true }, { isTerminal: true }, "one without"],
  [
    { network: "host", wish: { network: "none", shmBytes: 7 } },
    { network: "none", shmBytes: 7 },
    "a wish counts",
  ],
];
for (const [options, wish, why] of rows) {
  test(`containerWish(${JSON.stringify(options)}): ${why}`, () => {
    const usual = { env: [], isTerminal: false, namespace: "space", id: "web" };
    assert.deepEqual(containerWish("space", "web", options), { ...usual, ...wish });
  });
}

test("a variable needs a name", () => {
  for (const name of ["", "A=B"])
    refuses(() => containerWish("n", "i", { env: { [name]: "1" } }), /no such name/);
});

test("an exec needs a program", () => {
  refuses(() => execWish({}), /nothing to run/);
  assert.deepEqual(execWish({ args: ["x"] }), { args: ["x"], env: [], isTerminal: false });
});

test("managedLabels() says what hawserd is to do, and nothing that it does anyway", () => {
  assert.deepEqual(managedLabels({ restart: "no", autoRemove: false, hasStdin: false }, "/d/log"), {
    "hawser/managed": "true",
    "hawser/stdout": "hawser:///d/log",
  });
  const all = {
    restart: "on-failure:3",
    autoRemove: true,
    hasStdin: true,
    stopSignal: "SIGINT",
    stopTimeoutSeconds: -1,
    startBy: new Date(0),
    output: { logDir: "/mine", maxFiles: 2 },
  } as const;
  assert.deepEqual(managedLabels(all, "/d/log"), {
    "hawser/managed": "true",
    "hawser/stdout": "hawser:///mine?max-files=2",
    "hawser/stdin": "true",
    "hawser/auto-remove": "true",
    "containerd.io/restart.policy": "on-failure:3",
    "hawser/stop-signal": "SIGINT",
    "hawser/stop-timeout": "-1",
    "hawser/start-by": "1970-01-01T00:00:00.000Z",
  });
});

test("imageLabels() takes what an image may say", () => {
  const long = "x".repeat(4_096);
  const labels = { "org.x": "1", "hawser/auto-remove": "true", "containerd.io/gc.root": "1", long, "": "2" };
  assert.deepEqual(imageLabels(labels), { "org.x": "1" });
  assert.deepEqual(imageLabels(undefined), {});
});
