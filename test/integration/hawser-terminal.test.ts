// `hawser run -it`, `exec -it` and `attach` in a real terminal: what is typed, what is shown, and how the terminal is left.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import { begin } from "../support/begin.ts";
import type { CommandOptions } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { PtyProgram } from "../support/pty-program.ts";
import { useSuite } from "../support/suite.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const HAWSER = resolve(import.meta.dirname, "../../bin/hawser");
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_Z = "\x1a";
const DETACH = "\x10\x11";

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
});

async function hawser(args: readonly string[], options?: CommandOptions) {
  return await hawserd.hawser(args, options);
}

function terminal(args: readonly string[]): PtyProgram {
  return new PtyProgram(HAWSER, args, { env: hawserd.hawserEnv });
}

/** A container with a shell on its terminal, in the background. */
async function shell(name: string, ...flags: string[]): Promise<AsyncDisposable> {
  await hawser(["run", "-d", "-it", "--name", name, ...flags, imageName, "sh"]);
  return { [Symbol.asyncDispose]: async () => void (await hawser(["rm", "-f", name])) };
}

for (const runtime of ["runc", "crun"]) {
  test(`run -it on ${runtime}: typing, UTF-8, size, exit status`, { timeout: 60_000 }, async () => {
    await hawserd.watch(async () => {
      await using screen = terminal(["run", "--rm", "-it", "--runtime", runtime, imageName, "sh"]);
      await screen.shows(/\/ # /);
      screen.type("echo 'gr\u00fc\u00dfe \u2603 \ud83d\udea2' | tr a-z A-Z\r");
      await screen.shows(/\r\nGR\u00fc\u00dfE \u2603 \ud83d\udea2\r\n/);
      screen.type("stty size\r");
      await screen.shows(/\r\n24 80\r\n/);
      screen.resize(111, 33);
      // The window's change travels beside the keys: it may arrive behind the first of them.
      await until(
        async () => {
          screen.type("stty size\r");
          return (await screen.shows(/\r\n(\d+ \d+)\r\n/))[1] === "33 111";
        },
        { what: "the new size", deadline: 30_000 },
      );
      screen.type("exit 7\r");
      assert.equal(await screen.ended(), 7);
    });
  });
}

test("ctrl-c, ctrl-z and ctrl-d mean what they mean in the container", { timeout: 60_000 }, async () => {
  await hawserd.watch(async () => {
    await using screen = terminal(["run", "--rm", "-it", imageName, "sh"]);
    await screen.shows(/\/ # /);
    // The shell has the keys for itself while a line is typed: what it runs has to say that it is there.
    screen.type("sh -c 'echo is-$((1)); exec sleep 1000'\r");
    await screen.shows(/is-1\r\n/);
    screen.type(CTRL_C);
    await screen.shows(/\^C[^#]*\/ # /);
    screen.type("sh -c 'echo is-$((2)); exec sleep 1001'\r");
    await screen.shows(/is-2\r\n/);
    screen.type(CTRL_Z);
    await screen.shows(/Stopped[^#]*\/ # /);
    screen.type("fg\r");
    await screen.shows(/sh -c [^\n]*sleep 1001.*\r\n/);
    screen.type(CTRL_C);
    await screen.shows(/\^C[^#]*\/ # /);
    screen.type(CTRL_D);
    assert.equal(await screen.ended(), 130);
  });
});

test("the detach keys leave it running, and attach comes back to it", { timeout: 60_000 }, async () => {
  await hawserd.watch(async () => {
    await using _gone = {
      [Symbol.asyncDispose]: async () => void (await hawser(["rm", "-f", "left"])),
    };
    {
      await using screen = terminal(["run", "-it", "--name", "left", imageName, "sh"]);
      await screen.shows(/\/ # /);
      screen.type("echo once-$((40 + 2))\r");
      await screen.shows(/once-42\r\n/);
      screen.type("printf '\\033[?1049h\\033[?25l'; echo on-$((1))\r");
      await screen.shows(/on-1\r\n/);
      screen.type(DETACH);
      assert.equal(await screen.ended(), 0);
      // What the program has switched on, it could not switch off any more.
      assert.ok(screen.said.endsWith("\x1b[?1049l\x1b[?25h\x1b[0mhawser: detached; it goes on\r\n"));
    }
    {
      await using screen = terminal(["attach", "--replay", "64k", "left"]);
      await screen.shows(/once-42\r\n/);
      // A key that may be the first of two is passed on with the next one: in the shell, ctrl-p is the line before.
      screen.type("\x10\x10x");
      await screen.shows(/echo once-\$\(\(40 \+ 2\)\)\S*x/);
      screen.type(`${CTRL_C}`);
      screen.type(DETACH);
      assert.equal(await screen.ended(), 0);
    }
    {
      await using screen = terminal(["attach", "--detach-keys", "ctrl-x,q", "left"]);
      screen.type("echo again\r");
      await screen.shows(/\nagain\r\n/);
      screen.type("\x18q");
      assert.equal(await screen.ended(), 0);
    }
    {
      await using screen = terminal(["attach", "--detach-keys", "none", "left"]);
      screen.type(`${DETACH}\r`);
      screen.type("exit 3\r");
      assert.equal(await screen.ended(), 3);
    }
  });
});

test("attach draws the screen anew, as the window is", { timeout: 60_000 }, async () => {
  await hawserd.watch(async () => {
    await using _gone = await shell("drawn");
    await using first = terminal(["attach", "drawn"]);
    first.type(
      `sh -c 'trap "echo drawn \\$(stty size)" WINCH; echo is-$((1)); while :; do sleep 0.1; done'\r`,
    );
    await first.shows(/is-1\r\n/);
    await using second = terminal(["attach", "drawn"]);
    await second.shows(/drawn 24 80/);
  });
});

test("two terminals: both see everything, the last one that was active owns the size", {
  timeout: 60_000,
}, async () => {
  await hawserd.watch(async () => {
    await using _gone = await shell("both");
    await using one = new PtyProgram(HAWSER, ["attach", "both"], {
      env: hawserd.hawserEnv,
      columns: 100,
      rows: 30,
    });
    one.type("echo from-$((1))\r");
    await one.shows(/from-1\r\n/);
    await using two = new PtyProgram(HAWSER, ["attach", "both"], {
      env: hawserd.hawserEnv,
      columns: 70,
      rows: 20,
    });
    two.type("echo from-$((2)); stty size\r");
    for (const screen of [one, two]) await screen.shows(/from-2\r\n20 70\r\n/);
    one.type("stty size\r");
    for (const screen of [one, two]) await screen.shows(/30 100\r\n/);
    await using viewer = terminal(["attach", "--read-only", "--replay", "all", "both"]);
    await viewer.shows(/from-1\r\n[\s\S]*from-2\r\n/);
    viewer.type("exit 9\r");
    one.type("stty size; echo still here\r");
    await viewer.shows(/30 100\r\nstill here\r\n/);
    two.type("exit 5\r");
    for (const screen of [one, two, viewer]) assert.equal(await screen.ended(), 5);
  });
});

/** A shell in a terminal that runs hawser and says how the terminal is before and after. */
function watched(args: readonly string[]): PtyProgram {
  const script = `before=$(stty -g); echo before "$before"; "$@"; echo status $?
    until [ "$(stty -g)" = "$before" ]; do sleep 0.01; done; echo restored; stty -a`;
  return new PtyProgram("/bin/sh", ["-c", script, "sh", HAWSER, ...args], { env: hawserd.hawserEnv });
}

/** The hawser that such a shell has started. */
async function childOf(screen: PtyProgram): Promise<number> {
  return await until(
    async () =>
      Number((await readFile(`/proc/${screen.pid}/task/${screen.pid}/children`, "utf8")).split(" ")[0]),
    { what: "hawser in the terminal" },
  );
}

for (const [how, signal, status] of [
  ["killed", "SIGKILL", 137],
  ["told to end", "SIGTERM", 143],
  ["hung up", "SIGHUP", 129],
  ["interrupted from outside", "SIGINT", 130],
  ["aborted", "SIGABRT", 134],
] as const) {
  test(`a client that is ${how} leaves the terminal as it was, and the container running`, {
    timeout: 60_000,
  }, async () => {
    await hawserd.watch(async () => {
      const name = `end-${signal.toLowerCase()}`;
      await using _gone = await shell(name);
      await using screen = watched(["attach", name]);
      screen.type("echo ready-$((1))\r");
      await screen.shows(/ready-1\r\n/);
      process.kill(await childOf(screen), signal);
      await screen.shows(new RegExp(`status ${status}\\r?\\n`));
      await screen.shows(/restored\r\n[\s\S]* echo /);
      assert.equal(await screen.ended(), 0);
      const { stdout } = await hawser(["exec", name, "echo", "alive"]);
      assert.equal(stdout, "alive\n");
    });
  });
}

test("a client that is stopped gives the terminal back, and takes it again when it goes on", {
  timeout: 60_000,
}, async () => {
  await hawserd.watch(async () => {
    await using _gone = await shell("stopped");
    const script = `set -m; before=$(stty -g); "$@" & stty -g >/dev/null; fg >/dev/null
      [ "$(stty -g)" = "$before" ] && echo is-restored; fg >/dev/null; echo status $?`;
    await using screen = new PtyProgram("/bin/bash", ["-c", script, "bash", HAWSER, "attach", "stopped"], {
      env: hawserd.hawserEnv,
    });
    screen.type("echo ready-$((1))\r");
    await screen.shows(/ready-1\r\n/);
    process.kill(await childOf(screen), "SIGTSTP");
    await screen.shows(/is-restored\r\n/);
    screen.type("echo back-$((2))\r");
    await screen.shows(/back-2\r\n/);
    screen.type(DETACH);
    await screen.shows(/status 0/);
  });
});

test("hawserd dies, and the terminal does not notice; not even at the end", { timeout: 60_000 }, async () => {
  await hawserd.watch(async () => {
    await using screen = terminal(["run", "-it", "--name", "survivor", imageName, "sh"]);
    screen.type("mark=kept; echo ready-$((1))\r");
    await screen.shows(/ready-1\r\n/);
    await hawserd.kill("SIGKILL");
    screen.type("echo is-$mark\r");
    await screen.shows(/is-kept\r\n/);
    screen.type("exit 6\r");
    assert.equal(await screen.ended(), 6);
    await hawserd.restart();
    // It was told by the shim meanwhile, which waits for whoever listens.
    await until(async () => /Exited \(6\)/.test((await hawser(["ps", "-a"])).stdout), { what: "its end" });
    await hawser(["rm", "survivor"]);
  });
});

test("exec -it: a shell beside the program, with its exit status", { timeout: 60_000 }, async () => {
  await hawserd.watch(async () => {
    await using _gone = await shell("host");
    await using screen = terminal([
      "exec",
      "-it",
      "-e",
      "COLOUR=blue",
      "-w",
      "/tmp",
      "-u",
      "1000:1000",
      "host",
      "sh",
    ]);
    await screen.shows(/\/tmp \$ /);
    screen.type("echo $COLOUR $(id -u) $(stty size)\r");
    await screen.shows(/blue 1000 24 80\r\n/);
    screen.type("exit 4\r");
    assert.equal(await screen.ended(), 4);
    assert.equal((await hawser(["exec", "ls", "-q", "host"])).stdout, "");
  });
});

test("an exec can be left, listed, attached to again and killed; its exit is kept", {
  timeout: 60_000,
}, async () => {
  await hawserd.watch(async () => {
    await using _gone = await shell("hosting");
    {
      await using screen = terminal(["exec", "-it", "--id", "work", "hosting", "sh"]);
      await screen.shows(/\/ # /);
      screen.type("mark=kept\r");
      screen.type(DETACH);
      assert.equal(await screen.ended(), 0);
    }
    assert.match((await hawser(["exec", "ls", "hosting"])).stdout, /^work +Up .* sh$/m);
    {
      await using screen = terminal(["exec", "attach", "hosting", "wo"]);
      screen.type("echo is-$mark\r");
      await screen.shows(/is-kept\r\n/);
      await hawser(["exec", "kill", "hosting", "work"]);
      assert.equal(await screen.ended(), 137);
    }
    assert.match((await hawser(["exec", "ls", "hosting"])).stdout, /^work +Exited \(137\)/m);
    const [told] = JSON.parse((await hawser(["exec", "inspect", "hosting", "work"])).stdout);
    assert.deepEqual([told.ID, told.ExitCode, told.Signal, told.Running], ["work", 137, 9, false]);
    assert.equal((await hawser(["exec", "rm", "hosting", "work"])).stdout, "work\n");
    assert.equal((await hawser(["exec", "ls", "-q", "hosting"])).stdout, "");
  });
});

test("a picture of it: a program that draws, in tmux, left and drawn anew", { timeout: 60_000 }, async () => {
  await hawserd.watch(async () => {
    await using _gone = await shell("picture");
    const pictures: string[] = [];
    for (const round of ["first", "second"]) {
      const program = [HAWSER, "attach", "picture"];
      await using screen = await Terminal.open(suite.dir, round, program, hawserd.hawserEnv);
      if (round === "first") {
        await screen.type("printf '%s\\n' 'gr\u00fc\u00dfe \u2603 \u250c\u2500\u2510' > /page; vi /page");
      }
      await screen.shows(/^gr\u00fc\u00dfe \u2603 \u250c\u2500\u2510\n~[\s\S]*- \/page 1\/1 100%/);
      pictures.push(await screen.screen());
      await screen.press("C-p", "C-q");
      assert.equal(await screen.ended(), 0);
    }
    assert.equal(pictures[1], pictures[0]);
    await keepPicture("attach-vi.txt", pictures[0] ?? "");
  });
});

/** Kept for people to look at; git ignores the directory. */
async function keepPicture(name: string, screen: string): Promise<void> {
  const dir = resolve(import.meta.dirname, "../../.cache/pictures");
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, name), `${screen}\n`);
}

test("nothing is left of them", { timeout: 30_000 }, async () => await hawserd.assertEmpty());
