// Following events on a hawserd: the snapshot of real containers and what happens behind it, restarts, and a root that was
// replaced. (What happens under kills is test/faults/event-consumer.test.ts.)
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { Client } from "../../manager/client/client.ts";
import type { FollowedEvent } from "../../manager/client/event-log.ts";
import { isFailedPrecondition, isInvalidArgument } from "../../proto/errors.ts";
import { ProcessState } from "../../proto/gen/processes.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
let archive = "";
before(async () => {
  archive = await begin(suite);
});

let count = 0;
async function start(): Promise<{ hawserd: Hawserd; connect: () => Promise<Client> }> {
  const dir = join(suite.dir, String(count++));
  await mkdir(dir);
  const hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  const stdioDir = join(dir, "io");
  const { address, namespace } = hawserd;
  return { hawserd, connect: () => Client.connect({ address, namespace, stdioDir }) };
}

/** The next event of a topic. */
async function next(events: AsyncGenerator<FollowedEvent>, topic: string): Promise<FollowedEvent> {
  for (;;) {
    const { value, done } = await events.next();
    assert.ok(!done, `the stream ended before ${topic}`);
    if (value.topic === topic) return value;
  }
}

test("a snapshot shows a running container, and what happens behind it is told once, over a restart", {
  timeout: 60_000,
}, async () => {
  const { hawserd, connect } = await start();
  await using _hawserd = hawserd;
  await using client = await connect();
  await client.images.importArchive(createReadStream(archive), { name: imageName });
  const container = await client.containers.create({
    id: "web",
    image: imageName,
    args: ["sleep", "1000"],
    labels: { tier: "front" },
  });
  const task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
  const pid = await task.start();

  await using other = await connect();
  const events = other.followEvents({ snapshot: true });
  const first = (await events.next()).value as FollowedEvent;
  assert.ok(first.kind === "snapshot");
  const [web] = first.containers;
  assert.equal(first.containers.length, 1);
  assert.deepEqual(
    [web?.containerId, web?.labels["tier"], web?.image, web?.processes[0]?.pid, web?.processes[0]?.state],
    ["web", "front", imageName, pid, ProcessState.PROCESS_STATE_RUNNING],
  );

  await hawserd.kill();
  await hawserd.restart();
  await until(() => client.version(), { what: "the client is connected again" });
  await task.kill("SIGKILL");
  const exit = await next(events, "/tasks/exit");
  assert.ok(exit.topic === "/tasks/exit" && exit.payload.exitStatus === 137);
  assert.ok(exit.cursor > first.cursor);
  await task.delete();
  await container.delete();
  await next(events, "/containers/delete");

  // The whole life once more, by a filter that names what is deleted by now, from the beginning.
  const topics: (string | undefined)[] = [];
  const life = { after: 0n, follow: false, filters: ["container.id==web,topic~=^/(tasks|containers)/"] };
  for await (const { kind, topic } of client.followEvents(life)) if (kind === "event") topics.push(topic);
  assert.deepEqual(
    topics.filter((topic) => topic !== "/containers/update"),
    [
      "/containers/create",
      "/tasks/create",
      "/tasks/start",
      "/tasks/exit",
      "/tasks/delete",
      "/containers/delete",
    ],
  );
  await events.return();
  await hawserd.assertEmpty();
});

test("a filter by label finds the end of a container that is deleted, and no other's", {
  timeout: 60_000,
}, async () => {
  const { hawserd, connect } = await start();
  await using _hawserd = hawserd;
  await using client = await connect();
  await client.images.importArchive(createReadStream(archive), { name: imageName });
  const create = async (id: string, tier: string) =>
    await client.containers.create({ id, image: imageName, labels: { tier } });
  const [one, two] = [await create("one", "front"), await create("two", "back")];
  const events = client.followEvents({ snapshot: true, filters: ["container.labels.tier==front"] });
  assert.equal(((await events.next()).value as FollowedEvent).kind, "snapshot");
  await two.delete();
  await one.delete();
  const gone = await next(events, "/containers/delete");
  assert.ok(gone.topic === "/containers/delete" && gone.payload.id === "one");
  await events.return();
});

test("a cursor of a root that was replaced is refused, and so is a filter that is none", {
  timeout: 60_000,
}, async () => {
  const { hawserd, connect } = await start();
  await using _hawserd = hawserd;
  await using client = await connect();
  const events = client.followEvents({ snapshot: true });
  const { cursor } = (await events.next()).value as FollowedEvent;
  await hawserd.stop();
  await rm(hawserd.rootDir, { recursive: true });
  await hawserd.restart();
  // The one that follows finds out by itself.
  await assert.rejects(next(events, "/nothing"), isFailedPrecondition);
  await assert.rejects(client.followEvents({ after: cursor }).next(), (error: Error) => {
    assert.match(error.message, /this journal began at \d+: the cursor is from another one; begin anew/);
    return isFailedPrecondition(error);
  });
  await assert.rejects(client.followEvents({ filters: ["=="] }).next(), isInvalidArgument);
});
