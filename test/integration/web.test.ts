// `hawser web` in a real Chromium: who is let in, containers live, terminals that lose and repeat nothing, logs, events, the keyboard.
// Pictures of the page are kept in build/artefacts/web.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join, resolve } from "node:path";
import { before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { Client } from "../../manager/client/client.ts";
import { decodeOutput, OUTPUT_WINDOW_BYTES } from "../../manager/web/wire.ts";
import { begin } from "../support/begin.ts";
import { Browser, type Page } from "../support/browser.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";
import { WebProcess } from "../support/web-process.ts";

const pictures = resolve(import.meta.dirname, "../../build/artefacts/web");
const suite = useSuite({
  onEnd: async () => {
    await browser?.[Symbol.asyncDispose]();
    await web?.[Symbol.asyncDispose]();
    await hawserd?.[Symbol.asyncDispose]();
  },
});
let hawserd: Hawserd;
let web: WebProcess;
let browser: Browser;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
  web = await WebProcess.start(hawserd);
  browser = await Browser.launch(join(suite.dir, "chromium"));
});

async function hawser(...args: string[]): Promise<string> {
  const { stdout } = await hawserd.hawser(["-n", hawserd.namespace, ...args]);
  return stdout.trim();
}

/** A container with a terminal and a shell in it, removed at the end of the scope. */
async function shell(name: string): Promise<AsyncDisposable & { readonly id: string }> {
  const id = await hawser("run", "-d", "-i", "-t", "--name", name, imageName, "sh");
  return { id, [Symbol.asyncDispose]: async () => void (await hawser("rm", "-f", name)) };
}

/** The page, with the container of this name chosen and its terminal ready. */
async function openTerminal(name: string): Promise<Page> {
  const page = await browser.open(web.url);
  await choose(page, name);
  return page;
}

async function choose(page: Page, name: string): Promise<void> {
  const item = `[...document.querySelectorAll("#containers .name")].find((e) => e.textContent === ${JSON.stringify(name)})`;
  await page.until(item, `${name} is in the list`);
  await page.run(`${item}.closest("button").click()`);
  await screenHas(page, "#");
}

async function screenHas(page: Page, text: string): Promise<void> {
  await page.until(
    `${SCREEN}.includes(${JSON.stringify(text)})`,
    `the terminal shows ${JSON.stringify(text)}`,
  );
}

/** What the page's terminals have been sent, in the order in which it came. */
function terminalFrames(page: Page): ReturnType<typeof decodeOutput>[] {
  return page.frames.filter(({ url }) => url.includes("/terminal")).map(({ bytes }) => decodeOutput(bytes));
}

function terminalText(page: Page): string {
  return Buffer.concat(terminalFrames(page).map(({ bytes }) => bytes)).toString();
}

/** The lines of xterm.js, as text. */
const SCREEN = `[...document.querySelectorAll(".xterm-rows > div")].map((row) => row.textContent.trimEnd()).join("\\n")`;

const stateOf = (name: string) =>
  `[...document.querySelectorAll("#containers button")].find((b) => b.querySelector(".name").textContent === ${JSON.stringify(name)})?.querySelector(".state").textContent`;

