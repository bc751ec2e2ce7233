// The lives of managed containers whose output their shims keep: nobody who is attached, or follows the log, loses any of it,
// whether hawserd removes the container, starts it again, or is killed meanwhile.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AttachSession } from "../../manager/client/attach/attach-session.ts";
import type { AttachItem } from "../../manager/client/attach/output-place.ts";
import type { Container } from "../../manager/client/container.ts";
import type { ManagedOptions } from "../../manager/client/managed-labels.ts";
import { parseBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { LifeWorld } from "../support/life-world.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();

describe("the containers of hawserd, with brokered output", { timeout: 240_000 }, () => {
  let world: LifeWorld;
  before(async () => {
    world = await LifeWorld.start(suite, "l");
  });
  after(async () => await world?.[Symbol.asyncDispose]());

  const life = (name: string, body: () => Promise<void>): void => {
    test(name, { timeout: 60_000 }, async () => await world.hawserd.watch(body));
  };
  const create = (script: string, managed: ManagedOptions = {}) => world.create(script, { managed });
  const start = async (container: Container): Promise<AttachSession> => {
    const { labels } = await container.info();
    const brokered = parseBrokeredStdio(labels["hawser/stdout"] ?? "");
    await using task = await container.createTask({ stdio: { brokered } });
    const session = await task.attach({ replay: "all" });
    await task.start();
    return session;
  };

  life("who reads slowly gets all of a container that is removed when it has ended", async () => {
    const container = await create("seq 1 400000; exit 3", { autoRemove: true });
    await using session = await start(container);
    await world.untilInit(container, "it has ended", ({ end }) => end !== undefined);
    await world.killAndRestart();
    assert.ok(await world.has(container.id), "it is there as long as somebody reads");
    assert.equal(await textOf(session), numbers(400_000));
    const ended = await session.ended;
    assert.equal(ended.exit?.exitStatus, 3);
    await until(async () => !(await world.has(container.id)), { what: "it is removed", deadline: 30_000 });
  });

  life("a session that is lost does not keep it", async () => {
    const container = await create("seq 1 400000", { autoRemove: true });
    await using session = await start(container);
    await world.untilInit(container, "it has ended", ({ end }) => end !== undefined);
    await session[Symbol.asyncDispose]();
    await until(async () => !(await world.has(container.id)), { what: "it is removed", deadline: 30_000 });
  });

  life(
    "the log of a container goes on when it is started again, and who was attached comes back",
    async () => {
      const script = "echo run >>/runs; n=$(wc -l </runs); echo run $n; [ $n -lt 3 ] || exec sleep 1000";
      const container = await create(script, { restart: "always" });
      await using _gone = container.deferDelete();
      await using session = await start(container);
      assert.equal(await textOf(session), "run 1\n");
      await world.untilInit(
        container,
        "the third run",
        ({ state, restarts }) => state === "running" && restarts === 2,
      );
      await using again = await container.attach({ replay: { fromOffset: session.offset } });
      let text = "";
      for await (const item of again) {
        text += bytesOf(item).toString();
        if (text.endsWith("run 3\n")) break;
      }
      assert.equal(text, "run 2\nrun 3\n");
    },
  );

  life("who follows the log of a container that is started again sees all of its runs", async () => {
    const script = "echo run >>/runs; n=$(wc -l </runs); echo run $n; [ $n -lt 3 ] && exit 1; exit 0";
    const container = await create(script, { restart: "on-failure" });
    await using _gone = container.deferDelete();
    const following = (async () => {
      let text = "";
      for await (const part of container.logs({ follow: true }))
        if (part.kind === "record") text += Buffer.from(part.bytes).toString();
      return text;
    })();
    await using _session = await start(container);
    assert.equal(await following, "run 1\nrun 2\nrun 3\n");
    assert.equal((await world.init(container)).end?.exitStatus, 0);
  });

  test("nothing is left", async () => {
    await world.hawserd.assertEmpty();
  });
});

async function textOf(session: AttachSession): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const item of session) {
    parts.push(bytesOf(item));
  }
  return Buffer.concat(parts).toString();
}

function bytesOf(item: AttachItem): Buffer {
  assert.ok("bytes" in item && item.bytes !== undefined, "nothing is missing");
  return Buffer.from(item.bytes);
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, n) => `${n + 1}\n`).join("");
}
