// hawserd started by the command that needs it: once, however many need it; never when that is not wanted; and with one line that
// says why when it cannot be.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { HawserPlace } from "../support/hawser-place.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { Hawserd } from "../support/hawserd.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
before(() => buildHawserShim());

let count = 0;
function newPlace(): HawserPlace {
  const dir = join(suite.dir, String(count++));
  mkdirSync(dir);
  return new HawserPlace(dir);
}

const LIST = ["namespace", "ls", "-q"];

test("a command starts hawserd, says so once, and the next one finds it", async () => {
  await using place = newPlace();
  const first = await place.hawser(LIST);
  assert.equal(first.status, 0, first.stderr);
  const [, pid, log] = /^hawser: hawserd started \(pid (\d+)\), log: (.*)\n$/.exec(first.stderr) ?? [];
  assert.deepEqual(place.hawserds(), [Number(pid)]);
  assert.equal(log, join(place.stateDir, "hawserd.log"));
  assert.match(readFileSync(log ?? "", "utf8"), / msg="ready" /);
  const second = await place.hawser(LIST);
  assert.deepEqual([second.status, second.stderr], [0, ""]);
  assert.deepEqual(place.hawserds(), [Number(pid)]);
});

test("it is detached: in a session of its own, without the caller's streams and variables of the init system", async () => {
  await using place = newPlace();
  await place.hawser(LIST, { env: { NOTIFY_SOCKET: "/nowhere", LISTEN_FDS: "1" }, cwd: place.dir });
  const [pid] = place.hawserds();
  const session = Number(/\) \S (?:\S+ ){2}(\S+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  assert.equal(session, pid);
  const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
  assert.doesNotMatch(environment, /NOTIFY_SOCKET|LISTEN_FDS/);
});

test("commands at the same time start one hawserd, and all of them succeed", async () => {
  await using place = newPlace();
  const results = await Promise.all(Array.from({ length: 4 }, () => place.hawser(LIST)));
  for (const { status, stderr } of results) assert.equal(status, 0, stderr);
  await until(() => place.hawserds().length === 1, { what: "those that came later have ended" });
  const said = results.filter(({ stderr }) => stderr !== "").map(({ stderr }) => stderr);
  assert.equal(said.length, 1, said.join(""));
});

test("the socket that a killed hawserd has left is no obstacle", async () => {
  await using place = newPlace();
  await place.hawser(LIST);
  const [pid = 0] = place.hawserds();
  process.kill(pid, "SIGKILL");
  await until(() => place.hawserds().length === 0, { what: "it is gone" });
  assert.ok(existsSync(place.address));
  const { status, stderr } = await place.hawser(LIST);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /started/);
});

test("a hawserd that somebody else is starting is waited for", async () => {
  const place = newPlace();
  const starting = Hawserd.start({ dir: place.dir, namespace: suite.newId() });
  const hasStarted = starting.catch(() => undefined);
  try {
    // Whoever is first: this one, or the command's own, and then this one refuses.
    const { status, stderr } = await place.hawser(LIST);
    assert.equal(status, 0, stderr);
    await until(() => place.hawserds().length === 1, { what: "the one that came second has ended" });
  } finally {
    await (await hasStarted)?.[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  }
});

const refusals: readonly (readonly [how: string, args: readonly string[], env: NodeJS.ProcessEnv])[] = [
  ["--no-start before the command", ["--no-start", ...LIST], {}],
  ["--no-start behind the command", [...LIST, "--no-start"], {}],
  ["HAWSER_START=0", LIST, { HAWSER_START: "0" }],
];

for (const [how, args, env] of refusals) {
  test(`with ${how} nothing is started, and the error says what to do`, async () => {
    await using place = newPlace();
    const { status, stdout, stderr } = await place.hawser(args, { env });
    assert.equal(status, 125);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      `hawser: connect to "${place.address}": nobody listens there; start hawserd, or leave out --no-start and HAWSER_START=0\n`,
    );
    assert.ok(!existsSync(place.stateDir));
  });
}

test("a hawserd that cannot start is told in its own words, and nothing runs", async () => {
  await using place = newPlace();
  mkdirSync(place.rootDir);
  writeFileSync(join(place.rootDir, "metadata.db"), "not a database\n".repeat(100));
  const { status, stderr } = await place.hawser(LIST);
  assert.equal(status, 125);
  assert.match(stderr, /^hawser: start hawserd: open database ".*metadata\.db": .*; log: .*hawserd\.log\n$/);
  assert.equal(stderr.split("\n").length, 2, "one line");
});

test("a configuration that is wrong is found before anything is started", async () => {
  await using place = newPlace();
  const config = join(place.dir, "config.toml");
  writeFileSync(config, 'rooot = "/x"\n');
  const { status, stderr } = await place.hawser([...LIST, "--config", config]);
  assert.equal(status, 125);
  assert.match(stderr, /^hawser: .*config\.toml:1": there is no setting "rooot"; did you mean "root"\?\n$/);
  assert.ok(!existsSync(place.stateDir));
});

test("somebody else's socket is asked, and not replaced", async () => {
  await using place = newPlace();
  mkdirSync(place.stateDir);
  const stranger = createServer((socket) => socket.destroy());
  await new Promise<void>((ready) => stranger.listen(place.address, ready));
  try {
    const { status, stderr } = await place.hawser(LIST);
    assert.equal(status, 125);
    assert.match(stderr, /^hawser: connect to ".*": /);
    assert.deepEqual(place.hawserds(), []);
  } finally {
    await new Promise((closed) => stranger.close(closed));
  }
});

test("without root, the error says so; and so it does when the socket is not for this user", async () => {
  await using place = newPlace();
  chmodSync(suite.dir, 0o755);
  const program = join(import.meta.dirname, "../../bin/hawser");
  const asNobody = async () => {
    const { command } = await import("../support/command.ts");
    const words = ["--reuid=65534", "--regid=65534", "--clear-groups", program, ...LIST];
    return await command("setpriv", words, { env: place.env, status: "any" });
  };
  const alone = await asNobody();
  assert.equal(alone.status, 125);
  assert.match(alone.stderr, /nobody listens there, and to start hawserd needs root: run it with sudo\n$/);
  assert.equal((await place.hawser(LIST)).status, 0);
  const denied = await asNobody();
  assert.equal(denied.status, 125);
  assert.match(
    denied.stderr,
    /^hawser: connect to ".*": this user may not; run it with sudo, or as a member of /,
  );
});

test("hawser system stop ends hawserd, waits for its end, and is content when there is none", async () => {
  await using place = newPlace();
  await place.hawser(LIST);
  const stopped = await place.hawser(["system", "stop"]);
  assert.deepEqual([stopped.status, stopped.stderr], [0, ""]);
  assert.deepEqual(place.hawserds(), []);
  assert.ok(!existsSync(place.address));
  const again = await place.hawser(["system", "stop"]);
  assert.deepEqual([again.status, again.stderr], [0, `hawser: nobody listens at ${place.address}\n`]);
});

test("a log that has grown is moved aside before the next start", async () => {
  await using place = newPlace();
  mkdirSync(place.stateDir, { mode: 0o711 });
  const log = join(place.stateDir, "hawserd.log");
  writeFileSync(log, Buffer.alloc(8 * 1024 * 1024 + 1, "x\n"));
  assert.equal((await place.hawser(LIST)).status, 0);
  assert.ok(existsSync(`${log}.1`));
  assert.match(readFileSync(log, "utf8"), /^time=/);
});
