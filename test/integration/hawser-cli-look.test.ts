// `hawser ps`, `inspect`, `info`, `system df` and their formats, on containers that run, have ended, and were never started.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import { begin } from "../support/begin.ts";
import type { CommandResult } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const suite = useSuite({
  onEnd: async () => {
    await hawserd?.hawser(["system", "prune", "-f"], { status: "any" });
    await hawserd?.hawser(["rm", "-f", "web"], { status: "any" });
    await hawserd?.[Symbol.asyncDispose]();
  },
});
let hawserd: Hawserd;
const program = resolve(import.meta.dirname, "../../bin/hawser");

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  mkdirSync(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
  await hawser("run", "-d", "--name", "web", "--label", "tier=front end", imageName, "sleep", "1000");
  await hawser("run", "-d", "--name", "failed", imageName, "sh", "-c", "exit 3");
  await hawser("wait", "failed");
  await hawser("create", "--name", "made", imageName);
});

async function hawser(...args: string[]): Promise<string> {
  return (await hawserd.hawser(args)).stdout;
}

async function failing(...args: string[]): Promise<CommandResult> {
  return await hawserd.hawser(args, { status: "any" });
}

const names = async (...args: string[]) =>
  (await hawser("ps", "--format", "{{.Names}}", ...args)).split("\n").filter(Boolean);

test("ps lists what runs, as a table", async () => {
  const [titles = "", row = "", ...others] = (await hawser("ps")).trimEnd().split("\n");
  assert.match(titles, /^CONTAINER ID {3}IMAGE +COMMAND +CREATED +STATUS +NAMES$/);
  assert.match(row, /^[0-9a-f]{12} +localhost\/hawser-busybox:latest +"sleep 1000" +.* ago +Up .* +web$/);
  assert.deepEqual(others, []);
});

test("ps -a lists all, the newest first, each with what it does", async () => {
  const rows = await hawser("ps", "-a", "--format", "{{.Names}}: {{.Status}} ({{.State}})");
  assert.match(
    rows,
    /^made: Created \(created\)\nfailed: Exited \(3\) .* ago \(exited\)\nweb: Up .* \(running\)\n$/,
  );
});

const filters: readonly (readonly [args: readonly string[], names: readonly string[]])[] = [
  [["-a"], ["made", "failed", "web"]],
  [["-l"], ["made"]],
  [
    ["-n", "2"],
    ["made", "failed"],
  ],
  [["--filter", "status=exited"], ["failed"]],
  [["--filter", "exited=3"], ["failed"]],
  [["--filter", "exited=0"], []],
  [
    ["--filter", "status=created", "--filter", "status=running"],
    ["made", "web"],
  ],
  [
    ["-a", "--filter", "name=^(web|made)$"],
    ["made", "web"],
  ],
  [["-a", "--filter", "label=tier"], ["web"]],
  [["-a", "--filter", "label=tier=front end", "--filter", "name=made"], []],
  [
    ["--filter", "before=made"],
    ["failed", "web"],
  ],
  [
    ["--filter", "since=web"],
    ["made", "failed"],
  ],
  [
    ["-a", "--filter", `ancestor=${imageName}`],
    ["made", "failed", "web"],
  ],
  [["-a", "--filter", "ancestor=other"], []],
  [
    ["-a", "--filter", "network=none"],
    ["made", "failed", "web"],
  ],
  [["-a", "--filter", "volume=/data"], []],
];

for (const [args, expected] of filters) {
  test(`ps ${args.join(" ")} lists ${expected.join(", ") || "nothing"}`, async () => {
    assert.deepEqual(await names(...args), expected);
  });
}

test("a paused container is told as docker tells it", async () => {
  await hawser("pause", "web");
  try {
    assert.match(await hawser("ps", "--format", "{{.Status}} {{.State}}"), /^Up .* \(Paused\) paused\n$/);
    assert.equal(await hawser("inspect", "-f", "{{.State.Paused}} {{.State.Running}}", "web"), "true true\n");
  } finally {
    await hawser("unpause", "web");
  }
});

