// The commands of `hawser` that are about a container's files and processes: cp, diff, commit, top, stats.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { Client } from "../../manager/client/index.ts";
import { begin } from "../support/begin.ts";
import type { CommandOptions } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";

const suite = useSuite({
  onEnd: async () => {
    await client?.[Symbol.asyncDispose]();
    await hawserd?.[Symbol.asyncDispose]();
  },
});
let hawserd: Hawserd;
let client: Client;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
  const { address, namespace } = hawserd;
  client = await Client.connect({ address, namespace, stdioDir: join(suite.dir, "io") });
});

async function hawser(args: readonly string[], options?: CommandOptions) {
  return await hawserd.hawser(args, options);
}

/** A container that runs a script, or was only created when there is none. */
async function container(id: string, script?: string): Promise<AsyncDisposable> {
  const made = await client.containers.create({ id, image: imageName, args: ["sh", "-c", script ?? "true"] });
  if (script !== undefined) {
    await using task = await made.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
    await task.start();
  }
  return made.deferDelete();
}

const FOREVER = "while :; do sleep 1000; done";

function made(name: string): string {
  return join(suite.dir, name);
}

for (const [state, script] of [
  ["that runs", FOREVER],
  ["that does not run", undefined],
] as const) {
  test(`cp copies a tree into a container ${state} and out again, the same`, async () => {
    await using _gone = await container("both", script);
    const tree = made(`tree-${state}`);
    await mkdir(join(tree, "sub"), { recursive: true });
    await writeFile(join(tree, "sub/file"), "x".repeat(100_000), { mode: 0o750 });
    await symlink("file", join(tree, "sub/link"));
    await hawser(["cp", "-a", tree, "both:/root"]);
    const back = made(`back-${state}`);
    await hawser(["cp", "-a", `both:/root/${tree.split("/").at(-1)}`, back]);
    execFileSync("diff", ["-r", tree, back]);
    assert.equal(lstatSync(join(back, "sub/file")).mode & 0o7777, 0o750);
    assert.equal(readlinkSync(join(back, "sub/link")), "file");
    // What was written is the container's, not a copy's.
    const { stdout } = await hawser(["diff", "both"]);
    assert.match(stdout, /^A \/root\/tree-.*\/sub\/file$/m);
  });
}

test("cp streams tar both ways, and an archive goes through a pipe", async () => {
  await using _gone = await container("streams", FOREVER);
  const { bytes } = await hawser(["cp", "streams:/etc", "-"]);
  const listed = execFileSync("tar", ["-t"], { input: bytes, encoding: "utf8" });
  assert.match(listed, /^etc\/$/m);
  assert.match(listed, /^etc\/passwd$/m);
  await hawser(["cp", "-", "streams:/tmp"], { input: bytes });
  const { bytes: file } = await hawser(["cp", "streams:/tmp/etc/passwd", "-"]);
  assert.equal(execFileSync("tar", ["-xO"], { input: file, encoding: "utf8" }).split(":")[0], "root");
});

test("cp is not led out of a container by its links", async () => {
  const secret = made("secret");
  await writeFile(secret, "the host's");
  const script = `ln -s ${secret} /root/out; ln -s / /root/up; mkdir -p ${suite.dir}; ${FOREVER}`;
  await using _gone = await container("hostile", script);
  const { stderr } = await hawser(["cp", "-L", "hostile:/root/out", made("stolen")], { status: 1 });
  assert.match(stderr, /no such file or directory/);
  assert.equal(existsSync(made("stolen")), false);
  // Into it: the link leads to the container's own root.
  await writeFile(made("given"), "given");
  await hawser(["cp", made("given"), `hostile:/root/up${suite.dir}/`]);
  const { bytes } = await hawser(["cp", `hostile:${suite.dir}/given`, "-"]);
  assert.equal(execFileSync("tar", ["-xO"], { input: bytes, encoding: "utf8" }), "given");
  assert.equal(readFileSync(secret, "utf8"), "the host's");
});

