import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Command } from "commander";
import { defineContainerFlags } from "../../../../manager/cli/container-flags.ts";
import { containerRequest } from "../../../../manager/cli/container-request.ts";
import { Flags } from "../../../../manager/cli/flags.ts";
import { withoutSwitchValues } from "../../../../manager/cli/switch-values.ts";
import type { ContainerOptions } from "../../../../manager/client/container-options.ts";
import { useSuite } from "../../../support/suite.ts";
import { refuses } from "../oci/support.ts";

const suite = useSuite();
const env = { PATH: "/usr/sbin:/usr/bin", HOME: "/home/me" };

/** Reads a command line as `hawser run` does: the image first, then the request. */
async function read(...argv: string[]): Promise<{ image: string; request: ContainerOptions }> {
  let result: { image: string; request: Promise<ContainerOptions> } | undefined;
  const command = new Command().exitOverride().argument("<image>").argument("[words...]");
  defineContainerFlags(command);
  command.action((image: string, words: string[], values: Record<string, unknown>) => {
    result = { image, request: containerRequest(new Flags(values), words, { cwd: suite.dir, env }) };
  });
  command.configureOutput({ writeErr: () => undefined });
  await command.parseAsync(argv, { from: "user" });
  assert.ok(result);
  return { image: result.image, request: await result.request };
}

const wished: [argv: string, wish: Record<string, unknown>, why: string][] = [
  [
    "i",
    { command: [], env: [], isTerminal: false, hasInit: false, isPrivileged: false },
    "nothing asked for",
  ],
  ["i ls -l --rm", { command: ["ls", "-l", "--rm"] }, "words behind the image are its own"],
  ["-e A=1 --env HOME -e NONE i", { env: ["A=1", "HOME=/home/me", "NONE"] }, "variables"],
  ["--entrypoint x i", { entrypoint: ["x"] }, "an entrypoint"],
  ["--entrypoint= i", { entrypoint: [] }, "none"],
  ["-w /srv i", { workingDir: { flag: "--workdir", value: "/srv", dir: "/srv" } }, "a directory"],
  [
    "-u a:b --group-add c i",
    { user: { flag: "--user", value: "a:b", user: "a", group: "b" }, groupAdd: ["c"] },
    "a user",
  ],
  ["-h box i", { hostname: { flag: "--hostname", value: "box", name: "box" } }, "a hostname"],
  ["--network host i", { network: "host" }, "a network"],
  ["--net=none i", { network: "none" }, "in other words"],
  ["--dns 1.1.1.1 --dns ::1 i", { nameservers: ["1.1.1.1", "::1"] }, "name servers"],
  [
    "--dns-search a.b --dns-opt ndots:1 i",
    { searchDomains: ["a.b"], resolverOptions: ["ndots:1"] },
    "domains",
  ],
  ["--add-host db:10.0.0.5 i", { extraHosts: [{ name: "db", address: "10.0.0.5" }] }, "hosts"],
  ["--cap-add net_admin --cap-drop ALL i", { capabilities: { add: ["net_admin"], drop: ["ALL"] } }, "rights"],
  ["--security-opt no-new-privileges i", { security: { hasNoNewPrivileges: true } }, "confinement"],
  [
    "-t --init --read-only --privileged i",
    { isTerminal: true, hasInit: true, isReadOnly: true, isPrivileged: true },
    "switches",
  ],
  ["-t=false --init=false i", { isTerminal: false, hasInit: false }, "switches that are off"],
  ["--shm-size 1m i", { shmBytes: 1 << 20 }, "shared memory"],
  ["--shm-size 0 i", { shmBytes: undefined }, "none is the default"],
  ["--annotation a=b i", { annotations: { a: "b" } }, "annotations"],
  ["--oom-score-adj -5 i", { oomScore: { flag: "--oom-score-adj", value: "-5", is: -5 } }, "a score"],
];
for (const [argv, wish, why] of wished) {
  test(`${argv}: ${why}`, async () => {
    const { image, request } = await read(...argv.split(" "));
    assert.equal(image, "i");
    assert.partialDeepStrictEqual(request.wish, wish);
  });
}

test("limits are read, and docker's zero is none", async () => {
  const { request } = await read(
    "-m",
    "64m",
    "--cpus=0",
    "--cpu-shares=0",
    "--pids-limit=9",
    "--cpuset-cpus=0-1",
    "i",
  );
  assert.deepEqual(JSON.parse(JSON.stringify(request.wish?.resources)), {
    memory: { flag: "--memory", value: "64m", is: 64 << 20 },
    pids: { flag: "--pids-limit", value: "9", is: 9 },
    cpusetCpus: { flag: "--cpuset-cpus", value: "0-1", is: [0, 1] },
    readBytes: [],
    writeBytes: [],
    readOperations: [],
    writeOperations: [],
  });
});

test("mounts are relative to where the command was given", async () => {
  mkdirSync(join(suite.dir, "data"));
  const { request } = await read(
    "-v",
    "./data:/d:ro",
    "--tmpfs",
    "/t",
    "--mount",
    "type=bind,src=./data,dst=/e",
    "i",
  );
  assert.deepEqual(
    request.wish?.mounts?.map((mount) => [mount.kind, mount.target, "source" in mount && mount.source]),
    [
      ["bind", "/d", join(suite.dir, "data")],
      ["bind", "/e", join(suite.dir, "data")],
      ["tmpfs", "/t", false],
    ],
  );
});

