// `hawser events`: one line an event, from cursors and times on, through filters, and its mistakes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { before, test } from "node:test";
import { Client } from "../../manager/client/index.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

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

async function events(...args: string[]): Promise<string[]> {
  const { stdout } = await hawserd.hawser(["events", "-n", hawserd.namespace, ...args]);
  return stdout.split("\n").filter(Boolean);
}

async function makeAndDelete(id: string, labels: Record<string, string> = {}): Promise<void> {
  const made = await client.containers.create({ id, image: imageName, labels });
  await made.delete();
}

test("each line has a cursor, and the next run goes on behind the last", async () => {
  await makeAndDelete("first");
  const lines = await events("--from-cursor", "0", "--no-follow", "--filter", "type=container");
  const shapes = lines
    .filter((line) => / first\b/.test(line))
    .map((line) => line.replace(/^\d{15} \S+Z /, ""));
  assert.match(shapes[0] ?? "", /^\/containers\/create first image=\S+ runtime\.name=io\./);
  assert.equal(shapes.at(-1), "/containers/delete first");
  const cursor = lines.at(-1)?.split(" ")[0] ?? "";
  assert.deepEqual(await events("--since", cursor, "--no-follow", "--filter", "type=container"), []);
  await makeAndDelete("second");
  const others = await events("--since", cursor, "--no-follow", "--filter", "type=container");
  assert.ok(others.length >= 2 && others.every((line) => / second\b/.test(line)), others.join("\n"));
});

test("times, a template and several filters choose", async () => {
  const since = new Date().toISOString();
  await makeAndDelete("chosen", { "hawser/name": "web" });
  await makeAndDelete("not-chosen");
  const format = ["--format", "{{.Topic}} {{.ID}}", "--no-follow"];
  assert.deepEqual(
    await events("--since", since, "--filter", "container=cho", "--filter", "event=destroy", ...format),
    ["/containers/delete chosen"],
  );
  assert.deepEqual(
    await events("--since", "1h", "--until", since, "--filter", "container=chosen", ...format),
    [],
  );
  assert.deepEqual(await events("--since", since, "--expression", "event.id==chosen", ...format), [
    "/containers/create chosen",
    "/containers/delete chosen",
  ]);
});

test("a snapshot shows containers first, and JSON is an object a line", async () => {
  const made = await client.containers.create({ id: "shown", image: imageName });
  const told = (await events("--snapshot", "--no-follow", "--format", "json")).map((line) =>
    JSON.parse(line),
  );
  await made.delete();
  assert.deepEqual(
    told.map(({ kind, id }) => [kind, id]),
    [
      ["snapshot", "shown"],
      ["position", undefined],
    ],
  );
  assert.equal(told[0].cursor, told[1].cursor);
});

test("it goes on through the death of hawserd, and ends with a signal", async () => {
  const program = resolve(import.meta.dirname, "../../bin/hawser");
  const args = ["events", "-n", hawserd.namespace, "--snapshot", "--format", "json", ...hawserd.flags];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  child.stdout.on("data", (chunk) => {
    told += chunk;
  });
  const ended = once(child, "exit");
  await until(() => told.includes('"isCaughtUp":true'), { what: "it has caught up", deadline: 20_000 });
  await makeAndDelete("before-death");
  await hawserd.kill();
  await hawserd.restart();
  await until(() => client.version(), { what: "the client is connected again" });
  await makeAndDelete("after-death");
  const deleted = (id: string) => told.split(`"topic":"/containers/delete","id":"${id}"`).length - 1;
  await until(() => deleted("after-death") > 0, {
    what: "the last event",
    deadline: 20_000,
    logs: { told: () => told },
  });
  assert.equal(deleted("before-death"), 1);
  child.kill("SIGINT");
  assert.deepEqual(await ended, [130, null]);
});

for (const [args, says] of [
  [
    ["--from-cursor", "5"],
    /this journal began at \d+: the cursor is from another one; begin anew, with a snapshot/,
  ],
  [["--from-cursor", "9000000000000000000"], /this journal has come to \d+ only/],
  [["--from-cursor", "x"], /"x" is no cursor/],
  [["--from-cursor", "0", "--since", "1h"], /both say where to begin/],
  [["--snapshot", "--since", "1h"], /leave out the cursor and the time, or the snapshot/],
  [["--filter", "evnt=die"], /did you mean "event"/],
  [["--filter", "event=dies"], /there are create, start/],
  [["--expression", "topic==="], /parse filter/],
  [["--format", "{{.Cursor"], /template/],
  [["--since", "yesterday"], /no time/],
  [["more"], /too many arguments/],
] as const) {
  test(`hawser events ${args.join(" ")} is refused in one line`, async () => {
    const { status, stderr } = await hawserd.hawser(["events", "--no-follow", ...args], { status: "any" });
    assert.notEqual(status, 0);
    assert.match(stderr, says);
    assert.equal(stderr.split("\n").length, 2, stderr);
  });
}

for (const [when, reader] of [
  ["while it prints", "head -1"],
  // The rest of the events is in the pipe by then, and no write will tell.
  ["while it waits for more", "{ head -1; sleep 1; }"],
] as const) {
  test(`a reader that goes away ${when} ends it without a word`, async () => {
    const program = resolve(import.meta.dirname, "../../bin/hawser");
    const args = [program, "events", "--from-cursor", "0", "-A", ...hawserd.flags].join(" ");
    const child = spawn("sh", ["-c", `${args} | ${reader}`], { stdio: ["ignore", "pipe", "pipe"] });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.match(out, /^\d{15} /);
    assert.equal(err, "");
  });
}
