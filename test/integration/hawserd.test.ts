// hawserd as a program: how it starts, whom it tells, how it ends, and what it says when it cannot start.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { Client } from "../../manager/client/client.ts";
import { datagramSocket, unixAddress } from "../../sys/datagram.ts";
import { syscall } from "../../sys/libc.ts";
import { command } from "../support/command.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { Hawserd } from "../support/hawserd.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
before(() => void buildHawserShim());

/** A directory for one hawserd; short, for the sockets below it. */
let count = 0;
function place(): { dir: string; namespace: string } {
  const dir = join(suite.dir, String(count++));
  mkdirSync(dir);
  return { dir, namespace: suite.id };
}

test("hawserd answers a client, keeps its sockets private, and is gone without a trace when it is told to stop", async () => {
  await using hawserd = await Hawserd.start(place());
  const { stdout } = await hawserd.ctr(["version"]);
  assert.match(stdout, /Server:\n\s+Version:\s+\d+\.\d+\.\d+/);
  assert.equal(statSync(hawserd.address).mode & 0o777, 0o600);
  assert.equal(statSync(hawserd.stateDir).mode & 0o777, 0o711);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    assert.equal(await hawserd.kill(signal), 0);
    assert.ok(!readdirSync(hawserd.stateDir).some((name) => name.includes(".sock")));
    await hawserd.restart();
  }
});

test("hawserd says where its files are, to clients that name no namespace", async () => {
  const before = Date.now();
  await using hawserd = await Hawserd.start(place());
  await using client = await Client.connect(hawserd.address);
  const { startedAt, uuid, version, ...info } = await client.daemon();
  assert.deepEqual(info, {
    pid: hawserd.pid,
    rootDir: hawserd.rootDir,
    stateDir: hawserd.stateDir,
    address: hawserd.address,
    configFile: "",
    defaultSnapshotter: "overlayfs",
  });
  assert.equal(uuid, readFileSync(join(hawserd.rootDir, "uuid"), "utf8").trim());
  assert.equal(version, (await client.version()).version);
  assert.ok(startedAt && startedAt.getTime() >= before && startedAt.getTime() <= Date.now());
});

test("hawserd tells the init system when it serves and when it stops", async () => {
  const path = join(suite.dir, "notify");
  using socket = datagramSocket();
  const address = unixAddress(path);
  syscall("bind", [socket.fd, address, address.length]);
  const receive = () => {
    const buffer = Buffer.alloc(1024);
    return buffer.toString("utf8", 0, readSync(socket.fd, buffer));
  };
  await using hawserd = await Hawserd.start({ ...place(), env: { NOTIFY_SOCKET: path } });
  assert.equal(receive(), `READY=1\nSTATUS=serving at ${hawserd.address}`);
  await hawserd.stop();
  assert.equal(receive(), "STOPPING=1\nSTATUS=stopping");
});

test("hawserd replaces what a killed one left, and says so to nobody", async () => {
  await using hawserd = await Hawserd.start(place());
  const pid = hawserd.pid;
  await hawserd.kill("SIGKILL");
  assert.ok(existsSync(hawserd.address));
  await hawserd.restart();
  assert.notEqual(hawserd.pid, pid);
  await hawserd.ctr(["version"]);
  assert.doesNotMatch(hawserd.log, /level=(warning|error)/);
});

test("a second hawserd is told who has the directory, and the first one notices nothing", async () => {
  await using hawserd = await Hawserd.start(place());
  for (const [flag, other] of [
    ["--root", "--state"],
    ["--state", "--root"],
  ] as const) {
    const same = flag === "--root" ? hawserd.rootDir : hawserd.stateDir;
    const { status, stderr } = await command("bin/hawserd", [flag, same, other, join(suite.dir, "other")], {
      status: "any",
    });
    assert.equal(status, 1);
    assert.equal(
      stderr,
      `hawserd: lock "${same}": another hawserd, pid ${hawserd.pid}, is using it; stop that one, or choose another directory with ${flag}\n`,
    );
  }
  await hawserd.ctr(["version"]);
});

test("a client that holds its connection and says nothing does not keep hawserd from stopping", async () => {
  await using hawserd = await Hawserd.start(place());
  const silent = connect(hawserd.address);
  await new Promise((resolve) => silent.once("connect", resolve));
  silent.on("error", () => undefined).resume();
  assert.equal(await hawserd.stop(), 0);
  await until(() => silent.closed, { what: "the end of the silent connection" });
});

test("hawserd reads its file, its environment and its flags, and refuses what it does not know", async () => {
  const file = join(suite.dir, "config.toml");
  writeFileSync(file, '[log]\nformat = "json"\n');
  await using hawserd = await Hawserd.start({
    ...place(),
    args: ["--log-format", "text"],
    env: { HAWSER_CONFIG: file },
  });
  const dump = await command("bin/hawserd", ["config", "dump"], {
    env: { ...process.env, HAWSER_CONFIG: file },
  });
  assert.match(dump.stdout, /^format = "json"$/m);
  writeFileSync(file, "[log]\nlevl = 1\n");
  await hawserd.stop();
  const { status, said } = await hawserd.refuse();
  assert.equal(status, 1);
  assert.equal(
    said,
    `hawserd: read configuration "${file}:2": there is no setting "log.levl"; did you mean "log.level"?\n`,
  );
});
