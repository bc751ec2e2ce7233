import assert from "node:assert/strict";
import { test } from "node:test";
import {
  containerSpec,
  execProcess,
  mergeEnv,
  type SpecOptions,
} from "../../../../manager/client/container-spec.ts";
import { type ImageConfig, readImageConfig } from "../../../../manager/client/image-config.ts";
import { signalNumber } from "../../../../manager/client/signal-number.ts";
import { chainIds } from "../../../../manager/client/unpack.ts";
import { HawserError } from "../../../../proto/errors.ts";

const image: ImageConfig = {
  diffIds: [],
  env: ["A=1", "B=2"],
  entrypoint: ["/entry"],
  cmd: ["default"],
  workingDir: "/work",
  user: "7:8",
  labels: {},
  stopSignal: "",
};

function spec(options: SpecOptions, config: ImageConfig | undefined = image) {
  return containerSpec({ id: "web", namespace: "space", config, ...options });
}

test("arguments come behind the image's entry point, in place of its own", () => {
  assert.deepEqual(spec({}).process.args, ["/entry", "default"]);
  assert.deepEqual(spec({ args: ["mine"] }).process.args, ["/entry", "mine"]);
  assert.deepEqual(spec({ args: ["mine"] }, { ...image, entrypoint: [] }).process.args, ["mine"]);
  assert.throws(() => spec({}, { ...image, entrypoint: [], cmd: [] }), /nothing to run/);
});

test("user, directory and cgroup are the image's and the container's own", () => {
  const { process, linux, hostname } = spec({});
  assert.deepEqual([process.user.uid, process.user.gid, process.cwd], [7, 8, "/work"]);
  assert.deepEqual([linux.cgroupsPath, hostname], ["/space/web", "web"]);
  assert.equal(spec({ user: "5" }).process.user.uid, 5);
  for (const user of ["nobody", "1:users", "-1", "1:", " 1"]) {
    assert.throws(
      () => spec({ user }),
      (error) => error instanceof HawserError && error.message.includes(`"${user}"`),
    );
  }
});

test("the caller has the last word, in place or with another specification", () => {
  const changed = spec({
    spec: (it) => {
      it.root.path = "/elsewhere";
      return undefined;
    },
  });
  assert.equal(changed.root.path, "/elsewhere");
  const other = spec({});
  assert.equal(spec({ spec: () => other }), other);
});

test("a terminal may have a size, and an exec has its own", () => {
  const { process } = spec({ terminal: { columns: 3, rows: 4 } });
  assert.deepEqual([process.terminal, process.consoleSize], [true, { width: 3, height: 4 }]);
  const exec = execProcess(process, { args: ["x"], env: { A: undefined, C: "3" }, cwd: "/tmp" });
  assert.deepEqual([exec.terminal, exec.consoleSize, exec.cwd], [false, undefined, "/tmp"]);
  assert.deepEqual(exec.env.slice(-2), ["B=2", "C=3"]);
  assert.deepEqual(exec.user, process.user);
});

test("mergeEnv() keeps places, takes the last value, and refuses names that are none", () => {
  assert.deepEqual(mergeEnv(["A=1", "B=x=y", "A=2", "C"], { B: "z", D: "" }), ["A=2", "B=z", "C=", "D="]);
  assert.throws(() => mergeEnv([], { "A=B": "1" }), /A=B/);
  assert.throws(() => mergeEnv([], { "": "1" }), /no such name/);
});

test("signalNumber() knows names in any spelling, and numbers", () => {
  for (const signal of ["SIGTERM", "TERM", "sigterm", 15, "15"]) assert.equal(signalNumber(signal), 15);
  assert.equal(signalNumber(64), 64);
  for (const signal of ["", "SIG", "NOPE", 0, 65, -1, 1.5])
    assert.throws(() => signalNumber(signal), /signal/);
});

test("chainIds() is the rule of the image specification", () => {
  // Computed with sha256sum from the text "sha256:a sha256:b".
  const [first, second] = chainIds(["sha256:a", "sha256:b"]);
  assert.equal(first, "sha256:a");
  assert.equal(second, "sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8");
  assert.deepEqual(chainIds([]), []);
});

test("a configuration of a stranger is read, or refused with the field", () => {
  const read = (config: unknown) => readImageConfig(Buffer.from(JSON.stringify({ config })), "it");
  assert.deepEqual(read(null).cmd, []);
  assert.deepEqual(read({ Cmd: ["a"], Labels: { x: "y" } }).labels, { x: "y" });
  assert.throws(() => read({ Env: "A=1" }), /Env/);
  assert.throws(() => read({ Cmd: [1] }), /Cmd/);
  assert.throws(() => read([]), /config/);
});
