import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isFailedPrecondition } from "../../../../proto/errors.ts";
import {
  chooseRuntime,
  decideRuntime,
  parseCrunVersion,
  type RuntimeFacts,
  readCgroupLayout,
} from "../../../../shim/oci/choose.ts";

const root = mkdtempSync(join(tmpdir(), "hawser-choose-"));
after(() => rmSync(root, { recursive: true, force: true }));

const crun = (version: string | undefined, ...features: string[]) => ({ version, features });
const usual: RuntimeFacts = {
  crun: crun("1.8.1"),
  hasRunc: true,
  ociVersion: "1.0.2",
  cgroupLayout: "hybrid",
  needs: {},
};

const rows: [facts: Partial<RuntimeFacts>, binary: "crun" | "runc", why: string][] = [
  [{}, "crun", "all fits"],
  [{ crun: undefined }, "runc", "there is no crun"],
  [{ hasRunc: false }, "crun", "there is no runc"],
  [{ ociVersion: "1.0.0" }, "crun", "tried"],
  [{ ociVersion: "1.0.2-dev" }, "crun", "tried"],
  [{ ociVersion: "1.1.0" }, "crun", "tried"],
  [{ ociVersion: "1.1.0-rc.1" }, "crun", "tried"],
  [{ ociVersion: "1.1.0+dev" }, "crun", "tried"],
  [{ ociVersion: "1.0" }, "crun", "tried"],
  [{ ociVersion: "1" }, "runc", "refused when tried"],
  [{ ociVersion: "1.2.0" }, "runc", "refused when tried"],
  [{ ociVersion: "1.10.0" }, "runc", "is not 1.1"],
  [{ ociVersion: "0.9.0" }, "runc", "refused when tried"],
  [{ ociVersion: "" }, "runc", "refused when tried"],
  [{ ociVersion: undefined }, "runc", "refused when tried"],
  [
    { ociVersion: "1.2.0", hasRunc: false },
    "crun",
    "there is nothing better, and its error says what is wrong",
  ],
  [{ ociVersion: "1.2.0", crun: crun("1.14.1") }, "runc", "it still looks at the version"],
  [{ ociVersion: "1.2.0", crun: crun("1.14.2") }, "runc", "some of its commands still look at the version"],
  [{ ociVersion: "1.2.0", crun: crun("1.14.3") }, "crun", "it does not look at the version any more"],
  [{ ociVersion: "1.3.0", crun: crun("1.15") }, "crun", "a version of two numbers"],
  [{ ociVersion: "1.2.1", crun: crun("2.0.0") }, "crun", "newer than anything known"],
  [{ ociVersion: undefined, crun: crun("1.26") }, "crun", "it does not look at the version"],
  [{ crun: crun("1.8") }, "runc", "older than any that was tried"],
  [{ crun: crun("0.21") }, "runc", "older than any that was tried"],
  [{ crun: crun("1.10") }, "crun", "ten is newer than eight"],
  [{ crun: crun("UNKNOWN") }, "runc", "nobody knows what it is"],
  [{ crun: crun(undefined) }, "runc", "it did not answer"],
  [{ cgroupLayout: "v1" }, "crun", "no v2 at all"],
  [{ cgroupLayout: "v2" }, "crun", "v2 alone"],
  [{ cgroupLayout: "mixed" }, "runc", "a controller is left on v2 beside v1"],
  [{ needs: { checkpoint: true } }, "runc", "built without criu"],
  [{ needs: { checkpoint: true }, crun: crun("1.8.1", "CRIU") }, "crun", "built with criu"],
  [{ needs: { systemdCgroup: true } }, "runc", "built without systemd"],
  [{ needs: { systemdCgroup: true }, crun: crun("1.8.1", "SYSTEMD") }, "crun", "built with systemd"],
  [{ needs: { seccomp: true } }, "runc", "built without seccomp"],
  [{ needs: { seccomp: true }, crun: crun("1.8.1", "SECCOMP") }, "crun", "built with seccomp"],
];
for (const [facts, binary, why] of rows) {
  test(`decideRuntime(${JSON.stringify(facts)}) is ${binary}: ${why}`, () => {
    const choice = decideRuntime({ ...usual, ...facts });
    assert.equal(choice.binary, binary);
    assert.notEqual(choice.reason, "");
  });
}

test("decideRuntime() without crun and runc says what to install", () => {
  assert.throws(
    () => decideRuntime({ ...usual, crun: undefined, hasRunc: false }),
    (error) => isFailedPrecondition(error) && /install crun or runc/.test((error as Error).message),
  );
});

test("parseCrunVersion() reads version and features, and survives anything", () => {
  const text =
    "crun version 1.8.1\ncommit: f8a0\nrundir: /run/crun\nspec: 1.0.0\n+SYSTEMD +SECCOMP +EBPF +YAJL";
  assert.deepEqual(parseCrunVersion(text), {
    version: "1.8.1",
    features: ["SYSTEMD", "SECCOMP", "EBPF", "YAJL"],
  });
  assert.deepEqual(parseCrunVersion("runc version 1.1.5"), { version: undefined, features: [] });
  assert.deepEqual(parseCrunVersion(""), { version: undefined, features: [] });
});

