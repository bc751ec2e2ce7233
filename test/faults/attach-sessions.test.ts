// Sessions through the library while everything around them dies: a container prints 1 to 1,000,000 while its log rotates, hawserd
// is killed ten times, and sessions come, go, are cut in the middle and go on. Every view, put together by the places of its
// pieces, is the log, and the log is complete.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import type { AttachSession, Replay } from "../../manager/client/index.ts";
import { Client, isUnavailable } from "../../manager/client/index.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const HAWSER = resolve(import.meta.dirname, "../../bin/hawser");
const LINES = 1_000_000;
const KILLS = 10;

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
});

/** 1 to `LINES`, a line each. */
function everything(): Buffer {
  return Buffer.from(Array.from({ length: LINES }, (_, index) => `${index + 1}\n`).join(""));
}

/** What one client has seen, by place. A gap, or a byte seen twice as another, fails. */
class View {
  readonly #bytes: Buffer;
  #end = 0;

  constructor(sizeBytes: number) {
    this.#bytes = Buffer.alloc(sizeBytes);
  }

  get end(): number {
    return this.#end;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  put(offset: bigint, bytes: Uint8Array): void {
    assert.equal(Number(offset), this.#end, "pieces follow each other");
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }
}

test("1 to 1,000,000, ten deaths of hawserd, rotation, sessions that come and go", {
  timeout: 300_000,
}, async () => {
  const name = "count";
  const script = "while read from to; do seq $from $to; done";
  const rotation = ["--log-opt", "max-size=200k", "--log-opt", "max-file=100"];
  await hawserd.hawser(["run", "-d", "-i", "--name", name, ...rotation, imageName, "sh", "-c", script]);
  const expected = everything();
  const { address, namespace } = hawserd;
  await using client = await Client.connect({ address, namespace, stdioDir: join(suite.dir, "io") });
  const container = await containerOf(client, name);

  /** Attaches; a hawserd that is away just now is asked again. */
  const attach = async (replay: Replay): Promise<AttachSession> =>
    await until(
      async () => {
        try {
          return await container.attach({ replay });
        } catch (error) {
          if (isUnavailable(error)) return undefined;
          throw error;
        }
      },
      { what: "a session", deadline: 60_000 },
    );

  /** One session from the beginning to the end. */
  const stay = async (session: AttachSession): Promise<Buffer> => {
    const view = new View(expected.length);
    for await (const item of session) {
      assert.equal(item.gap, undefined);
      if (item.gap === undefined) view.put(item.offset, item.bytes);
    }
    assert.equal((await session.ended).exit?.exitStatus, 0);
    return view.bytes;
  };

  /** Session after session, each for a while: one leaves, one dies, the next goes on behind what was seen. */
  const comeAndGo = async (): Promise<Buffer> => {
    const view = new View(expected.length);
    while (view.end < expected.length) {
      await using session = await attach({ fromOffset: BigInt(view.end) });
      const enough = view.end + randomInt(1, 400_000);
      for await (const item of session) {
        assert.equal(item.gap, undefined);
        if (item.gap === undefined) view.put(item.offset, item.bytes);
        if (view.end >= enough) break;
      }
      if (randomInt(2) === 0) await session.detach();
    }
    return view.bytes;
  };

  const typing = await attach("all");
  const stays = [stay(typing), stay(await attach("all"))];
  // Not with a hawserd of its own, when it finds none.
  const env = { ...hawserd.hawserEnv, HAWSER_START: "0" };
  const line = spawn(HAWSER, ["attach", "--no-stdin", "--replay", "all", name], { env });
  const pieces: Buffer[] = [];
  line.stdout.on("data", (bytes: Buffer) => pieces.push(bytes));
  const lineEnded = once(line, "close");
  const others = Array.from({ length: 4 }, comeAndGo);
  // None may end the test before the others have been heard.
  for (const view of [...stays, ...others]) view.catch(() => undefined);

  const step = LINES / KILLS;
  for (let count = 0; count < KILLS; count++) {
    await typing.write(Buffer.from(`${count * step + 1} ${(count + 1) * step}\n`));
    const begun = expected.indexOf(`\n${count * step + randomInt(1, step)}\n`);
    await until(() => Number(typing.offset) > begun, { what: "the middle of a step", deadline: 60_000 });
    await until(() => pieces.length > 0, { what: "the command line is there" });
    await hawserd.kill("SIGKILL");
    await hawserd.restart();
  }
  await typing.endInput();

  for (const [index, view] of (await Promise.all([...stays, ...others])).entries()) {
    assert.ok(view.equals(expected), `view ${index} is complete`);
  }
  assert.deepEqual(await lineEnded, [0, null]);
  assert.ok(Buffer.concat(pieces).equals(expected), "the view of the command line is complete");

  const log = new View(expected.length);
  for await (const record of container.logs({ fromOffset: 0n })) {
    assert.equal(record.kind, "record");
    if (record.kind === "record") log.put(record.offset, record.bytes);
  }
  assert.ok(log.bytes.equals(expected), "the log is complete");
  await hawserd.hawser(["rm", name]);
  await hawserd.assertEmpty();
});

async function containerOf(client: Client, name: string) {
  const { stdout } = await hawserd.hawser(["ps", "-aq", "--no-trunc", "--filter", `name=${name}`]);
  return await client.containers.get(stdout.trim());
}