describe("who is let in", () => {
  /** An answer to a request that is made as given, with headers that no browser would let a page set. */
  async function ask(
    path: string,
    {
      method = "GET",
      headers = {},
      body,
    }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
    const { promise, resolve: answered, reject } = Promise.withResolvers<Awaited<ReturnType<typeof ask>>>();
    const asked = httpRequest(web.origin + path, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        answered({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    asked.on("upgrade", (response, socket) => {
      socket.destroy();
      answered({ status: response.statusCode ?? 0, headers: response.headers, text: "" });
    });
    asked.on("error", reject);
    asked.end(body);
    return await promise;
  }

  const upgrade = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const logIn = async (token: string) =>
    await ask("/login", { method: "POST", headers: { Origin: web.origin }, body: token });
  const cookie = async () => String((await logIn(web.token)).headers["set-cookie"]).split(";")[0] ?? "";

  test("the page alone is public, and says what it may do", async () => {
    const { status, headers, text } = await ask("/");
    assert.equal(status, 200);
    assert.match(String(headers["content-security-policy"]), /default-src 'none'; script-src 'self';/);
    assert.equal(headers["access-control-allow-origin"], undefined);
    assert.ok(!text.includes(web.token) && !/<script(?![^>]*src=)/.test(text));
    for (const path of [
      "/session",
      "/index.html",
      "/../package.json",
      "/%2e%2e/package.json",
      "//",
      "/page.js/x",
    ]) {
      assert.equal((await ask(path)).status, 401, path);
    }
  });

  test("the token is worth a cookie that scripts cannot read, and a wrong one nothing", async () => {
    const { status, headers } = await logIn(web.token);
    assert.equal(status, 204);
    assert.match(
      String(headers["set-cookie"]),
      /^hawser-web-\d+=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    );
    assert.ok(!String(headers["set-cookie"]).includes(web.token));
    for (const token of ["", "wrong", `${web.token}x`, web.token.slice(1), "x".repeat(100_000)]) {
      const refused = await logIn(token);
      assert.equal(refused.status, 403);
      assert.equal(refused.headers["set-cookie"], undefined);
    }
  });

  test("a WebSocket of another page, or without the cookie, is refused", async () => {
    const good = { ...upgrade, Origin: web.origin, Cookie: await cookie() };
    const { host } = new URL(web.origin);
    for (const [headers, path, status] of [
      [good, "/states", 101],
      [{ ...good, Origin: "http://evil.example" }, "/states", 403],
      [{ ...good, Origin: `http://localhost:${new URL(web.origin).port}` }, "/states", 403],
      [{ ...good, Cookie: "" }, "/terminal?container=x", 401],
      [{ ...good, Host: `evil.example:${host.split(":")[1]}` }, "/states", 421],
      [good, "/other", 404],
    ] as const) {
      assert.equal((await ask(path, { headers })).status, status, JSON.stringify([headers, path]));
    }
  });

  test("a page with a wrong token says so", async () => {
    const page = await browser.open(web.url.replace(/token=./, "token=_"));
    await page.until(
      `document.querySelector("#status").textContent.includes("the token is another one")`,
      "it says so",
    );
    assert.equal(await page.run("location.href"), `${web.origin}/`);
    assert.ok(await page.run(`document.querySelector("#page").hidden`));
    await page.close();
  });

  test("an address that is not of this machine alone is refused", async () => {
    for (const listen of ["0.0.0.0:8080", "8080x", "192.168.1.1:80", "127.0.0.1:70000"]) {
      const { status, stderr } = await hawserd.hawser(["web", "--listen", listen], { status: "any" });
      assert.equal(status, 125);
      assert.match(stderr, /no address of the loopback interface/);
    }
    const { stderr } = await hawserd.hawser(["web", "--listen", new URL(web.origin).host], { status: "any" });
    assert.match(stderr, /EADDRINUSE.*name another port with --listen/);
  });

  test("garbage and huge messages end their own connection, and nobody else's", async () => {
    const headers = { Cookie: await cookie() };
    const page = await browser.open(web.url);
    await page.until(`!document.querySelector("#page").hidden`, "the page is let in");
    for (const data of [
      Buffer.alloc(1024 * 1024),
      "{",
      '{"type":"resize","columns":0,"rows":-1}',
      "x".repeat(100_000),
    ]) {
      const socket = new WebSocket(`${web.origin.replace("http", "ws")}/states`, {
        origin: web.origin,
        headers,
      });
      const closed = new Promise<number>((done) => socket.on("close", done));
      await new Promise((done) => socket.on("open", done));
      socket.send(data);
      if (data.length > 65_536) assert.equal(await closed, 1009);
      socket.terminate();
    }
    await using _late = await shell("late");
    await page.until(`${stateOf("late")} === "running"`, "the page still follows");
    await page.close();
  });
});

describe("the page", { timeout: 300_000 }, () => {
  test("containers are listed, and follow what happens to them", async () => {
    const page = await browser.open(web.url);
    await page.until(
      `document.querySelector("#status").textContent.includes("container")`,
      "the list is there",
    );
    const { id } = await shell("follow");
    await page.until(`${stateOf("follow")} === "running"`, "it runs");
    await hawser("pause", "follow");
    await page.until(`${stateOf("follow")} === "paused"`, "it is paused");
    await hawser("unpause", "follow");
    await page.until(`${stateOf("follow")} === "running"`, "it goes on");
    await hawser("kill", "follow");
    await page.until(`${stateOf("follow")} === "stopped (137)"`, "it is stopped");
    await hawser("rm", "follow");
    await page.until(`${stateOf("follow")} === undefined`, "it is gone");
    const topics = await page.text("#events");
    for (const topic of [
      "/containers/create",
      "/tasks/start",
      "/tasks/paused",
      "/tasks/exit",
      "/containers/delete",
    ]) {
      assert.ok(topics.includes(topic), topic);
    }
    assert.ok(topics.includes(id));
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  test("typing echoes, the size follows the window, and a second tab sees the same", async () => {
    await using _web = await shell("typed");
    const page = await openTerminal("typed");
    await page.type("echo answer-$((40+2))\n");
    await screenHas(page, "answer-42");
    const rows = () => page.run<number>(`document.querySelectorAll(".xterm-rows > div").length`);
    for (const [width, height] of [
      [1_000, 700],
      [1_400, 1_000],
    ] as const) {
      const before = await rows();
      await page.resize(width, height);
      await page.until(
        `document.querySelectorAll(".xterm-rows > div").length !== ${before}`,
        "it has another size",
      );
      // The shell hears of the size a moment later than the page.
      await until(
        async () => {
          await page.type("clear; stty size\n");
          const now = await rows();
          await page.until(`/^\\d+ \\d+$/m.test(${SCREEN})`, "a size");
          return new RegExp(`^${now} \\d+$`, "m").test(await page.run<string>(SCREEN));
        },
        {
          what: "the terminal has the size of the window",
          deadline: 20_000,
          logs: { screen: () => page.run<string>(SCREEN) },
        },
      );
    }
    const other = await openTerminal("typed");
    await other.type("echo from-$((1+1))nd-tab\n");
    await screenHas(page, "from-2nd-tab");
    await screenHas(other, "from-2nd-tab");
    assert.deepEqual([...page.complaints, ...other.complaints], []);
    await other.close();
    await page.close();
  });

  test("a page that is loaded again shows the same container, with what it had printed", async () => {
    await using _web = await shell("again");
    const page = await openTerminal("again");
    await page.type("for i in 1 2 3; do echo line-$i-$((i*i)); done\n");
    await screenHas(page, "line-3-9");
    await page.reload();
    for (const line of ["line-1-1", "line-2-4", "line-3-9"]) await screenHas(page, line);
    await page.type("echo still-$((3+4))\n");
    await screenHas(page, "still-7");
    await page.close();
  });

  test("nothing is lost or repeated while hawser web and hawserd are killed and started again", async () => {
    await using _web = await shell("resumed");
    const page = await openTerminal("resumed");
    await page.type(
      "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo n$i.; [ $((i%20)) = 0 ] && sleep 0.02; done; echo all-$((1+1))-done\n",
    );
    // By what has come, not by what shows: the first line may have left the screen by the first look.
    await until(() => terminalText(page).includes("n1."), { what: "the output has begun" });
    for (let round = 0; round < 2; round++) {
      const had = page.frames.length;
      await web.kill();
      await page.until(
        `document.querySelector("#status").classList.contains("lost")`,
        "the page has noticed",
      );
      await web.restart();
      await until(() => page.frames.length > had + 2, { what: "the page is back", deadline: 20_000 });
    }
    await hawserd.kill();
    await hawserd.restart();
    await screenHas(page, "all-2-done");
    const frames = terminalFrames(page);
    let place = frames[0]?.offset ?? 0n;
    for (const { offset, bytes } of frames) {
      assert.equal(offset, place, "each frame begins where the one before has ended");
      place += BigInt(bytes.length);
    }
    const numbers = [...terminalText(page).matchAll(/^n(\d+)\.\r$/gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      numbers,
      Array.from({ length: 3_000 }, (_, index) => index + 1),
    );
    await page.until(`${stateOf("resumed")} === "running"`, "the list is live again");
    await page.close();
  });

  test("the log shows what was printed, without what only a terminal understands", async () => {
    await hawser(
      "run",
      "-d",
      "--name",
      "logged",
      imageName,
      "sh",
      "-c",
      "printf '\\033[31mred\\033[0m\\n'; echo wrong >&2; sleep 1000",
    );
    const page = await browser.open(web.url);
    const item = `[...document.querySelectorAll("#containers .name")].find((e) => e.textContent === "logged")`;
    await page.until(item, "it is in the list");
    await page.run(`${item}.closest("button").click()`);
    await page.click("#tab-log");
    await page.until(`document.querySelector("#log").textContent.includes("wrong")`, "the log");
    assert.equal(
      await page.run(`document.querySelector("#log").textContent.split("\\n").sort().join(" ")`),
      " red wrong",
    );
    assert.equal(await page.run(`document.querySelector("#log .error").textContent`), "wrong\n");
    await page.picture(join(pictures, "log.png"));
    await hawser("rm", "-f", "logged");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  test("all of it can be done from the keyboard, and the terminal can be left", async () => {
    await using _web = await shell("keys");
    const page = await browser.open(web.url);
    await page.until(`${stateOf("keys")} === "running"`, "it runs");
    await page.run(`document.body.focus()`);
    await page.press("Tab", 9);
    assert.equal(await page.run(`document.activeElement.closest("#containers") !== null`), true);
    await page.press("Enter", 13, { text: "\r" });
    await screenHas(page, "#");
    await page.type("echo by-$((1+1))-hands\n");
    await screenHas(page, "by-2-hands");
    await page.press("F6", 117, { modifiers: 8 });
    assert.equal(await page.run(`document.activeElement.closest("#containers") !== null`), true);
    await page.press("Tab", 9);
    assert.equal(await page.run("document.activeElement.id"), "tab-terminal");
    await page.press("ArrowRight", 39);
    await page.until(
      `document.activeElement.id === "tab-log" && !document.querySelector("#panel-log").hidden`,
      "the log",
    );
    await page.close();
  });

  test("an exec is listed with its container, and has a terminal of its own", async () => {
    await using _web = await shell("execs");
    const page = await openTerminal("execs");
    await hawser("exec", "-d", "-i", "-t", "execs", "sh", "-c", "echo in-$((1+1))nd; exec sh");
    const options = `[...document.querySelectorAll("#process option")]`;
    await page.until(`${options}.length === 2`, "the exec is listed");
    await page.run(
      `(() => { const s = document.querySelector("#process"); s.value = ${options}[1].value; s.dispatchEvent(new Event("change")); })()`,
    );
    await screenHas(page, "in-2nd");
    await page.click("#terminal");
    await page.type("exit 4\n");
    await page.until(`document.querySelector("#terminal-note").textContent.includes("status 4")`, "its end");
    assert.equal(await page.run(stateOf("execs")), "running");
    await page.close();
  });

  test("a container whose output hawserd does not keep says why it cannot be attached to", async () => {
    const { address, namespace } = hawserd;
    await using client = await Client.connect({ address, namespace, stdioDir: join(suite.dir, "io") });
    const container = await client.containers.create({
      id: "direct",
      image: imageName,
      args: ["sleep", "1000"],
    });
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: { stdout: "ignore", stderr: "ignore" } });
    await task.start();
    const page = await browser.open(web.url);
    await page.until(`${stateOf("direct")} === "running"`, "it runs");
    await page.click(`li[data-id="direct"] button`);
    await page.until(
      `document.querySelector("#terminal-note").textContent.startsWith("FailedPrecondition: ")`,
      "it says so",
    );
    await page.close();
  });

  test("who only looks cannot type, and a container that ends says how", async () => {
    await using looked = await shell("looked");
    const page = await openTerminal("looked");
    await page.click("#read-only");
    await page.until(
      `document.querySelector("#terminal-note").textContent === "Only looking."`,
      "it is read-only",
    );
    await page.click("#terminal");
    await page.type("echo typed\n");
    await page.click("#read-only");
    await page.until(
      `document.querySelector("#terminal-note").textContent === "Attached."`,
      "it takes input again",
    );
    await page.click("#terminal");
    await page.type("exit 3\n");
    await page.until(`document.querySelector("#terminal-note").textContent.includes("status 3")`, "its end");
    await page.until(`${stateOf("looked")} === "stopped (3)"`, "its state");
    assert.ok(!(await hawser("logs", looked.id)).includes("typed"));
    await page.close();
  });

  test("no name becomes markup", async () => {
    const made = await hawser(
      "create",
      "--name",
      "plain",
      "--label",
      "x=<img src=x onerror=alert(1)>",
      imageName,
      "<b>x</b>",
    );
    const page = await browser.open(web.url);
    await page.until(`${stateOf("plain")} === "not started"`, "it is in the list");
    await hawser("update", "--restart", "no", made).catch(() => undefined);
    assert.equal(await page.run(`document.querySelectorAll("img, b").length`), 0);
    await hawser("rm", "plain");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  test("pictures: light, dark and narrow", async () => {
    await using _web = await shell("picture");
    const page = await openTerminal("picture");
    await page.type("ls -l /\n");
    await screenHas(page, "bin");
    for (const [name, scheme, width, height] of [
      ["light", "light", 1_280, 900],
      ["dark", "dark", 1_280, 900],
      ["narrow", "light", 480, 900],
    ] as const) {
      await page.prefer(scheme);
      await page.resize(width, height);
      await page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
      await page.picture(join(pictures, `${name}.png`));
      assert.ok(
        await page.run("document.documentElement.scrollWidth <= window.innerWidth"),
        `${name}: nothing sticks out`,
      );
    }
    await page.close();
  });
});

test("a page that shows nothing is sent no more than a window, and the process goes on", async () => {
  const login = await fetch(`${web.origin}/login`, {
    method: "POST",
    headers: { Origin: web.origin },
    body: web.token,
  });
  const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
  const id = await hawser(
    "run",
    "-d",
    "--name",
    "flood",
    imageName,
    "sh",
    "-c",
    "head -c 8000000 /dev/zero; sleep 1000",
  );
  // Its log has all of it, though nobody shows it.
  await until(
    async () => (await hawserd.hawser(["-n", hawserd.namespace, "logs", id])).bytes.length === 8_000_000,
    {
      what: "it has printed everything",
      deadline: 30_000,
    },
  );
  const socket = new WebSocket(`${web.origin.replace("http", "ws")}/terminal?container=${id}&offset=0`, {
    origin: web.origin,
    headers: { Cookie: cookie },
  });
  let place = 0n;
  let isShowing = false;
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) return;
    const { offset, bytes } = decodeOutput(data);
    assert.equal(offset, place);
    place += BigInt(bytes.length);
    if (isShowing) socket.send(JSON.stringify({ type: "shown", offset: String(place) }));
  });
  await until(() => place > OUTPUT_WINDOW_BYTES, { what: "the window is full", deadline: 20_000 });
  const ping = new Promise((done) => socket.once("pong", done));
  socket.ping();
  await ping;
  assert.ok(place < OUTPUT_WINDOW_BYTES + 512 * 1024, `${place} bytes were sent`);
  isShowing = true;
  socket.send(JSON.stringify({ type: "shown", offset: String(place) }));
  await until(() => place === 8_000_000n, {
    what: "the rest",
    deadline: 30_000,
    logs: { place: () => String(place) },
  });
  socket.terminate();
  await hawser("rm", "-f", "flood");
});

test("hawser web ends with its signal, and its pages with it", async () => {
  const page = await browser.open(web.url);
  await page.until(`!document.querySelector("#page").hidden`, "the page is let in");
  assert.equal(await web.kill("SIGTERM"), 143);
  await page.until(`document.querySelector("#status").classList.contains("lost")`, "the page says so");
  await page.close();
});
