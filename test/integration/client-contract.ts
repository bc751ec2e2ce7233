// What users of the library may expect, the same on every daemon: containers and their streams, exits, and restarts.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { after, before, describe, test } from "node:test";
import { Client } from "../../manager/client/client.ts";
import type { Container } from "../../manager/client/container.ts";
import type { ContainerOptions } from "../../manager/client/container-options.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { begin } from "../support/begin.ts";
import type { CtrDaemon } from "../support/ctr-daemon.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const FOREVER = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

/** A daemon, and the runtime that its containers are to have. */
export interface ClientDaemon {
  readonly label: string;
  readonly runtime: string;
  start(options: { dir: string; namespace: string }): Promise<CtrDaemon & { readonly address: string }>;
}

/** Whether an error has this code, and says this. */
export function hasCode(code: Code, message?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof HawserError, String(error));
    assert.equal(error.code, code, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

/** Registers the tests for some daemons. */
export function clientContract(daemons: readonly ClientDaemon[]): void {
  const suite = useSuite();
  let archive = "";
  before(async () => {
    archive = await begin(suite);
  });
  for (const [index, program] of daemons.entries()) {
    describe(program.label, { timeout: 300_000 }, () => {
      const world = new World(program.runtime);
      before(async () => {
        const dir = join(suite.dir, String(index));
        await mkdir(dir);
        await world.begin(await program.start({ dir, namespace: suite.newId() }), dir, archive);
      });
      after(async () => await world.end());

      streamTests(world);
      pressureTests(world);
      lifeTests(world);
      refusalTests(world);
      restartTests(world);
      imageTests(world);
      eventTests(world);
      test("nothing is left", async () => {
        await world.client[Symbol.asyncDispose]();
        await world.daemon.assertEmpty({ ofOurs: false });
        assert.deepEqual(readdirSync(world.stdioDir), []);
      });
    });
  }
}

class World {
  stdioDir = "";
  archive = "";
  readonly runtime: string;
  #daemon: (CtrDaemon & { readonly address: string }) | undefined;
  #client: Client | undefined;
  #count = 0;

  constructor(runtime: string) {
    this.runtime = runtime;
  }

  async begin(daemon: CtrDaemon & { readonly address: string }, dir: string, archive: string): Promise<void> {
    this.#daemon = daemon;
    this.stdioDir = join(dir, "io");
    this.#client = await this.connect();
    this.archive = archive;
    await this.#client.images.importArchive(createReadStream(archive));
  }

  async end(): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
    await this.#daemon?.[Symbol.asyncDispose]();
  }

  connect(): Promise<Client> {
    const { address, namespace } = this.daemon;
    return Client.connect({ address, namespace, stdioDir: this.stdioDir });
  }

  get daemon(): CtrDaemon & { readonly address: string } {
    assert.ok(this.#daemon, "the daemon did not start");
    return this.#daemon;
  }

  get client(): Client {
    assert.ok(this.#client, "the client did not connect");
    return this.#client;
  }

  test(name: string, body: (id: string) => Promise<void>): void {
    test(name, { timeout: 60_000 }, async () => {
      this.#count += 1;
      const id = `${this.daemon.namespace}-${this.#count}c`;
      await this.daemon.watch(async () => await body(id));
    });
  }

  /** A container of a shell script. */
  async create(id: string, script: string, options: Partial<ContainerOptions> = {}): Promise<Container> {
    const args = ["sh", "-c", script];
    return await this.client.containers.create({
      id,
      image: imageName,
      args,
      runtime: this.runtime,
      ...options,
    });
  }
}

function streamTests(world: World): void {
  world.test("both outputs come whole and apart, with the exit status", async (id) => {
    const container = await world.create(id, "echo out; echo err >&2; exit 7");
    await using _gone = container.deferDelete();
    await using task = await container.createTask();
    await task.start();
    const [out, err, exit] = await Promise.all([text(task.stdout), text(task.stderr), task.wait()]);
    assert.deepEqual([out, err, exit.exitStatus], ["out\n", "err\n", 7]);
    assert.ok(exit.exitedAt instanceof Date);
    assert.equal((await task.delete()).exitStatus, 7);
  });

  world.test("what is written to stdin is read, and ending it ends the input", async (id) => {
    const container = await world.create(id, "cat");
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: { stdin: "pipe" } });
    const bytes = Buffer.alloc(3_000_000, "0123456789\n");
    const out = buffer(task.stdout);
    await task.start();
    task.stdin.end(bytes);
    assert.ok((await out).equals(bytes), "other bytes");
    assert.equal((await task.wait()).exitStatus, 0);
    await task.delete();
  });

  world.test("output that nobody had read by then can be read after delete()", async (id) => {
    const container = await world.create(id, "echo late");
    await using _gone = container.deferDelete();
    await using task = await container.createTask();
    await task.start();
    await task.wait();
    await task.delete();
    assert.equal(await text(task.stdout), "late\n");
  });

  world.test("a terminal has the size that was asked for before the process looks", async (id) => {
    const container = await world.create(id, "stty size; read line; echo $line", {
      terminal: { columns: 97, rows: 31 },
    });
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: { stdin: "pipe" } });
    const out = text(task.stdout);
    await task.start();
    task.stdin.write("typed\n");
    assert.equal((await task.wait()).exitStatus, 0);
    task.stdin.end();
    await task.delete();
    // The terminal echoes what was typed when it comes, and that may be before the process looks.
    assert.match(await out, /31 97\r\n(.|\r\n)*typed\r\n$/);
    assert.throws(() => task.stderr, hasCode(Code.FailedPrecondition, /stderr/));
  });

  world.test("an exec has streams and a status of its own, and the container's environment", async (id) => {
    const container = await world.create(id, FOREVER, { env: { ONE: "1", TWO: "2" } });
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
    await task.start();
    await using exec = await task.exec({
      args: ["sh", "-c", "cat; echo $ONE$TWO$THREE; exit 3"],
      env: { TWO: undefined, THREE: "3" },
      stdio: { stdin: "pipe" },
    });
    await exec.start();
    exec.stdin.end("in ");
    assert.equal(await text(exec.stdout), "in 13\n");
    assert.equal((await exec.delete()).exitStatus, 3);
    assert.equal((await task.pids()).length > 0, true);
  });
}