const managed: [argv: string, managed: Record<string, unknown>][] = [
  ["i", { autoRemove: false, restart: "no", hasStdin: false, output: {} }],
  ["--rm -i i", { autoRemove: true, hasStdin: true }],
  ["--restart on-failure:3 i", { restart: "on-failure:3" }],
  ["--restart on-failure:0 i", { restart: "on-failure" }],
  ["--stop-signal int --stop-timeout -1 i", { stopSignal: "SIGINT", stopTimeoutSeconds: -1 }],
  ["--timeout 1m30s --log-opt max-size=1m i", { output: { timeoutMs: 90_000, maxFileBytes: 1 << 20 } }],
  ["--log-opt max-file=2 --log-opt on-full-disk=drop i", { output: { maxFiles: 2, onFullDisk: "drop" } }],
  [
    "--log-opt ring-size=64k --log-opt max-rate=1m --log-opt cri-log=/x i",
    { output: { ringBytes: 65_536, maxBytesPerSecond: 1 << 20, criLogPath: "/x" } },
  ],
];
for (const [argv, wish] of managed) {
  test(`${argv} is how hawserd looks after it`, async () => {
    const { request } = await read(...argv.split(" "));
    assert.partialDeepStrictEqual(request.managed, wish);
  });
}

test("labels come from files and flags, and the flag counts", async () => {
  writeFileSync(join(suite.dir, "labels"), "# ours\na=file\nb=file\n\nc\n");
  const { request } = await read("--label-file", join(suite.dir, "labels"), "-l", "a=flag", "i");
  assert.deepEqual(request.labels, { a: "flag", b: "file", c: "" });
});

test("a runtime is a program, or the name of a shim", async () => {
  const runtime = async (name: string) => {
    const { request } = await read("--runtime", name, "i");
    return [
      request.runtime,
      request.runtimeOptions && Buffer.from(request.runtimeOptions.value).toString("latin1"),
    ];
  };
  assert.deepEqual(await runtime("io.containerd.hawser.v2"), ["io.containerd.hawser.v2", undefined]);
  assert.deepEqual(await runtime("sh"), [undefined, "2\x02sh"]);
  assert.deepEqual(await runtime("/bin/sh"), [undefined, "2\x07/bin/sh"]);
});

const refused: [argv: string, message: RegExp][] = [
  ["-p 80:80 i", /^-p|--publish "80:80": hawser has no ports to publish; use --network host$/],
  ["--rm --restart always i", /^--rm and --restart: one removes it/],
  ["--restart sometimes i", /^--restart "sometimes": no policy; write no,/],
  ["--name -x i", /^--name "-x": it begins with "-"; a name has/],
  ["--name x --runtime /no/runtime i", /^--runtime "\/no\/runtime": there is no such program; write/],
  ["--runtime no-runtime i", /^--runtime "no-runtime": there is no such program in PATH; write/],
  ["--network bridge i", /^--network "bridge": hawser has no such network; write none or host$/],
  ["--network host --net host i", /^--net: it is another word for --network/],
  ["--pull always i", /^--pull "always": hawser does not pull/],
  ["--pull often i", /^--pull "often": no policy/],
  ["--label hawser/name=x i", /^--label "hawser\/name": labels that begin so are hawser's own/],
  ["--log-opt size=1 i", /^--log-opt "size=1": not understood; write name=value, with max-size/],
  ["--log-opt max-size=0 i", /^--log-opt max-size "0": a file has/],
  ["--log-opt on-full-disk=x i", /^--log-opt on-full-disk "x": no policy/],
  ["--log-opt cri-log=x i", /^--log-opt cri-log "x": no absolute path/],
  ["--dns x i", /^--dns "x": no address/],
  ["--env-file /no/file i", /^--env-file "\/no\/file": read the file: ENOENT/],
  ["--label-file /dev/null i", /^--label-file "\/dev\/null": read the file: it is no file/],
  ["--stop-signal NONE i", /^--stop-signal "NONE": there is no such signal/],
  ["--stop-timeout x i", /^--stop-timeout "x": no whole number/],
  ["--init=maybe i", /^--init "maybe": it is on or off/],
];
for (const [argv, message] of refused) {
  test(`${argv} is refused`, async () => {
    const error = await read(...argv.split(" ")).then(
      () => undefined,
      (caught: Error) => caught,
    );
    refuses(() => {
      throw error;
    }, message);
  });
}

const switches: [argv: string, kept: string][] = [
  ["--rm=true -d=false i --rm=true", "--rm i --rm=true"],
  ["-e --rm=true --rm=1 i", "-e --rm=true --rm i"],
  ["-ie --rm=false i", "-ie --rm=false i"],
  ["-eA --rm=0 i", "-eA i"],
  ["--env A --rm=F -- --rm=true", "--env A -- --rm=true"],
  ["--unknown=true i", "--unknown=true i"],
];
for (const [argv, kept] of switches) {
  test(`withoutSwitchValues(${argv})`, () => {
    const command = new Command().option("--rm").option("-d, --detach").option("-i").option("-e, --env <x>");
    assert.equal(withoutSwitchValues(argv.split(" "), command.options).join(" "), kept);
  });
}