const layouts: [files: Record<string, string>, layout: string][] = [
  [{}, "v1"],
  [{ "unified/cgroup.controllers": "\n" }, "hybrid"],
  [{ "unified/cgroup.controllers": "hugetlb\n" }, "mixed"],
  [{ "cgroup.controllers": "cpu memory\n" }, "v2"],
];
for (const [files, layout] of layouts) {
  test(`readCgroupLayout() of ${JSON.stringify(files)} is ${layout}`, () => {
    const dir = mkdtempSync(join(root, "cgroup-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(dir, name, ".."), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    assert.equal(readCgroupLayout(dir), layout);
  });
}

/** A $PATH with programs that count how often they are asked. */
function machine(programs: Record<string, string>) {
  const dir = mkdtempSync(join(root, "machine-"));
  const install = (name: string, answer: string) => {
    writeFileSync(join(dir, name), `#!/bin/sh\necho asked >>${dir}/${name}.asked\n${answer}\n`);
    chmodSync(join(dir, name), 0o755);
  };
  for (const [name, answer] of Object.entries(programs)) install(name, answer);
  const stateDir = join(dir, "state");
  mkdirSync(stateDir);
  return {
    dir,
    install,
    memory: join(stateDir, "oci-runtimes.json"),
    options: {
      ociVersion: "1.0.2",
      path: `${dir}:/usr/bin:/bin`,
      stateDir,
      cgroupRoot: join(dir, "no-cgroups"),
    },
    timesAsked(name: string) {
      try {
        return readFileSync(join(dir, `${name}.asked`), "utf8")
          .trim()
          .split("\n").length;
      } catch {
        return 0;
      }
    },
  };
}
const crunSays = (version: string) => `echo crun version ${version}; echo +SECCOMP`;

test("chooseRuntime() asks crun once, remembers it for us alone, and never runs runc", async () => {
  const { options, dir, timesAsked, memory } = machine({ crun: crunSays("1.8.1"), runc: "exit 1" });
  assert.deepEqual(await chooseRuntime(options), {
    binary: "crun",
    reason: "crun is installed and fits",
    file: join(dir, "crun"),
  });
  assert.equal((await chooseRuntime({ ...options, ociVersion: "1.2.0" })).file, join(dir, "runc"));
  assert.equal(timesAsked("crun"), 1);
  assert.equal(timesAsked("runc"), 0);
  assert.equal(statSync(memory).mode & 0o777, 0o600);
});

test("chooseRuntime() asks anew when the binary is another one", async () => {
  const { options, timesAsked, install } = machine({ crun: crunSays("1.8.1"), runc: "" });
  await chooseRuntime(options);
  install("crun", `${crunSays("1.15.0")} # longer`);
  assert.equal((await chooseRuntime({ ...options, ociVersion: "1.2.0" })).binary, "crun");
  assert.equal(timesAsked("crun"), 2);
});

for (const [what, content] of [
  ["garbage", "{{{"],
  ["null", "null"],
  ["other JSON", '{"a":{"version":1,"features":"x"},"b":[]}'],
]) {
  test(`chooseRuntime() finds out anew when the file holds ${what}, and mends it`, async () => {
    const { options, timesAsked, memory } = machine({ crun: crunSays("1.8.1"), runc: "" });
    writeFileSync(memory, content ?? "");
    assert.equal((await chooseRuntime(options)).binary, "crun");
    assert.equal((await chooseRuntime(options)).binary, "crun");
    assert.equal(timesAsked("crun"), 1);
  });
}

test("chooseRuntime() takes runc when crun fails or says something else, and asks again the next time", async () => {
  const { options, timesAsked } = machine({ crun: "echo broken; exit 1", runc: "" });
  assert.equal((await chooseRuntime(options)).binary, "runc");
  assert.equal((await chooseRuntime(options)).binary, "runc");
  assert.equal(timesAsked("crun"), 2);
});

test("chooseRuntime() works without a place to remember", async () => {
  const { options } = machine({ crun: crunSays("1.8.1") });
  for (const stateDir of [undefined, "/proc/nowhere"]) {
    assert.equal((await chooseRuntime({ ...options, stateDir })).binary, "crun");
  }
});

test("chooseRuntime() makes the place to remember, for us alone", async () => {
  const { options, timesAsked } = machine({ crun: crunSays("1.8.1") });
  const stateDir = join(root, "missing");
  for (let round = 0; round < 2; round++) await chooseRuntime({ ...options, stateDir });
  assert.equal(timesAsked("crun"), 1);
  assert.equal(statSync(stateDir).mode & 0o777, 0o700);
});

test("chooseRuntime() passes over what is no program, and fails when nothing is left", async () => {
  const { options, dir } = machine({});
  mkdirSync(join(dir, "crun"));
  writeFileSync(join(dir, "runc"), "not executable");
  await assert.rejects(chooseRuntime({ ...options, path: `${dir}::relative` }), isFailedPrecondition);
});