function pressureTests(world: World): void {
  world.test("output that is not read holds the process back, and comes whole when it is", async (id) => {
    const container = await world.create(id, "head -c 20000000 /dev/zero; echo end >&2");
    await using _gone = container.deferDelete();
    await using task = await container.createTask();
    await task.start();
    await assert.rejects(task.wait({ signal: AbortSignal.timeout(300) }), hasCode(Code.DeadlineExceeded));
    assert.ok(task.stdout.readableLength <= 64 * 1024);
    let count = 0;
    for await (const bytes of task.stdout) count += bytes.length;
    assert.equal(count, 20_000_000);
    assert.equal(await text(task.stderr), "end\n");
    await task.wait();
    await task.delete();
  });

  world.test(
    "an exec whose child holds its output is deleted in time, and what came is there",
    async (id) => {
      const container = await world.create(id, FOREVER);
      await using _gone = container.deferDelete();
      await using task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
      await task.start();
      await using exec = await task.exec({ args: ["sh", "-c", "sleep 1000 & echo said"] });
      await exec.start();
      await exec.wait();
      await exec.delete({ drainMs: 100 });
      assert.equal(String(exec.stdout.read()), "said\n");
      assert.equal(exec.stdout.readableEnded, false);
    },
  );

  world.test("a client that is killed takes nothing with it: another one goes on", async (id) => {
    const container = await world.create(id, "read line; echo got $line");
    await using _gone = container.deferDelete();
    const { address, namespace } = world.daemon;
    const options = JSON.stringify({ address, namespace, stdioDir: world.stdioDir });
    const library = resolve(import.meta.dirname, "../../manager/client/index.ts");
    const program = `
      const { Client } = await import(${JSON.stringify(library)});
      const client = await Client.connect(${options});
      const container = await client.containers.get(${JSON.stringify(id)});
      const task = await container.createTask({ stdio: { stdin: "pipe" } });
      await task.start();
      console.log("started");
      await task.wait();`;
    const killed = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(killed.stdout, "data");
    const ended = once(killed, "exit");
    killed.kill("SIGKILL");
    await ended;
    await using client = await world.connect();
    await using task = await (await client.containers.get(id)).task({ stdio: { stdin: "pipe" } });
    task.stdin.end("over\n");
    assert.equal(await text(task.stdout), "got over\n");
    assert.equal((await task.wait()).exitStatus, 0);
    await task.delete();
  });
}

