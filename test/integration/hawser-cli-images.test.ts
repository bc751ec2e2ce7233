// Images by the command line: in and out of archives, names, removal, and what is refused.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import { writeBusyboxRootfs } from "../../manager/images/embedded-busybox.ts";
import { begin } from "../support/begin.ts";
import { type CommandOptions, type CommandResult, command } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;
let archive = "";
const program = resolve(import.meta.dirname, "../../bin/hawser");

before(async () => {
  archive = await begin(suite);
  const dir = join(suite.dir, "d");
  mkdirSync(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
});

async function hawser(...args: string[]): Promise<string> {
  return (await hawserd.hawser(args)).stdout;
}

async function failing(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return await hawserd.hawser(args, { ...options, status: "any" });
}

const listed = async () =>
  (await hawser("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n").filter(Boolean);

async function emptyStore(): Promise<void> {
  await hawser("system", "prune", "-a", "-f");
  assert.deepEqual(await listed(), []);
}

for (const from of ["a file", "standard input"] as const) {
  test(`an archive is loaded from ${from}, tagged, saved, removed and loaded again`, async () => {
    await emptyStore();
    const loaded =
      from === "a file"
        ? await hawser("load", "-i", archive)
        : (await hawserd.hawser(["load"], { input: readFileSync(archive) })).stdout;
    assert.equal(loaded, `Loaded image: ${imageName}\n`);
    await hawser("tag", imageName, "shell:1");
    assert.deepEqual(await listed(), ["shell:1", imageName]);
    const saved = join(suite.dir, `${from === "a file" ? "f" : "s"}.tar`);
    if (from === "a file") await hawser("save", "-o", saved, "shell:1");
    else writeFileSync(saved, (await hawserd.hawser(["save", "shell:1"])).bytes);
    assert.equal(await hawser("rmi", "shell:1"), "Untagged: shell:1\n");
    assert.match(await hawser("rmi", imageName), /^Untagged: .*\nDeleted: sha256:[0-9a-f]{64}\n$/);
    assert.deepEqual(await listed(), []);
    assert.equal(await hawser("load", "-i", saved), "Loaded image: shell:1\n");
    assert.equal(await hawser("run", "--rm", "shell:1", "echo", "alive"), "alive\n");
  });
}

test("an id means all names of an image", async () => {
  await emptyStore();
  await hawser("load", "-i", archive);
  await hawser("tag", imageName, "shell:1");
  const id = (await hawser("images", "-q")).trim();
  assert.match(id, /^[0-9a-f]{12}$/);
  const said = await hawser("rmi", id);
  assert.equal(said.match(/^Untagged/gm)?.length, 2);
  assert.deepEqual(await listed(), []);
});

test("images are found by pattern, reference, label and time", async () => {
  await emptyStore();
  await hawser("load", "-i", archive);
  await hawser("tag", imageName, "shell:1");
  const find = async (...args: string[]) =>
    (await hawser("images", "--format", "{{.Repository}}", ...args)).trim();
  assert.equal(await find("shel*"), "shell");
  assert.equal(await find("shell:1"), "shell");
  assert.equal(await find("shell:2"), "");
  assert.equal(await find("--filter", "reference=localhost/*"), "localhost/hawser-busybox");
  assert.equal(await find("--filter", `since=${imageName}`), "shell");
  assert.equal(await find("--filter", "dangling=true"), "");
  assert.equal(await find("--filter", "until=1h"), "");
  assert.match(await hawser("images", "--digests"), /^REPOSITORY +TAG +DIGEST +IMAGE ID +CREATED +SIZE\n/);
});

test("an image that a container was made from stays, unless somebody insists", async () => {
  await emptyStore();
  await hawser("load", "-i", archive);
  await hawser("create", "--name", "user", imageName);
  const kept = await failing(["rmi", imageName]);
  assert.equal(kept.status, 1);
  assert.equal(
    kept.stderr,
    `hawser: remove image "${imageName}": container "user" was made from it; remove that first, or use --force\n`,
  );
  assert.equal(await hawser("image", "prune", "-a", "-f"), "Total reclaimed space: 0B\n");
  await hawser("rmi", "-f", imageName);
  assert.equal(await hawser("start", "user"), "user\n");
  await hawser("rm", "-f", "user");
  assert.equal(await hawser("rmi", "--force", "nobody"), "");
});

test("prune removes what nobody uses, and says how much room that was", async () => {
  await emptyStore();
  await hawser("load", "-i", archive);
  await hawser("run", "-d", "--name", "living", imageName, "sleep", "1000");
  await hawser("run", "--name", "ended", "--label", "keep", imageName, "true");
  assert.match(
    await hawser("container", "prune", "-f", "--filter", "label=other"),
    /^Total reclaimed space: 0B\n$/,
  );
  const pruned = await hawser("container", "prune", "-f");
  assert.match(pruned, /^Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: [\d.]+k?B\n$/);
  assert.equal(await hawser("ps", "-a", "--format", "{{.Names}}"), "living\n");
  await hawser("rm", "-f", "living");
  assert.match(
    await hawser("image", "prune", "-a", "-f"),
    /^Deleted Images:\n.*\n\nTotal reclaimed space: [\d.]+MB\n$/,
  );
});

test("without --force, whoever cannot be asked is refused; who can, is asked", async () => {
  const { status, stderr } = await failing(["container", "prune"]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^hawser: remove all containers that do not run: nobody is there to be asked, .*; use --force\n$/,
  );
  await using terminal = await Terminal.open(
    suite.dir,
    "q",
    [program, "container", "prune"],
    hawserd.hawserEnv,
  );
  await until(async () => (await terminal.screen()).includes("[y/N]"), { what: "the question" });
  await terminal.type("y");
  await until(async () => (await terminal.screen()).includes("Total reclaimed space"), {
    what: "the answer",
  });
});

test("import makes an image of a root file system, and load one of an archive without a name", async () => {
  await emptyStore();
  const rootDir = join(suite.dir, "root");
  mkdirSync(rootDir);
  await writeBusyboxRootfs(rootDir);
  const tar = join(suite.dir, "root.tar.gz");
  await command("tar", ["-C", rootDir, "-czf", tar, "."]);
  const digest = await hawser(
    "import",
    "-c",
    'CMD ["echo", "imported"]',
    "-c",
    "ENV A=b",
    "-m",
    "mine",
    tar,
    "mine:1",
  );
  assert.match(digest, /^sha256:[0-9a-f]{64}\n$/);
  assert.equal(await hawser("run", "--rm", "mine:1"), "imported\n");
  assert.equal(await hawser("inspect", "-f", "{{json .Config.Env}}", "mine:1"), '["A=b"]\n');
  await hawserd.hawser(["import", "-", "mine:2"], { input: readFileSync(tar) });
  const nameless = join(suite.dir, "nameless.tar");
  await command("skopeo", [
    "--insecure-policy",
    "copy",
    `oci-archive:${archive}:${imageName}`,
    `oci-archive:${nameless}`,
  ]);
  assert.match(
    (await failing(["load", "-i", nameless])).stderr,
    /^hawser: import archive: it has 1 images? and no name/,
  );
  assert.equal(await hawser("load", "-i", nameless, "--name", "named"), "Loaded image: named:latest\n");
});

test("an archive is never written to a terminal, and a file is there whole or not at all", async () => {
  await emptyStore();
  await hawser("load", "-i", archive);
  await using terminal = await Terminal.open(suite.dir, "w", [program, "save", imageName], hawserd.hawserEnv);
  // When the program has ended, tmux says so over the first line.
  await until(async () => (await terminal.screen()).includes("away with >"), { what: "it refuses" });
  const target = join(suite.dir, "kept.tar");
  writeFileSync(target, "precious");
  const { status, stderr } = await failing(["save", "-o", target, imageName, "nobody"]);
  assert.equal(status, 1);
  assert.match(stderr, /^hawser: image "nobody": it is not here; bring it with hawser load or hawser import/);
  assert.equal(readFileSync(target, "utf8"), "precious");
  await hawser("save", "-o", target, imageName);
  assert.equal(statSync(target).mode & 0o777, 0o600);
  const full = await failing(["save", "-o", "/dev/full", imageName]);
  assert.equal(full.status, 1);
  assert.match(full.stderr, /^hawser: write archive "\/dev\/full": ENOSPC/);
  assert.deepEqual(
    (await readdir(suite.dir)).filter((name) => name.endsWith(".new")),
    [],
  );
  assert.ok(existsSync("/dev/full"));
});

test("Ctrl-C in the middle of a load ends it with 130, says nothing, and names nothing", async () => {
  await emptyStore();
  const child = spawn(program, ["load"], { env: hawserd.hawserEnv, stdio: ["pipe", "pipe", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  child.stdin.on("error", () => undefined);
  const bytes = readFileSync(archive);
  child.stdin.write(bytes.subarray(0, bytes.length / 2));
  // What has come of it is kept under a name of its own until it is whole.
  await until(() => readdirSync(join(hawserd.rootDir, "content/ingest")).length > 0, {
    what: "it has begun",
  });
  const ended = once(child, "close");
  child.kill("SIGINT");
  const [status] = (await ended) as [number];
  assert.equal(Buffer.concat(said).toString(), "");
  assert.equal(status, 130);
  assert.deepEqual(await listed(), []);
  assert.equal(await hawser("load", "-i", archive), `Loaded image: ${imageName}\n`);
});

const mistakes: readonly (readonly [
  what: string,
  args: readonly string[],
  input: string | undefined,
  status: number,
  said: RegExp,
])[] = [
  [
    "an archive that is none",
    ["load"],
    "nothing of the kind".repeat(100),
    1,
    /^hawser: import archive: read tar: /,
  ],
  ["an empty archive", ["import", "-", "x"], "", 1, /^hawser: import archive: it is empty\n$/],
  ["a root that is no archive", ["import", "-", "x"], "y".repeat(2_000), 1, /is not a tar archive\n$/],
  [
    "an archive that is not there",
    ["load", "-i", "/nowhere.tar"],
    undefined,
    1,
    /^hawser: read archive "\/nowhere.tar": there is no such file\n$/,
  ],
  [
    "a directory for an archive",
    ["load", "-i", "/"],
    undefined,
    1,
    /^hawser: read archive "\/": it is a directory, not an archive\n$/,
  ],
  [
    "an image that is not there",
    ["tag", "nobody", "x"],
    undefined,
    1,
    /^hawser: image "nobody": it is not here; .*registries are not served yet/,
  ],
  ["a name that is none", ["tag", "a", "UPPER"], undefined, 1, /^hawser: check image name "UPPER": /],
  [
    "a name with a digest",
    ["tag", "a", `x@sha256:${"0".repeat(64)}`],
    undefined,
    1,
    /belongs to that digest alone\n$/,
  ],
  ["an instruction that is none", ["import", "-c", "RUN x", "-", "x"], "", 1, /^hawser: --change "RUN x": /],
  ["prune of images without --all", ["image", "prune", "-f"], undefined, 1, /use --all for those/],
  [
    "a filter that is none",
    ["images", "--filter", "labl=x"],
    undefined,
    1,
    /"labl" is no filter; did you mean "label"\?\n$/,
  ],
];

for (const [what, args, input, expected, said] of mistakes) {
  test(`${what} is one line and status ${expected}`, async () => {
    const { status, stdout, stderr } = await failing(args, input === undefined ? {} : { input });
    assert.match(stderr, said);
    assert.equal(stderr.split("\n").length, 2, stderr);
    assert.equal(stdout, "");
    assert.equal(status, expected);
  });
}