test("ps speaks JSON, ids alone, sizes and columns of one's own", async () => {
  const rows = (await hawser("ps", "-a", "--format", "json"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    rows.map(({ Names, State }) => [Names, State]),
    [
      ["made", "created"],
      ["failed", "exited"],
      ["web", "running"],
    ],
  );
  const ids = (await hawser("ps", "-aq", "--no-trunc")).trimEnd().split("\n");
  assert.ok(ids.length === 3 && ids.every((id) => /^[0-9a-f]{64}$/.test(id)));
  assert.match(await hawser("ps", "-s", "--format", "{{.Size}}"), /^[\d.]+k?B \(virtual [\d.]+MB\)\n$/);
  assert.match(
    await hawser("ps", "--format", 'table {{.Names}}\\t{{.Label "tier"}}'),
    /^NAMES {3}tier\nweb {5}front end\n$/,
  );
});

test("docker's long spellings are the same commands", async () => {
  assert.equal(await hawser("container", "ls", "-aq"), await hawser("ps", "-aq"));
  assert.equal(await hawser("image", "ls", "-q"), await hawser("images", "-q"));
});

test("inspect tells all about containers and images, each by name, id, or its beginning", async () => {
  const [web] = JSON.parse(await hawser("inspect", "--size", "web")) as [
    Record<string, Record<string, unknown>>,
  ];
  const id = String(web["Id"]);
  assert.equal(web["Name"], "web");
  assert.equal(web["State"]?.["Status"], "running");
  assert.ok(Number(web["State"]?.["Pid"]) > 1);
  assert.deepEqual(web["Args"], ["1000"]);
  assert.equal(web["Config"]?.["Image"], imageName);
  assert.equal(web["HostConfig"]?.["NetworkMode"], "none");
  assert.ok(Number(web["SizeRootFs"]) > Number(web["SizeRw"]));
  assert.equal(web["Hawser"]?.["Namespace"], hawserd.namespace);
  for (const reference of [id, id.slice(0, 12), id.slice(0, 4)]) {
    assert.equal(await hawser("inspect", "-f", "{{.Id}}", reference), `${id}\n`);
  }
  const failed = await hawser(
    "container",
    "inspect",
    "-f",
    "{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}",
    "failed",
  );
  assert.equal(failed, "exited 3 0\n");
  const image = await hawser(
    "image",
    "inspect",
    "-f",
    "{{json .Config.Cmd}} {{.Os}} {{index .RepoTags 0}}",
    imageName,
  );
  assert.equal(image, `["sleep","1000000"] linux ${imageName}\n`);
  const imageId = (await hawser("images", "-q")).trim();
  assert.match(
    await hawser("inspect", "--type", "image", "-f", "{{.Id}}", imageId),
    new RegExp(`^sha256:${imageId}`),
  );
});

test("inspect tells what is there, complains about the rest, and ends with 1", async () => {
  const { status, stdout, stderr } = await failing("inspect", "-f", "{{.Name}}", "web", "nobody", "made");
  assert.equal(status, 1);
  assert.equal(stdout, "web\nmade\n");
  assert.equal(
    stderr,
    'hawser: inspect "nobody": there is no container and no image of this name; see: hawser ps --all, hawser images\n',
  );
});

test("info, version and system df tell of hawserd and the room that is taken", async () => {
  assert.match(await hawser("info"), /^Daemon: hawserd .*, pid \d+, up /m);
  const facts = JSON.parse(await hawser("info", "-f", "json")) as Record<string, unknown>;
  assert.deepEqual(
    [facts["Containers"], facts["ContainersRunning"], facts["ContainersStopped"], facts["Pid"]],
    [3, 1, 2, hawserd.pid],
  );
  assert.match(await hawser("version"), /^Client: hawser .*\nServer: hawserd .* at .*hawserd\.sock\n$/);
  assert.match(await hawser("version", "-f", "{{.Server.Address}}"), /hawserd\.sock\n$/);
  const types = (await hawser("system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}}"))
    .trimEnd()
    .split("\n");
  assert.deepEqual(types, ["Images 1 1", "Unpacked layers 1 1", "Containers 3 1", "Logs 3 -"]);
});

test("a shim that does not answer delays neither ps nor inspect", async () => {
  const [pid = 0] = hawserd.shimPids();
  process.kill(pid, "SIGSTOP");
  try {
    assert.deepEqual(await names(), ["web"]);
    assert.equal(await hawser("inspect", "-f", "{{.State.Status}}", "web"), "running\n");
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("a reader that goes away early ends the command without a word", async () => {
  const child = spawn(
    program,
    ["ps", "-a", "--format", '{{range $i, $e := split (printf "%5000s" .ID) " "}}{{$e}}\\n{{end}}'],
    {
      env: hawserd.hawserEnv,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  child.stdout.destroy();
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const [status] = (await once(child, "close")) as [number];
  assert.equal(Buffer.concat(said).toString(), "");
  assert.equal(status, 141);
});

test("on a terminal, tables fit it; in a pipe, nothing is cut", async () => {
  const label = "a-very-long-label-that-does-not-fit".repeat(4);
  await hawser("create", "--name", "wide", "--label", `text=${label}`, imageName);
  const columns = [
    "ps",
    "-a",
    "--filter",
    "name=wide",
    "--format",
    "table {{.Names}}\\t{{.Labels}}\\t{{.Status}}",
  ];
  try {
    await using terminal = await Terminal.open(suite.dir, "t", [program, ...columns], hawserd.hawserEnv);
    const screen = await until(
      async () => /Created/.test(await terminal.screen()) && (await terminal.screen()),
      {
        what: "the table is there",
      },
    );
    // In one line: when the program has ended, tmux says so over the first.
    assert.match(screen, /^wide +\S+… +Created$/m);
    assert.ok((await hawser(...columns)).includes(label));
  } finally {
    await hawser("rm", "wide");
  }
});

test("titles of the help are bold on a terminal, unless NO_COLOR is set", async () => {
  const script = async (env: NodeJS.ProcessEnv) => {
    const { command } = await import("../support/command.ts");
    return (await command("script", ["-qec", `${program} help ps`, "/dev/null"], { env })).stdout;
  };
  const env = { ...process.env, TERM: "xterm", NO_COLOR: "" };
  assert.ok((await script(env)).startsWith("\x1b[1mUsage:\x1b[22m hawser ps [options]"));
  assert.ok((await script({ ...env, NO_COLOR: "1" })).startsWith("Usage: hawser ps"));
  assert.ok((await hawser("help", "ps")).startsWith("Usage: hawser ps"));
});

test("completion knows commands, flags, containers, images, and never starts hawserd", async () => {
  const words = async (...line: string[]) =>
    (await hawser("__complete", "--", ...line))
      .split("\n")
      .filter(Boolean)
      .map((text) => text.split("\t")[0]);
  assert.ok((await words("ins")).includes("inspect"));
  assert.deepEqual(await words("image", "pr"), ["prune"]);
  assert.deepEqual(await words("rm", "m"), ["made"]);
  assert.deepEqual(await words("rm", "web", "f"), ["failed"]);
  assert.deepEqual(await words("run", "-it", "local"), ["localhost/hawser-busybox"]);
  assert.ok((await words("ps", "--no-t")).includes("--no-trunc"));
  assert.ok((await words("ps", "--filter", "st")).includes("status="));
  assert.deepEqual(await words("inspect", "--type", ""), ["container", "image"]);
  assert.deepEqual(await words("save", "-o", ""), [":files"]);
  for (const shell of ["bash", "zsh", "fish"]) assert.match(await hawser("completion", shell), /__complete/);
});