function lifeTests(world: World): void {
  world.test("states and signals", async (id) => {
    const container = await world.create(id, FOREVER, { labels: { a: "b" } });
    await using _gone = container.deferDelete();
    const info = await container.info();
    assert.deepEqual([info.labels["a"], info.image, info.runtime], ["b", imageName, world.runtime]);
    await using task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
    assert.equal((await task.state()).status, "created");
    const pid = await task.start();
    assert.deepEqual(
      { ...(await task.state()) },
      { status: "running", pid, exit: undefined, isTerminal: false },
    );
    await task.pause();
    assert.equal((await task.state()).status, "paused");
    await task.resume();
    await task.kill("SIGKILL");
    assert.equal((await task.wait()).exitStatus, 137);
    assert.equal((await task.state()).exit?.exitStatus, 137);
    assert.equal((await task.delete()).exitStatus, 137);
    await assert.rejects(task.state(), hasCode(Code.NotFound));
    await assert.rejects(container.task(), hasCode(Code.NotFound));
  });

  world.test("wait() gives up with its signal, and the process goes on", async (id) => {
    const container = await world.create(id, FOREVER);
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
    await task.start();
    await assert.rejects(task.wait({ signal: AbortSignal.timeout(50) }), hasCode(Code.DeadlineExceeded));
    assert.equal((await task.state()).status, "running");
    await assert.rejects(task.delete(), hasCode(Code.FailedPrecondition));
    await assert.rejects(container.delete(), hasCode(Code.FailedPrecondition, /has a task/));
    await container.delete({ force: true });
    await container.delete();
    await assert.rejects(world.client.containers.get(id), hasCode(Code.NotFound));
  });

  world.test("a created task that was never started can be deleted by force", async (id) => {
    const container = await world.create(id, FOREVER);
    await using _gone = container.deferDelete();
    await using task = await container.createTask();
    await task.delete({ force: true });
    await assert.rejects(task.state(), hasCode(Code.NotFound));
  });

  world.test("another client attaches by the record, when the first is closed", async (id) => {
    const container = await world.create(id, "read line; echo got $line");
    await using _gone = container.deferDelete();
    {
      await using first = await world.connect();
      const task = await (await first.containers.get(id)).createTask({ stdio: { stdin: "pipe" } });
      await task.start();
    }
    await using task = await container.task({ stdio: { stdin: "pipe" } });
    task.stdin.end("this\n");
    assert.equal(await text(task.stdout), "got this\n");
    assert.equal((await task.wait()).exitStatus, 0);
    await task.delete();
  });
}

function refusalTests(world: World): void {
  world.test("what cannot be made leaves nothing", async (id) => {
    const { containers } = world.client;
    const { runtime } = world;
    await assert.rejects(
      containers.create({ id: "a/b", image: imageName }),
      hasCode(Code.InvalidArgument, /"a\/b"/),
    );
    await assert.rejects(
      containers.create({ id, image: "localhost/none:latest", runtime }),
      hasCode(Code.NotFound, new RegExp(`create container "${id}".*localhost/none`)),
    );
    await assert.rejects(
      containers.create({ id, image: imageName, user: "nobody-here", runtime }),
      hasCode(Code.InvalidArgument, /"nobody-here"/),
    );
    const container = await world.create(id, "exit");
    await assert.rejects(world.create(id, "exit"), hasCode(Code.AlreadyExists));
    await container.delete();
    assert.deepEqual(await Array.fromAsync(world.client.snapshots().list({ filters: [`name==${id}`] })), []);
  });

  world.test("a user is looked up in the image, and for an exec in the container", async (id) => {
    const container = await world.create(id, "id -u; sleep 1000", { user: "nobody" });
    await using _gone = container.deferDelete();
    await using task = await container.createTask();
    await task.start();
    await using exec = await task.exec({ args: ["sh", "-c", "id -u; echo $HOME"], user: "root" });
    await exec.start();
    assert.equal(await text(exec.stdout), "0\n/root\n");
    await exec.delete();
    await task.kill("SIGKILL");
    assert.equal(await text(task.stdout), "65534\n");
    await task.wait();
    await task.delete();
  });

  world.test("a command that is not there fails the start, and says so", async (id) => {
    const container = await world.client.containers.create({
      id,
      image: imageName,
      args: ["/no/such/program"],
      runtime: world.runtime,
    });
    await using _gone = container.deferDelete();
    await assert.rejects(async () => {
      await using task = await container.createTask();
      await task.start();
    }, /no such file|not found/);
    await assert.rejects(
      container.createTask({ stdio: { stderr: "file://relative" } }).then((task) => task.start()),
    );
  });
}

