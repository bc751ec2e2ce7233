// What `hawser run` says to what it cannot do: one line, docker's exit status, and nothing left behind. On runc and on crun where
// the words come from there.
import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { mountAll, unmountAll } from "../../sys/mount.ts";
import { begin } from "../support/begin.ts";
import { command } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;
let snapshots: string;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
  snapshots = await listSnapshots();
});

async function listSnapshots(): Promise<string> {
  return (await hawserd.ctr(["snapshots", "list"])).stdout;
}

async function assertNothingLeft(): Promise<void> {
  await hawserd.assertEmpty();
  const dir = join(hawserd.rootDir, "containers", hawserd.namespace);
  await until(
    async () => {
      const left = existsSync(dir) ? readdirSync(dir) : [];
      const { stdout: leases } = await hawserd.ctr(["leases", "list", "--quiet"]);
      return left.length === 0 && leases.trim() === "" && (await listSnapshots()) === snapshots;
    },
    { what: "no directory, lease or snapshot is left", deadline: 15_000 },
  );
}

/** Runs it; checks status, the one line, and that nothing is left. `IMAGE` stands for the image. */
async function refuses(argv: string, status: number, line: RegExp): Promise<void> {
  const words = argv
    .split(" ")
    .map((word) => (word === "IMAGE" ? imageName : word.replace("DIR", suite.dir)));
  const result = await hawserd.hawser(words, { status: "any" });
  assert.match(result.stderr, line);
  assert.equal(result.stderr.match(/\n/g)?.length, 1, `one line: ${result.stderr}`);
  assert.equal(result.stdout, "");
  assert.equal(result.status, status);
  await assertNothingLeft();
}

