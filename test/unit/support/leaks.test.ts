import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rm, rmdir } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { LeakCheck } from "../../support/leaks.ts";
import { randomId } from "../../support/random-id.ts";
import { until } from "../../support/until.ts";

const run = promisify(execFile);

interface Leak {
  kind: string;
  names: (id: string) => RegExp;
  /** Makes a leak that carries the id; returns what takes it away again. */
  make: (id: string) => Promise<() => Promise<unknown>>;
}

const leaks: Leak[] = [
  {
    kind: "a descriptor, with its target",
    names: () => /descriptor \d+ → \/proc\/version/,
    make: async () => {
      const file = await open("/proc/version");
      return () => file.close();
    },
  },
  {
    kind: "a child",
    names: () => /process \d+ \(\w\): sleep 1234/,
    make: async () => {
      const child = spawn("sleep", ["1234"], { stdio: "ignore" });
      await once(child, "spawn");
      await until(() => leaksOfCommand(child.pid), { what: "the child runs sleep" });
      return async () => {
        child.kill("SIGKILL");
        await once(child, "exit");
      };
    },
  },
  {
    kind: "a grandchild",
    names: () => /process \d+ \(\w\): sleep 4321/,
    make: async () => {
      const child = spawn("sh", ["-c", "sleep 4321 & echo $!; wait"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [pid] = (await once(child.stdout, "data")) as [Buffer];
      await until(() => leaksOfCommand(Number(pid)), { what: "the grandchild runs sleep" });
      return async () => {
        process.kill(Number(pid), "SIGKILL");
        await once(child, "close");
      };
    },
  },
  {
    kind: "a process that left the family but carries the id",
    names: (id) => new RegExp(`process \\d+ .*${id}`),
    make: async (id) => {
      // `sh -c 'sleep 1000; :' id` keeps the id in its command line and is not our descendant once the middle has exited.
      const { stdout } = await run("sh", [
        "-c",
        `setsid sh -c 'sleep 1000; :' ${id} >/dev/null 2>&1 & echo $!`,
      ]);
      const pid = Number(stdout);
      return async () => process.kill(-pid, "SIGKILL");
    },
  },
  {
    kind: "a mount",
    names: (id) => new RegExp(`mount /.*${id}-mount`),
    make: async (id) => {
      const dir = await mkdtemp(join(tmpdir(), `${id}-mount-`));
      await run("mount", ["-t", "tmpfs", "tmpfs", dir]);
      return async () => {
        await run("umount", [dir]);
        await rmdir(dir);
      };
    },
  },
  {
    kind: "a cgroup",
    names: (id) => new RegExp(`cgroup /sys/fs/cgroup/.*${id}`),
    make: async (id) => {
      const { stdout } = await run("sh", [
        "-c",
        "ls -d /sys/fs/cgroup/pids /sys/fs/cgroup 2>/dev/null | tail -n 1",
      ]);
      const dir = join(stdout.trim(), id);
      await mkdir(dir);
      return () => rmdir(dir);
    },
  },
  {
    kind: "an abstract socket",
    names: (id) => new RegExp(`socket @${id}`),
    make: async (id) => {
      const server = createServer().listen(`\0${id}`);
      await once(server, "listening");
      return () => promisify(server.close.bind(server))();
    },
  },
  {
    kind: "a socket in the file system",
    names: (id) => new RegExp(`file /.*${id}\\.sock`),
    make: async (id) => {
      const server = createServer().listen(join(tmpdir(), `${id}.sock`));
      await once(server, "listening");
      return () => promisify(server.close.bind(server))();
    },
  },
  {
    kind: "the state of an OCI runtime",
    names: (id) => new RegExp(`file /run/runc/.*${id}`),
    make: async (id) => {
      const dir = join("/run/runc", `${id}-namespace`, "container");
      await mkdir(dir, { recursive: true });
      return () => rm(join("/run/runc", `${id}-namespace`), { recursive: true });
    },
  },
  {
    kind: "a directory below the temporary one",
    names: (id) => new RegExp(`file /.*${id}-x`),
    make: async (id) => {
      const dir = await mkdtemp(join(tmpdir(), `${id}-x-`));
      return () => rm(dir, { recursive: true });
    },
  },
];

async function leaksOfCommand(pid: number | undefined): Promise<boolean> {
  const { stdout } = await run("cat", [`/proc/${pid}/comm`]);
  return stdout === "sleep\n";
}

for (const { kind, names, make } of leaks) {
  test(`LeakCheck names ${kind}, and is content when it is gone`, async () => {
    const id = randomId();
    const check = await LeakCheck.begin({ id });
    const undo = await make(id);
    try {
      await assert.rejects(check.assertClean({ withinMs: 0 }), (error: Error) => {
        assert.match(error.message, names(id));
        assert.ok(error.message.startsWith(`"${id}" left `));
        return true;
      });
    } finally {
      await undo();
    }
    await check.assertClean();
  });
}

test("LeakCheck waits for what is on its way out", async () => {
  const check = await LeakCheck.begin({ id: randomId() });
  const child = spawn("sleep", ["0.2"], { stdio: "ignore" });
  await check.assertClean();
  assert.equal(child.exitCode, 0);
});

test("LeakCheck does not look at what belongs to others", async () => {
  const check = await LeakCheck.begin({ id: randomId() });
  const other = randomId();
  const dir = await mkdtemp(join(tmpdir(), `${other}-`));
  const { stdout } = await run("sh", [
    "-c",
    `setsid sh -c 'sleep 1000; :' ${other} >/dev/null 2>&1 & echo $!`,
  ]);
  try {
    await check.assertClean({ withinMs: 0 });
  } finally {
    process.kill(-Number(stdout), "SIGKILL");
    await rm(dir, { recursive: true });
  }
});