function restartTests(world: World): void {
  world.test("wait() and the streams survive a daemon that is killed and comes back", async (id) => {
    const container = await world.create(id, "read line; echo after $line; exit 5");
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: { stdin: "pipe" } });
    await task.start();
    const exit = task.wait();
    await world.daemon.kill("SIGKILL");
    await assert.rejects(world.client.version(), hasCode(Code.Unavailable));
    await world.daemon.restart();
    await until(() => world.client.version().then(() => true), { what: "the client is connected again" });
    task.stdin.write("restart\n");
    assert.equal(await text(task.stdout), "after restart\n");
    assert.equal((await exit).exitStatus, 5);
    task.stdin.destroy();
    await task.delete();
    assert.ok(existsSync(world.stdioDir));
  });
}

function imageTests(world: World): void {
  world.test("an image goes out as an archive and comes back the same", async () => {
    const { images } = world.client;
    const image = await images.get(imageName);
    assert.equal(await image.isUnpacked(), true);
    assert.deepEqual((await image.config()).cmd, ["sleep", "1000000"]);
    const copy = join(world.stdioDir, "..", "copy.tar");
    await pipeline(images.exportArchive([imageName]), createWriteStream(copy));
    const [again, ...more] = await images.importArchive(createReadStream(copy), {
      name: "localhost/again:1",
    });
    assert.deepEqual([again?.name, more], ["localhost/again:1", []]);
    assert.equal(again?.target.digest, image.target.digest);
    assert.equal((await images.tag("localhost/again:1", "localhost/again:2")).name, "localhost/again:2");
    assert.equal((await images.list()).length, 3);
    for (const tag of [1, 2])
      assert.equal(await images.remove(`localhost/again:${tag}`, { sync: true }), true);
    assert.equal(await images.remove("localhost/again:1"), false);
    await assert.rejects(images.get("localhost/again:1"), hasCode(Code.NotFound));
  });

  world.test("an archive that is broken names nothing", async () => {
    const { images, leases } = world.client;
    await assert.rejects(
      images.importArchive(createReadStream(world.archive, { end: 200_000 }), { name: "localhost/broken:1" }),
      /ends \d+ bytes before/,
    );
    assert.deepEqual(await images.list({ filters: ["name==localhost/broken:1"] }), []);
    assert.deepEqual(await leases.list(), []);
  });

  world.test("a blob is written, read in part, and refused when it is another", async (id) => {
    await using lease = await world.client.leases.create();
    const { content } = world.client.leasing(lease);
    const bytes = Buffer.from(id.repeat(200_000));
    const { digest, sizeBytes } = await content.write(id, [bytes]);
    assert.equal(sizeBytes, BigInt(bytes.length));
    assert.ok((await content.readAll(digest, bytes.length)).equals(bytes));
    const part = Buffer.concat(await Array.fromAsync(content.read(digest, { offset: 5, length: 7 })));
    assert.ok(part.equals(bytes.subarray(5, 12)));
    assert.equal((await content.write(`${id}-again`, [bytes], { digest })).digest, digest);
    await assert.rejects(
      content.write(`${id}-other`, [Buffer.from("other")], { digest: `sha256:${"0".repeat(64)}` }),
      hasCode(Code.FailedPrecondition),
    );
    await content.delete(digest);
    assert.equal(await content.has(digest), false);
  });
}

function eventTests(world: World): void {
  world.test("events come typed and in order, and a restart of the daemon is told as a gap", async (id) => {
    const ending = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of world.client.events({ signal: ending.signal })) {
        if (event.kind === "gap") seen.push(`gap ${event.reason !== ""}`);
        else if (event.topic === "/tasks/exit" && event.payload.containerId === id) {
          seen.push(`exit ${event.payload.exitStatus} in ${event.namespace === world.daemon.namespace}`);
        } else if (event.topic === "/containers/create" && event.payload.id === id) seen.push("create");
      }
    })();
    await until(
      async () => {
        // Nothing tells that a subscription has begun, so something is made to happen until it is heard of.
        await (await world.create(id, "exit 4")).delete();
        return seen.includes("create");
      },
      { what: "the subscription" },
    );
    seen.length = 0;
    const container = await world.create(id, "exit 4");
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
    await task.start();
    await until(() => seen.some((line) => line.startsWith("exit")), { what: "the exit event" });
    await task.delete();
    assert.deepEqual(seen, ["create", "exit 4 in true"]);
    await world.daemon.kill("SIGKILL");
    await world.daemon.restart();
    await until(() => seen.includes("gap true"), { what: "the gap" });
    ending.abort();
    await assert.rejects(following, hasCode(Code.Canceled));
  });
}