const rows: [argv: string, status: number, line: RegExp][] = [
  ["run no-such-image", 125, /^hawser: image "no-such-image": it is not here; bring it with hawser load or/],
  [
    "create no-such-image",
    125,
    /^hawser: image "no-such-image": it is not here; bring it with hawser load or/,
  ],
  ["run Not/An:Image", 125, /^hawser: check image name "Not\/An:Image": .*"An" is not lower-case/],
  ["run", 125, /^hawser: run: missing required argument "image"; see: hawser help run$/m],
  ["run --no-such-flag IMAGE", 125, /^hawser: run: unknown option "--no-such-flag"; /],
  ["run --memory lots IMAGE", 125, /^hawser: --memory "lots": no size; write a number/],
  ["run --publish 80:80 IMAGE", 125, /^hawser: run: --publish "80:80": hawser has no ports to publish; use/],
  ["run --name -x IMAGE", 125, /^hawser: --name "-x": it begins with "-"; a name has/],
  ["run -d -a stdout IMAGE", 125, /^hawser: -d and -a: one leaves it in the background/],
  ["run -a nothing IMAGE", 125, /^hawser: --attach "nothing": no stream; write stdin, stdout or stderr$/m],
  ["run -it IMAGE", 125, /^hawser: -t: the input here is no terminal; leave out -t, or/],
  ["run --rm --restart always IMAGE", 125, /^hawser: --rm and --restart: one removes it/],
  [
    "run -v /no/such:/x IMAGE",
    125,
    /--volume "\/no\/such:\/x": the source "\/no\/such" does not exist; make it first/,
  ],
  [
    "run --user no-such-user IMAGE",
    125,
    /--user "no-such-user": there is no user "no-such-user" in the image's/,
  ],
  ["run --user root:no-such IMAGE", 125, /--user "root:no-such": there is no group "no-such" in the image's/],
  ["run --memory 5m IMAGE", 125, /--memory "5m": less than the least of 6 MiB; write more, such as "64m"$/m],
  ["run --cap-add NO_SUCH IMAGE", 125, /--cap-add "NO_SUCH": there is no such capability/],
  ["run --runtime /no/runtime IMAGE", 125, /--runtime "\/no\/runtime": there is no such program; write/],
  ["run --runtime io.containerd.none.v9 IMAGE", 125, /runtime "io\.containerd\.none\.v9": not in /],
  ["run --env-file DIR/none IMAGE", 125, /--env-file ".*\/none": read the file: ENOENT/],
  ["run --cidfile DIR/taken IMAGE", 125, /--cidfile ".*\/taken": the file is there already; it may be/],
  ["run --entrypoint= IMAGE", 125, /--entrypoint: there is nothing to run/],
  ["run --workdir relative IMAGE", 125, /--workdir "relative": a place in the container is wanted; write/],
  [
    "start no-such-container",
    1,
    /^hawser: find container "no-such-container": there is none; see: hawser ps --all$/m,
  ],
  [
    "stop no-such-container",
    1,
    /^hawser: find container "no-such-container": there is none; see: hawser ps --all$/m,
  ],
  ["rm no/such", 1, /^hawser: find container "no\/such": there is none; ids and names are letters/],
  ["kill --signal NONE x", 1, /--signal "NONE": there is no such signal; write a name/],
  ["update --memory 64m no-such-container", 1, /^hawser: find container "no-such-container": there is none/],
];
for (const [argv, status, line] of rows) {
  test(`hawser ${argv}`, { timeout: 60_000 }, async () => {
    writeFileSync(join(suite.dir, "taken"), "");
    await hawserd.watch(async () => await refuses(argv, status, line));
  });
}

const programs: [words: string, status: number, line: RegExp][] = [
  [
    "no-such-program",
    127,
    /^hawser: run "no-such-program": there is no such program in the container; check/,
  ],
  [
    "/no/such/program",
    127,
    /^hawser: run "\/no\/such\/program": there is no such program in the container; check/,
  ],
  [
    "/etc/passwd",
    126,
    /^hawser: run "\/etc\/passwd": it is there and cannot be executed: permission denied; /,
  ],
  ["/etc", 126, /^hawser: run "\/etc": it is there and cannot be executed: /],
];
for (const runtime of ["runc", "crun"]) {
  for (const [words, status, line] of programs) {
    for (const flags of ["", "-d ", "--rm "]) {
      test(`hawser run ${flags}--runtime ${runtime} IMAGE ${words}`, { timeout: 60_000 }, async () => {
        const argv = `run ${flags}--runtime ${runtime} IMAGE ${words}`;
        await hawserd.watch(async () => await refuses(argv, status, line));
      });
    }
  }
}

test("a name that is taken is refused with who has it", { timeout: 60_000 }, async () => {
  const { stdout } = await hawserd.hawser(["create", "--name", "web", imageName]);
  const id = stdout.trim();
  const result = await hawserd.hawser(["run", "--name", "web", imageName, "true"], { status: 125 });
  assert.match(
    result.stderr,
    new RegExp(`^hawser: create container "web": the name "web" is that of container "${id}"`),
  );
  await hawserd.hawser(["rm", "web"]);
  await assertNothingLeft();
});

test("a container whose id the disk of --cidfile does not take is not left", {
  timeout: 60_000,
}, async () => {
  const dir = join(suite.dir, "full");
  await mkdir(dir);
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=4k"] }], dir);
  try {
    writeFileSync(join(dir, "all"), Buffer.alloc(4096));
    for (const verb of ["run -d", "create"]) {
      await refuses(
        `${verb} --cidfile DIR/full/id IMAGE`,
        125,
        /--cidfile ".*": write the id: ENOSPC.*; name/,
      );
      assert.deepEqual(readdirSync(dir), ["all"]);
    }
  } finally {
    await unmountAll(dir);
  }
});

test("without root it says what to do", { timeout: 60_000 }, async () => {
  const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const hawser = join(import.meta.dirname, "../../bin/hawser");
  const run = async (env: NodeJS.ProcessEnv) =>
    await command("setpriv", [...nobody, hawser, "run", "--rm", imageName, "true"], {
      env: { ...process.env, ...hawserd.hawserEnv, ...env },
      status: 125,
    });
  const { stderr } = await run({});
  assert.match(
    stderr,
    /^hawser: connect to ".*": this user may not; run it with sudo, or as a member of the group/,
  );
  const nobodyListens = await run({ HAWSER_ADDRESS: join(tmpdir(), `${suite.newId()}.sock`) });
  assert.match(
    nobodyListens.stderr,
    /nobody listens there, and to start hawserd needs root: run it with sudo$/m,
  );
  await assertNothingLeft();
});