test("cp says in one line what it cannot do", async () => {
  await using _gone = await container("refusals", FOREVER);
  const rows: [string[], RegExp][] = [
    [["a", "b"], /copy files: neither side is a container; write CONTAINER:PATH/],
    [["refusals:/a", "refusals:/b"], /both sides are containers/],
    [["refusals:/no/such", "."], /copy "\/no\/such": there is no such file or directory/],
    [["/no/such", "refusals:/"], /copy "\/no\/such": there is no such file or directory/],
    [
      ["refusals:/etc", made("no/such/place")],
      /the directory that it would be in is not there; make it first/,
    ],
    [["refusals:/etc/passwd", `${made("new")}/`], /make it first, or leave the slash away/],
    [["nobody:/etc", "."], /nobody/],
    [["-", "refusals:/etc/passwd"], /it is no directory/],
  ];
  for (const [args, message] of rows) {
    const { status, stderr } = await hawser(["cp", ...args], { status: "any", input: "" });
    assert.notEqual(status, 0, args.join(" "));
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }
});

test("diff tells what was added, changed and deleted", async () => {
  const script = "echo x > /root/new; echo x >> /etc/passwd; rm /bin/vi; touch /ready; exec sleep 1000";
  await using _gone = await container("changes", script);
  await hawserd.watch(async () => {
    for (let turn = 0; turn < 200; turn++) {
      const { stdout } = await hawser(["diff", "changes"]);
      if (!stdout.includes("A /ready")) continue;
      assert.match(stdout, /^A \/root\/new$/m);
      assert.match(stdout, /^C \/etc\/passwd$/m);
      assert.match(stdout, /^D \/bin\/vi$/m);
      assert.doesNotMatch(stdout, /hosts|resolv/);
      return;
    }
    assert.fail("the container was never ready");
  });
});

test("commit makes an image that has the changes and what it was told to say", async () => {
  await using _gone = await container("builder", "echo made > /root/made; touch /ready; exec sleep 1000");
  for (let turn = 0; !(await hawser(["diff", "builder"])).stdout.includes("A /ready"); turn++) {
    assert.ok(turn < 200, "the container was never ready");
  }
  const change = ["--change", 'CMD ["cat", "/root/made"]', "--change", "ENV A=b"];
  const { stdout } = await hawser(["commit", "-m", "a note", ...change, "builder", "localhost/committed:1"]);
  assert.match(stdout, /^sha256:[0-9a-f]{64}\n$/);
  const image = await client.images.get("localhost/committed:1");
  const config = await image.config();
  assert.deepEqual(config.cmd, ["cat", "/root/made"]);
  assert.ok(config.env?.includes("A=b"));
  await using _goneToo = await (async () => {
    const user = await client.containers.create({ id: "user", image });
    await using task = await user.createTask();
    await task.start();
    assert.equal(Buffer.concat(await Array.fromAsync(task.stdout)).toString(), "made\n");
    await task.delete();
    return user.deferDelete();
  })();
  const { stderr } = await hawser(["commit", "--change", "RUN date", "builder", "x"], { status: "any" });
  assert.match(stderr, /--change "RUN date": expected one of CMD/);
});

test("top shows the container's processes and no others, with the columns that are asked for", async () => {
  await using _gone = await container("busy", "sleep 4321 & exec sleep 1234");
  const { stdout } = await hawser(["top", "busy"]);
  assert.match(stdout, /^UID\s+PID/);
  const { stdout: chosen } = await hawser(["top", "busy", "-o", "pid,args"]);
  const lines = chosen.trim().split("\n");
  assert.match(lines[0] ?? "", /PID COMMAND/);
  assert.ok(
    lines.slice(1).every((line) => /sleep (4321|1234)/.test(line)),
    chosen,
  );
  const { stderr } = await hawser(["top", "busy", "-o", "args"], { status: "any" });
  assert.match(stderr, /no column PID/);
});

test("stats shows what containers use, for people and for programs", async () => {
  await using _gone = await container("spinning", "while :; do :; done");
  await using _goneToo = await container("idle", "exec sleep 1000");
  const { stdout } = await hawser(["stats", "--no-stream"]);
  const [heading = "", ...lines] = stdout.trimEnd().split("\n");
  assert.match(heading, /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/);
  assert.deepEqual(
    lines.map((line) => line.split(/\s+/)[1]),
    ["idle", "spinning"],
  );
  const { stdout: json } = await hawser(["stats", "--no-stream", "--format", "json", "spinning"]);
  const row = JSON.parse(json);
  assert.equal(row.Name, "spinning");
  assert.ok(Number.parseFloat(row.CPUPerc) > 1, json);
  assert.equal(row.PIDs, "1");
});

test("nothing is left of the containers", async () => {
  await hawserd.assertEmpty();
});
